// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QPoint>
#include <QRect>
#include <QSize>

#include <optional>

namespace bitlens::ui {

/// A rectangle of pixels that is drawn, moved and resized on a canvas; never leaves it. Knows no widget.
class RegionSelection {
public:
    /// Another canvas: nothing is selected.
    void setCanvas(const QSize &canvas);
    /// What is selected, while a drag goes on what it would become; empty: nothing.
    QRect region() const { return m_region; }
    /// Cut to the canvas.
    void set(const QRect &region);

    /// A drag begins at this pixel: from a corner (nearer than `reach` pixels) it resizes, from inside it moves, from
    /// elsewhere it draws a new region.
    void begin(const QPoint &pixel, int reach);
    void dragTo(const QPoint &pixel);
    /// The drag is over. One that drew nothing but its first pixel clears the selection.
    void end();
    /// The drag is given up: back to what was selected before.
    void abandon();
    bool isDragging() const { return m_drag != Drag::None; }

    /// Moves as far as the canvas allows.
    void move(const QPoint &delta);
    /// Moves the right and bottom edges; at least one pixel stays.
    void resize(const QPoint &delta);

private:
    enum class Drag { None, Draw, Move };
    /// The corner opposite the one that is near, if one is.
    std::optional<QPoint> oppositeCorner(const QPoint &pixel, int reach) const;

    QRect m_canvas;
    QRect m_region;
    QRect m_before; ///< of the drag
    QPoint m_anchor;
    Drag m_drag = Drag::None;
    bool m_moved = false;
};

} // namespace bitlens::ui
