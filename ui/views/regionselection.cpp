// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/views/regionselection.h"

#include <algorithm>
#include <cstdlib>

namespace bitlens::ui {

void RegionSelection::setCanvas(const QSize &canvas)
{
    m_canvas = QRect(QPoint(0, 0), canvas);
    m_region = {};
    m_drag = Drag::None;
}

void RegionSelection::set(const QRect &region)
{
    m_region = region.intersected(m_canvas);
    m_drag = Drag::None;
}

std::optional<QPoint> RegionSelection::oppositeCorner(const QPoint &pixel, int reach) const
{
    if (m_region.isEmpty())
        return {};
    // A region that is hardly larger than the reach must still be movable.
    const auto near = [&](int a, int b, int side) { return std::abs(a - b) <= std::min(reach, side / 4); };
    const bool left = near(pixel.x(), m_region.left(), m_region.width());
    const bool right = near(pixel.x(), m_region.right(), m_region.width());
    const bool top = near(pixel.y(), m_region.top(), m_region.height());
    const bool bottom = near(pixel.y(), m_region.bottom(), m_region.height());
    if ((!left && !right) || (!top && !bottom))
        return {};
    return QPoint(left ? m_region.right() : m_region.left(), top ? m_region.bottom() : m_region.top());
}

void RegionSelection::begin(const QPoint &pixel, int reach)
{
    m_before = m_region;
    m_moved = false;
    if (const auto corner = oppositeCorner(pixel, reach)) {
        m_drag = Drag::Draw;
        m_anchor = *corner;
        m_moved = true; // a press alone on a corner changes nothing
    } else if (m_region.contains(pixel)) {
        m_drag = Drag::Move;
        m_anchor = pixel;
    } else {
        m_drag = Drag::Draw;
        m_anchor = pixel;
    }
}

void RegionSelection::dragTo(const QPoint &pixel)
{
    if (m_drag == Drag::None || (!m_moved && pixel == m_anchor))
        return;
    m_moved = true;
    if (m_drag == Drag::Move) {
        m_region = m_before;
        move(pixel - m_anchor);
        return;
    }
    m_region = QRect(QPoint(std::min(m_anchor.x(), pixel.x()), std::min(m_anchor.y(), pixel.y())),
                     QPoint(std::max(m_anchor.x(), pixel.x()), std::max(m_anchor.y(), pixel.y())))
                   .intersected(m_canvas);
}

void RegionSelection::end()
{
    if (m_drag == Drag::Draw && !m_moved)
        m_region = {};
    m_drag = Drag::None;
}

void RegionSelection::abandon()
{
    if (m_drag != Drag::None)
        m_region = m_before;
    m_drag = Drag::None;
}

void RegionSelection::move(const QPoint &delta)
{
    if (m_region.isEmpty())
        return;
    m_region.moveTo(std::clamp(m_region.x() + delta.x(), 0, m_canvas.width() - m_region.width()),
                    std::clamp(m_region.y() + delta.y(), 0, m_canvas.height() - m_region.height()));
}

void RegionSelection::resize(const QPoint &delta)
{
    if (m_region.isEmpty())
        return;
    m_region.setWidth(std::clamp(m_region.width() + delta.x(), 1, m_canvas.width() - m_region.x()));
    m_region.setHeight(std::clamp(m_region.height() + delta.y(), 1, m_canvas.height() - m_region.y()));
}

} // namespace bitlens::ui
