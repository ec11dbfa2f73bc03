// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/views/viewport.h"

#include <algorithm>
#include <cmath>

namespace bitlens::ui {

namespace {

constexpr double kLargestZoom = 32.0;
/// A zoom this close to 100 % is 100 %.
constexpr double kSnap = 0.04;

int placeAxis(double wanted, int canvas, int view)
{
    if (canvas <= view)
        return (view - canvas) / 2;
    return static_cast<int>(std::lround(std::clamp(wanted, static_cast<double>(view - canvas), 0.0)));
}

} // namespace

void Viewport::setCanvas(const QSize &canvas)
{
    m_canvas = canvas;
    fit();
}

void Viewport::setView(const QSize &view)
{
    if (view == m_view)
        return;
    const QPointF middle = toCanvas(center());
    m_view = view;
    if (m_fitted) {
        fit();
        return;
    }
    m_zoom = std::clamp(m_zoom, smallestZoom(), largestZoom());
    place(center() - middle * m_zoom);
}

double Viewport::fitZoom() const
{
    if (m_canvas.isEmpty() || m_view.isEmpty())
        return 1.0;
    const double zoom = std::min(static_cast<double>(m_view.width()) / m_canvas.width(),
                                 static_cast<double>(m_view.height()) / m_canvas.height());
    return std::min(kLargestZoom, zoom < 2.0 ? zoom : std::floor(zoom));
}

double Viewport::smallestZoom() const { return std::min(1.0, fitZoom()); }

double Viewport::largestZoom() const { return kLargestZoom; }

void Viewport::fit()
{
    m_fitted = true;
    m_zoom = fitZoom();
    place({});
}

void Viewport::setZoom(double zoom, const QPointF &anchor)
{
    const QPointF fixed = toCanvas(anchor);
    m_zoom = std::clamp(zoom, smallestZoom(), largestZoom());
    if (std::abs(m_zoom - 1.0) < kSnap)
        m_zoom = 1.0;
    m_fitted = m_zoom <= fitZoom() && fitZoom() < 1.0; // zoomed out to the end: follow the window
    place(anchor - fixed * m_zoom);
}

void Viewport::pan(const QPoint &delta) { place(QPointF(m_origin + delta)); }

void Viewport::place(const QPointF &origin)
{
    const QSize size = canvasRect().size();
    m_origin = {placeAxis(origin.x(), size.width(), m_view.width()),
                placeAxis(origin.y(), size.height(), m_view.height())};
}

QRect Viewport::canvasRect() const
{
    return {m_origin, QSize(static_cast<int>(std::lround(m_canvas.width() * m_zoom)),
                            static_cast<int>(std::lround(m_canvas.height() * m_zoom)))};
}

QPointF Viewport::toCanvas(const QPointF &device) const { return (device - QPointF(m_origin)) / m_zoom; }

QPointF Viewport::toDevice(const QPointF &output) const { return output * m_zoom + QPointF(m_origin); }

QRect Viewport::visibleCanvas() const
{
    if (m_canvas.isEmpty() || m_view.isEmpty())
        return {};
    const QPointF first = toCanvas({0.0, 0.0});
    const QPointF last = toCanvas(QPointF(m_view.width(), m_view.height()));
    const QPoint from(static_cast<int>(std::floor(first.x())), static_cast<int>(std::floor(first.y())));
    const QPoint to(static_cast<int>(std::ceil(last.x())) - 1, static_cast<int>(std::ceil(last.y())) - 1);
    return QRect(from, to).intersected(QRect(QPoint(0, 0), m_canvas));
}

} // namespace bitlens::ui
