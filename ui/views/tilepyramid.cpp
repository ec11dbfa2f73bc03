// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/views/tilepyramid.h"

#include <algorithm>

namespace bitlens::ui {

namespace {

constexpr int kLevels = 16;

/// Mean of four premultiplied pixels, two channels at a time in the halves of a word.
QRgb meanOf(QRgb a, QRgb b, QRgb c, QRgb d)
{
    constexpr QRgb kPair = 0x00FF00FF;
    constexpr QRgb kHalf = 0x00020002;
    const QRgb even = ((a & kPair) + (b & kPair) + (c & kPair) + (d & kPair) + kHalf) >> 2 & kPair;
    const QRgb odd = ((a >> 8 & kPair) + (b >> 8 & kPair) + (c >> 8 & kPair) + (d >> 8 & kPair) + kHalf) >> 2 & kPair;
    return even | odd << 8;
}

} // namespace

void halve(const QImage &from, QImage &to, const QPoint &position)
{
    const int width = std::min((from.width() + 1) / 2, to.width() - position.x());
    const int height = std::min((from.height() + 1) / 2, to.height() - position.y());
    const int pairs = std::min(width, from.width() / 2);
    for (int y = 0; y < height; ++y) {
        const auto *upper = reinterpret_cast<const QRgb *>(from.constScanLine(2 * y));
        const auto *lower = reinterpret_cast<const QRgb *>(from.constScanLine(std::min(2 * y + 1, from.height() - 1)));
        auto *line = reinterpret_cast<QRgb *>(to.scanLine(position.y() + y)) + position.x();
        for (int x = 0; x < pairs; ++x)
            line[x] = meanOf(upper[2 * x], upper[2 * x + 1], lower[2 * x], lower[2 * x + 1]);
        if (pairs < width)
            line[pairs] = meanOf(upper[2 * pairs], upper[2 * pairs], lower[2 * pairs], lower[2 * pairs]);
    }
}

TilePyramid::TilePyramid(const TileSource *source, int megabytes) : m_source(source), m_tiles(megabytes * 1024) {}

QSize TilePyramid::size(int level) const
{
    QSize size = m_source->size();
    for (int i = 0; i < level; ++i)
        size = halfSize(size);
    return size;
}

QImage TilePyramid::tile(int level, const QPoint &index, FrameBudget &budget)
{
    const Key key{level, index};
    if (const QImage *known = m_tiles.object(key))
        return *known;
    if (budget.isSpent())
        return {};
    QImage made = make(level, index, budget);
    if (made.isNull())
        return {};
    budget.use();
    m_tiles.insert(key, new QImage(made), std::max<int>(1, static_cast<int>(made.sizeInBytes() / 1024)));
    return made;
}

QImage TilePyramid::make(int level, const QPoint &index, FrameBudget &budget)
{
    if (level == 0)
        return m_source->tile(index);
    if (const QImage ready = m_source->halved(level, index); !ready.isNull())
        return ready;
    const QSize below = size(level - 1);
    QImage result(tileRect(index, size(level)).size(), QImage::Format_ARGB32_Premultiplied);
    for (const QPoint &corner : {QPoint(0, 0), QPoint(1, 0), QPoint(0, 1), QPoint(1, 1)}) {
        const QPoint part = index * 2 + corner;
        if (tileRect(part, below).isEmpty())
            continue;
        const QImage quarter = tile(level - 1, part, budget);
        if (quarter.isNull())
            return {};
        halve(quarter, result, corner * (kTileSize / 2));
    }
    return result;
}

void TilePyramid::invalidate(const QRect &rect)
{
    QRect pixels = rect;
    for (int level = 0; level < kLevels && !pixels.isEmpty(); ++level) {
        const QRect tiles = tilesOf(pixels);
        for (int y = tiles.top(); y <= tiles.bottom(); ++y) {
            for (int x = tiles.left(); x <= tiles.right(); ++x)
                m_tiles.remove({level, {x, y}});
        }
        pixels = QRect(QPoint(pixels.left() / 2, pixels.top() / 2), QPoint(pixels.right() / 2, pixels.bottom() / 2));
    }
}

} // namespace bitlens::ui
