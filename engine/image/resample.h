// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

namespace bitlens::image {

/// MATLAB's imresize with bicubic kernel (Keys, a = -0.5): antialiasing when shrinking, the border sample repeated,
/// weights normalised; rows are combined first, then columns. Output size is given; per channel, float32 in and out,
/// sums in double, not clamped. Throws base::Error{InvalidArgument} for an empty size.
Planes resizeBicubic(const Planes &planes, Size size);

/// The same on 8 or 16 bit samples, as imresize does it for integers: rounded (halves up) and clamped after each of the
/// two directions. So were the low resolution pictures of Set5 and Set14 made, which it reproduces to the last sample.
/// Alpha is resampled with the colour premultiplied and not rounded in between, so that hidden colour does not bleed;
/// where the result is fully transparent the colour is 0. Metadata is kept.
Image resizeBicubic(const Image &image, Size size);

} // namespace bitlens::image
