// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <cstddef>
#include <vector>

namespace bitlens::score {

/// One channel in double precision, H,W row by row: what all scores compute on.
struct Plane {
    int height = 0;
    int width = 0;
    std::vector<double> samples;

    Plane() = default;
    Plane(int rows, int columns)
        : height(rows), width(columns), samples(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns))
    {
    }
    std::size_t count() const { return samples.size(); }
    const double *line(int y) const
    {
        return samples.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
    }
    double *line(int y) { return samples.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width); }
};

/// Y of ITU-R BT.601 in [16,235], rounded to whole numbers (half up): round(65.481 R/255 + 128.553 G/255 + 24.966 B/255
/// + 16) of 8-bit R, G, B. Gray counts as R = G = B, 16-bit samples are rounded to 8 bit first, alpha is left out.
/// `shave` pixels are cut from each side; what is left may be empty (height or width 0).
Plane lumaPlane(const image::Image &image, int shave);

/// MATLAB's rgb2gray of the same pixels, round(0.299 R + 0.587 G + 0.114 B). The wrong input for NIQE and Ma: exists so
/// that a test can show that it would be noticed.
Plane grayPlane(const image::Image &image, int shave);

/// 8-bit samples 0..255 of colour channel 0 (red), 1 or 2, by the same rules as lumaPlane.
Plane colourPlane(const image::Image &image, int channel, int shave);

} // namespace bitlens::score
