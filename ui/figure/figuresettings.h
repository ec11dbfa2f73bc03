// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <QList>
#include <QString>

#include <vector>

namespace bitlens::ui {

/// What a picture of a figure is, in the order in which they stand beside each other.
enum class FigureColumn {
    LowResolution, ///< the input, every pixel repeated
    Bicubic,       ///< the input, enlarged by bicubic interpolation
    Fp32,
    Quantized, ///< the plan at hand, and further plans after it
    Reference, ///< the high-resolution original
    Difference ///< between FP32 and the plan at hand
};

enum class FigureUnit { Millimetres, Pixels };

/// Where the whole picture with the boxes stands.
enum class FigureOverview { Beside, Above, None };

/// What a reader of the caption is told.
struct FigureCaption {
    bool metrics = true; ///< size, time, PSNR, SSIM, NIQE, PI of each side
    bool plan = true;    ///< the bit plan as rules
    QString text{};      ///< the author's own words, before the rest
    bool operator==(const FigureCaption &) const = default;
};

/// How a comparison figure is laid out: all that a person chooses. A value; what is asked of the figure's own pictures
/// is in FigureContent.
struct FigureSettings {
    FigureUnit unit = FigureUnit::Millimetres;
    double width = 174.0; ///< of the whole figure in `unit`: two columns of a journal's page
    int dpi = 300;        ///< pixels of the figure per inch
    int columns = 0;      ///< insets side by side; 0: chosen by their number
    int zoom = 0;         ///< figure pixels per picture pixel in automatic regions; 0: a fifth of the picture is shown
    int automaticRegions = 1;           ///< where FP32 and quantized differ most; counted only while `regions` is empty
    std::vector<image::Rect> regions{}; ///< output pixels
    FigureOverview overview = FigureOverview::Beside;
    QString fontFamily{};    ///< empty: DejaVu Sans, or what the system has instead
    double fontPoints = 8.0; ///< of the labels; other sizes follow
    QList<FigureColumn> pictures{FigureColumn::LowResolution, FigureColumn::Fp32, FigureColumn::Quantized,
                                 FigureColumn::Reference};
    bool title = true; ///< the input's name above the figure
    FigureCaption caption{};
    bool operator==(const FigureSettings &) const = default;
};

inline constexpr int kMostFigureRegions = 6;
inline constexpr int kFigureZooms[] = {0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16};
inline constexpr double kNarrowestFigure = 30.0; ///< millimetres
inline constexpr double kWidestFigure = 1000.0;  ///< millimetres
inline constexpr int kLowestFigureDpi = 50;
inline constexpr int kHighestFigureDpi = 1200;
/// Wider figures would take gigabytes while they are drawn.
inline constexpr int kMostFigurePixels = 12'000; ///< of the width
inline constexpr int kFewestFigurePixels = 120;  ///< of the width

/// Width of the figure in its own pixels, within the limits above.
int figureWidthPixels(const FigureSettings &settings);

} // namespace bitlens::ui
