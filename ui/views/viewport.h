// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QPoint>
#include <QPointF>
#include <QRect>
#include <QSize>

namespace bitlens::ui {

/// Where a canvas lies in a view: zoom and position, nothing else. All of the view's coordinates are device pixels; the
/// canvas' are output pixels. The canvas' corner is kept on whole device pixels, so that 100 % is pixel-exact, and the
/// canvas never leaves the view where it is larger than it, and is centred where it is smaller.
class Viewport {
public:
    void setCanvas(const QSize &canvas);
    void setView(const QSize &view);
    QSize canvas() const { return m_canvas; }
    QSize view() const { return m_view; }

    /// Device pixels per output pixel.
    double zoom() const { return m_zoom; }
    bool isFitted() const { return m_fitted; }
    /// The zoom that shows everything; whole above 2, so that pixels stay square.
    double fitZoom() const;
    double smallestZoom() const;
    double largestZoom() const;

    void fit();
    /// Zooms such that what is under `anchor` stays there.
    void setZoom(double zoom, const QPointF &anchor);
    void pan(const QPoint &delta);
    QPointF center() const { return {m_view.width() / 2.0, m_view.height() / 2.0}; }

    /// Device position of the canvas' top left corner.
    QPoint origin() const { return m_origin; }
    /// The whole canvas, in device pixels.
    QRect canvasRect() const;
    QPointF toCanvas(const QPointF &device) const;
    QPointF toDevice(const QPointF &output) const;
    /// Output pixels that can be seen, at least in part.
    QRect visibleCanvas() const;

private:
    void place(const QPointF &origin);

    QSize m_canvas;
    QSize m_view;
    QPoint m_origin;
    double m_zoom = 1.0;
    bool m_fitted = true;
};

} // namespace bitlens::ui
