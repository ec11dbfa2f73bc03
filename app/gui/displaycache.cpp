// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/displaycache.h"

#include "ui/imageconvert.h"

#include <algorithm>

namespace bitlens::app {

namespace {
/// FP32, quantized, and the plan before, to blink against.
constexpr qsizetype kKept = 3;
} // namespace

const DisplayCache::Entry *DisplayCache::find(const image::Image &picture) const
{
    if (picture.isNull())
        return nullptr;
    const auto known = std::find_if(m_entries.begin(), m_entries.end(), [&picture](const Entry &entry) {
        return entry.picture.bytes() == picture.bytes();
    });
    return known == m_entries.end() ? nullptr : &*known;
}

ui::DisplayPicture DisplayCache::of(const image::Image &picture) const
{
    const Entry *known = find(picture);
    return known ? known->display : ui::DisplayPicture{ui::toQImage(picture)};
}

ui::DisplayPicture DisplayCache::prepared(const image::Image &picture)
{
    if (const Entry *known = find(picture))
        return known->display;
    const ui::DisplayPicture made = ui::prepareForDisplay(picture);
    keep(picture, made);
    return made;
}

void DisplayCache::keep(const image::Image &picture, const ui::DisplayPicture &display)
{
    if (picture.isNull())
        return;
    m_entries.removeIf([&picture](const Entry &entry) { return entry.picture.bytes() == picture.bytes(); });
    m_entries.append({picture, display});
    if (m_entries.size() > kKept)
        m_entries.removeFirst();
}

} // namespace bitlens::app
