// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/views/tilesource.h"

#include <QCache>
#include <QHash>

namespace bitlens::ui {

/// The size of a picture's next level: sides halved, odd ones rounded up.
inline QSize halfSize(const QSize &size) { return {(size.width() + 1) / 2, (size.height() + 1) / 2}; }

/// Writes the halved `from` at `position` of `to`, both Format_ARGB32_Premultiplied: each pixel is the mean of four, an
/// odd last row or column stands for itself.
void halve(const QImage &from, QImage &to, const QPoint &position);

/// Halved copies of a picture, made tile by tile when they are asked for and kept within a limit of memory. Level 0 is
/// the picture, level n is 2^n times smaller; each pixel is the mean of four of the level below.
class TilePyramid {
public:
    /// `source` must live as long as this.
    TilePyramid(const TileSource *source, int megabytes);

    QSize size(int level) const;
    /// Null when the frame's time is spent; what was begun is kept for the next frame.
    QImage tile(int level, const QPoint &index, FrameBudget &budget);
    /// The pixels of the picture in `rect` have changed.
    void invalidate(const QRect &rect);
    void clear() { m_tiles.clear(); }

private:
    struct Key {
        int level = 0;
        QPoint index;
        bool operator==(const Key &) const = default;
        friend size_t qHash(const Key &key, size_t seed = 0)
        {
            return qHashMulti(seed, key.level, key.index.x(), key.index.y());
        }
    };
    QImage make(int level, const QPoint &index, FrameBudget &budget);

    const TileSource *m_source;
    QCache<Key, QImage> m_tiles; ///< cost in kilobytes
};

} // namespace bitlens::ui
