// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/views/tilepyramid.h"

#include <QCache>
#include <QHash>
#include <QRegion>

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
    /// The pixels have changed: what is drawn stays until the new tiles are ready.
    void invalidate(const QRect &pixels);
    /// Nothing of the old picture is to be seen again.
    void clear();

private:
    struct ScreenTile {
        QImage image;
        bool stale = false;
    };
    /// What was drawn last becomes what stands in for tiles of another zoom.
    void keepPlaceholder();
    void drawPlaceholder(QPainter &painter, const QPoint &origin, const QRegion &missing) const;
    /// The tile, or an outdated one, or null when there is none yet; `complete` becomes false unless it is up to date.
    QImage screenTile(const QPoint &index, FrameBudget &budget, bool &complete);
    QImage renderTile(const QRect &device, FrameBudget &budget);
    QImage renderCubic(const QRect &device, FrameBudget &budget);
    QImage patch(int level, const QRect &pixels, FrameBudget &budget);

    TilePyramid m_pyramid;
    const TileSource *m_source;
    QCache<QPoint, ScreenTile> m_screen; ///< at m_zoom; cost in kilobytes
    double m_zoom = 0.0;
    QRect m_drawn;              ///< device pixels of the picture at m_zoom that were drawn last
    QImage m_placeholder;       ///< until all tiles of a new zoom are there
    QRectF m_placeholderPixels; ///< the pixels of the picture that it shows
    bool m_alwaysSmooth = false;
};

} // namespace bitlens::ui
