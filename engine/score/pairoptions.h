// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

namespace bitlens::score {

/// Which samples two pictures are compared on. Both are 8-bit: 16-bit pictures are rounded first, gray counts as R = G
/// = B, alpha is left out.
enum class PairChannels {
    Luma, ///< Y of BT.601, rounded to whole numbers: the protocol of super-resolution papers
    Rgb,  ///< the three colour channels together
};

/// How two pictures are compared: on which channels, and how many pixels are cut from each side first (papers cut as
/// many as the scale).
struct PairOptions {
    PairChannels channels = PairChannels::Luma;
    int shave = 4;
};

/// Throws base::Error{InvalidArgument} naming both sizes unless they are equal and not empty, or when shave < 0.
void requireSameSize(const image::Image &a, const image::Image &b, const PairOptions &options);

} // namespace bitlens::score
