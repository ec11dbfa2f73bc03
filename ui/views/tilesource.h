// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QElapsedTimer>
#include <QImage>
#include <QPoint>
#include <QRect>
#include <QSize>

namespace bitlens::ui {

/// Pictures are drawn in square tiles of this many pixels.
inline constexpr int kTileSize = 256;

/// Something that can give its pixels tile by tile. Format_ARGB32_Premultiplied, transparent where nothing is known.
class TileSource {
public:
    virtual ~TileSource() = default;
    virtual QSize size() const = 0;
    /// Pixels [x·256, x·256+256) × [y·256, y·256+256), cut at the right and lower edge.
    virtual QImage tile(const QPoint &index) const = 0;
};

inline QRect tileRect(const QPoint &index, const QSize &size)
{
    return QRect(index * kTileSize, QSize(kTileSize, kTileSize)).intersected(QRect(QPoint(0, 0), size));
}

/// First and last tile index that a rectangle of pixels touches.
inline QRect tilesOf(const QRect &pixels)
{
    return QRect(QPoint(pixels.left() / kTileSize, pixels.top() / kTileSize),
                 QPoint(pixels.right() / kTileSize, pixels.bottom() / kTileSize));
}

/// How long one frame may spend on tiles. At least one is always made, so that every frame gets on.
class FrameBudget {
public:
    explicit FrameBudget(int milliseconds) : m_milliseconds(milliseconds) { m_clock.start(); }
    bool isSpent() const { return m_used && m_clock.elapsed() >= m_milliseconds; }
    void use() { m_used = true; }

private:
    QElapsedTimer m_clock;
    int m_milliseconds;
    bool m_used = false;
};

} // namespace bitlens::ui
