// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"
#include "ui/views/displaypicture.h"

#include <QList>

namespace bitlens::app {

/// The results that were last prepared for the screen, found by their samples. Each thread has one of its own.
class DisplayCache {
public:
    /// The prepared picture where it is known, else one that was not prepared.
    ui::DisplayPicture of(const image::Image &picture) const;
    /// As of(), but prepares and keeps what is not known. Takes milliseconds for each million pixels.
    ui::DisplayPicture prepared(const image::Image &picture);
    void keep(const image::Image &picture, const ui::DisplayPicture &display);
    void clear() { m_entries.clear(); }

private:
    struct Entry {
        image::Image picture; ///< holds the samples, so that no other picture can lie there
        ui::DisplayPicture display;
    };
    const Entry *find(const image::Image &picture) const;

    QList<Entry> m_entries; ///< the newest last
};

} // namespace bitlens::app
