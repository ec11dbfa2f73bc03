// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QImage>
#include <QPoint>
#include <QRect>
#include <QSize>

#include <chrono>
#include <ctime>

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
    /// The same tile of a level of the pyramid (1: half the size, …) where it lies ready; else null.
    virtual QImage halved(int level, const QPoint &index) const
    {
        Q_UNUSED(level)
        Q_UNUSED(index)
        return {};
    }
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
    explicit FrameBudget(int milliseconds) : m_milliseconds(milliseconds), m_start(ownMilliseconds()) {}
    bool isSpent() const { return m_used && ownMilliseconds() - m_start >= m_milliseconds; }
    void use() { m_used = true; }

private:
    /// The thread's own time where the system tells it: what other processes take is not this frame's.
    static double ownMilliseconds()
    {
#ifdef CLOCK_THREAD_CPUTIME_ID
        timespec now{};
        if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0)
            return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
#endif
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
    }

    double m_milliseconds;
    double m_start;
    bool m_used = false;
};

} // namespace bitlens::ui
