// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/figure/figuresettings.h"

#include <QColor>
#include <QFont>
#include <QList>
#include <QRect>
#include <QSize>
#include <QString>
#include <QStringList>

#include <vector>

namespace bitlens::ui {

/// One picture of a figure. All pictures of a figure have one size.
struct FigurePicture {
    QString label;
    QColor colour;      ///< of the label: the identity colours, else gray
    QStringList notes;  ///< short lines of numbers below the label
    image::Image image; ///< 8 bit
};

/// What a figure shows: values only, made by app/figure from a comparison.
struct FigureContent {
    QString title; ///< empty: none
    QString caption;
    QString overviewLabel;
    image::Image overview; ///< the whole picture that the boxes are drawn on; null: none
    std::vector<FigurePicture> pictures;
    std::vector<image::Rect> regions; ///< inside the pictures
};

/// A line of text at its base line.
struct FigureText {
    QPointF position;
    QString text;
    QFont font;
    QColor colour;
};

/// An enlarged part of a picture.
struct FigureInset {
    std::size_t picture = 0; ///< in FigureContent::pictures
    std::size_t region = 0;  ///< in FigureContent::regions
    QRect where;             ///< `factor` times the region where factor is at least 1
    int factor = 1;          ///< figure pixels per picture pixel; 0: shrunk, because the region is wider than its cell
};

/// Where everything of a figure is, in pixels of the figure at its dpi. PNG has these pixels; PDF and SVG have them as
/// their unit of length, so that all formats and the preview show the same.
struct FigureLayout {
    QSize size;
    int dpi = 0;
    double stroke = 1.0; ///< width of the region boxes
    QRect overview;      ///< empty: none
    std::vector<FigureInset> insets;
    QList<FigureText> texts;
    std::vector<QRect> swatches; ///< small squares in the identity colours before the labels, one per label drawn
    std::vector<QColor> swatchColours;

    /// The picture's pixel under a point of the overview, cut to the picture; (-1,-1) where there is no overview.
    QPoint pictureAt(const QPointF &figurePoint, image::Size picture) const;
    /// Figure pixels of a part of the picture, in the overview.
    QRectF inOverview(const image::Rect &region, image::Size picture) const;
};

/// The room that an inset may take in its row, in figure pixels, when `regions` square regions are shown: automatic
/// regions are as large as fits into it at the zoom that is asked for. Takes of `content` all but its regions.
int figureCellWidth(const FigureContent &content, const FigureSettings &settings, std::size_t regions);

/// Lays a figure out. Insets are enlarged by whole factors, so that each picture pixel is a square of figure pixels.
FigureLayout layoutFigure(const FigureContent &content, const FigureSettings &settings);

/// Colour of the n-th region's box and frames.
QColor figureRegionColour(std::size_t region);

} // namespace bitlens::ui
