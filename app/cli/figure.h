// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"

#include <optional>
#include <string>

class QImage;

namespace bitlens::cli {

/// What a comparison figure shows. The pictures of both sides must not be null.
struct FigureContent {
    image::Image input;
    image::Image fp32;
    image::Image quantized;
    std::optional<image::Image> reference;
    compare::Report report;
    std::string rules; ///< the bit plan written out
};

/// Bicubic, FP32, quantized, the original where there is one, and the difference, side by side with their numbers;
/// below, the part where quantization changed most, enlarged. Large pictures are shrunk to panels of 1024 pixels, small
/// ones enlarged by a whole factor. Needs a QGuiApplication (fonts).
QImage drawFigure(const FigureContent &content);

/// Draws and writes the figure, format by extension; makes a QGuiApplication without display when there is none. Throws
/// base::Error{NotWritable|InvalidArgument}.
void writeFigure(const FigureContent &content, const std::string &path);

} // namespace bitlens::cli
