// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/figure/figurelayout.h"

#include <QByteArray>
#include <QImage>

class QPainter;

namespace bitlens::ui {

/// Draws a laid-out figure in its own pixels: the one function behind preview, PNG, PDF and SVG. Text stays text where
/// the painter's device knows text. Can be called in any thread; needs a QGuiApplication (fonts).
void drawFigure(QPainter &painter, const FigureContent &content, const FigureLayout &layout);

/// The figure as a picture: what the preview shows and PNG holds, with its dpi. Null where memory does not suffice.
QImage figureImage(const FigureContent &content, const FigureLayout &layout);

enum class FigureFormat { Png, Pdf, Svg };

/// The bytes of a file; empty where memory does not suffice. PDF embeds its fonts; SVG names the family. Both hold the
/// insets' pixels without loss.
QByteArray encodeFigure(const FigureContent &content, const FigureLayout &layout, FigureFormat format);

} // namespace bitlens::ui
