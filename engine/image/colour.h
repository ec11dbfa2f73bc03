// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <cmath>
#include <cstdint>

namespace bitlens::image {

/// Luma Y of ITU-R BT.601 in [16,235] of 8-bit full-range R, G, B: 16 + (65.481 R + 128.553 G + 24.966 B) / 255, not
/// rounded. What super-resolution papers measure PSNR and SSIM on.
inline double luma(int red, int green, int blue)
{
    return 65.481 / 255 * red + 128.553 / 255 * green + 24.966 / 255 * blue + 16;
}

/// The same as MATLAB's rgb2ycbcr gives it for 8-bit input: rounded to a whole number, halves up.
inline int roundedLuma(int red, int green, int blue)
{
    return static_cast<int>(std::floor(luma(red, green, blue) + 0.5));
}

/// The nearest 8-bit sample of a 16-bit one: 65535 / 257 = 255, so this is the exact rounding of sample / 257.
inline std::uint8_t eightBit(std::uint16_t sample) { return static_cast<std::uint8_t>((sample + 128) / 257); }

/// The image with 8-bit samples (unchanged where it has them already). Metadata is kept.
Image toEightBit(const Image &image);

/// The image with 16-bit samples, v * 257. Metadata is kept.
Image toSixteenBit(const Image &image);

/// Gray becomes R = G = B, gray + alpha RGB + alpha; others are unchanged. Metadata is kept, but for a profile of gray
/// devices, which would not fit.
Image toColour(const Image &image);

} // namespace bitlens::image
