// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QColor>
#include <QPoint>
#include <QRect>
#include <QString>

class QPainter;
class QPalette;

namespace bitlens::ui::overlay {

/// What is drawn over the picture. All coordinates are the widget's (device-independent) pixels.

/// Size of the patch that drawPill() draws.
QSize pillSize(const QString &text);
/// A rounded patch of a side's colour with its name on it.
void drawPill(QPainter &painter, const QPoint &topLeft, const QString &text, const QColor &color);

/// Radius of the divider's round handle.
inline constexpr int kHandleRadius = 14;
/// The line between the sides, with a handle in the middle of it. Horizontal: sides left and right of a vertical line.
struct Divider {
    Qt::Orientation orientation = Qt::Horizontal;
    int position = 0; ///< x of a vertical line, y of a horizontal one
    QRect view;
    bool hovered = false;
    bool focused = false;
};
void drawDivider(QPainter &painter, const Divider &divider, const QPalette &palette);

/// The values of one pixel on both sides; an invalid colour shows as "–".
struct PixelValues {
    QPoint position;
    QSize canvas; ///< for room that fits the largest position
    QColor fp32;
    QColor quantized;
};
void drawPixelValues(QPainter &painter, const QRect &view, const PixelValues &values);

/// Over everything while something is dragged over the window.
void drawDropHint(QPainter &painter, const QRect &view, const QString &text, const QPalette &palette);

} // namespace bitlens::ui::overlay
