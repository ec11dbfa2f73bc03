// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QColor>
#include <QList>
#include <QPoint>
#include <QRect>
#include <QString>

#include <array>
#include <optional>

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

/// The values of one pixel in the pictures that are shown, and how far apart FP32 and quantized are.
struct PixelValues {
    struct Entry {
        QColor identity;  ///< frame of the patch
        QColor value;     ///< invalid: shown as "–"
        bool main = true; ///< one of the two sides: stays when there is no room for all
    };
    QPoint position;
    QSize canvas; ///< for room that fits the largest position
    QList<Entry> entries;
    /// Quantized minus FP32 for each channel; shown where there is one.
    std::optional<std::array<int, 3>> difference;
};
void drawPixelValues(QPainter &painter, const QRect &view, const PixelValues &values);

/// What the brightness or colour of a difference stands for: a bar of 256 pixels, one for each amount, over a scale in
/// 8-bit levels.
struct Legend {
    int gain = 1;
    bool falseColour = false;
};
/// Where drawLegend() puts the bar itself.
QRect legendBar(const QPoint &topLeft);
/// What stands below one of `ticks` + 1 marks of the bar: the difference, of 255 levels, that has the colour there.
QString legendLabel(int tick, int ticks, int gain);
void drawLegend(QPainter &painter, const QPoint &topLeft, const Legend &legend);

/// A thin frame that is seen on any picture, around a pixel or a region.
void drawFrame(QPainter &painter, const QRectF &rect);
/// Where the cursor is, in a pane that it is not over.
void drawCursor(QPainter &painter, const QPointF &position);

/// Over everything while something is dragged over the window.
void drawDropHint(QPainter &painter, const QRect &view, const QString &text, const QPalette &palette);

} // namespace bitlens::ui::overlay
