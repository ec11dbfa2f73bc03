// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

namespace bitlens::compare {

/// The part of `window` size (cut to the picture) in which two pictures of equal size, type and channels differ most:
/// the largest sum of squared differences of all channels; the first in reading order among equals. Throws
/// base::Error{InvalidArgument} when the pictures do not match.
image::Rect worstRegion(const image::Image &a, const image::Image &b, image::Size window);

/// Where and how much two pictures differ, to look at.
struct Difference {
    image::Image picture; ///< 8-bit RGB: the absolute difference of each channel times `gain`, at most 255
    int gain = 1;    ///< a power of two up to 64: the largest at which all but one pixel in a thousand stay in range
    int largest = 0; ///< of all samples, before the gain, in 8-bit steps
};

/// Compared as 8-bit colour without alpha. Throws base::Error{InvalidArgument} when the sizes differ.
Difference differencePicture(const image::Image &a, const image::Image &b);

} // namespace bitlens::compare
