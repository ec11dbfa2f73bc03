// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/views/tilepyramid.h"

#include <QCache>
#include <QHash>

class QPainter;

namespace bitlens::ui {

/// Draws a picture at any zoom from tiles that are already scaled to the screen, so that moving it is only copying.
/// Above 200 % pixels are shown as squares, below smoothly.
class PictureLayer {
public:
    /// `source` must live as long as this.
    PictureLayer(const TileSource *source, int megabytes);

    /// For pictures that are always stretched smoothly (the background).
    void setAlwaysSmooth(bool smooth) { m_alwaysSmooth = smooth; }
    /// Draws what `clip` shows. `origin` is the picture's corner, `zoom` device pixels per pixel of it; the painter
    /// works in device pixels. Returns false when time ran out and a further frame is needed.
    bool draw(QPainter &painter, const QPoint &origin, double zoom, const QRect &clip, FrameBudget &budget);
    void invalidate(const QRect &pixels);
    void clear();

private:
    QImage screenTile(const QPoint &index, FrameBudget &budget);
    QImage renderTile(const QRect &device, FrameBudget &budget);
    QImage patch(int level, const QRect &pixels, FrameBudget &budget);

    TilePyramid m_pyramid;
    const TileSource *m_source;
    QCache<QPoint, QImage> m_screen; ///< at m_zoom; cost in kilobytes
    double m_zoom = 0.0;
    bool m_alwaysSmooth = false;
};

} // namespace bitlens::ui
