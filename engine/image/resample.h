// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

namespace bitlens::image {

/// MATLAB's imresize with bicubic kernel (a = -0.5), antialiasing when shrinking, mirrored border: how the test sets'
/// low resolution was made, and the bicubic view. Output size is given; per-channel, float32 in and out, weights in
/// double.
Planes resizeBicubic(const Planes &planes, Size size);

/// The same on samples: 8 or 16 bit, rounded and clamped; alpha is resampled with colour premultiplied, so that hidden
/// colour does not bleed.
Image resizeBicubic(const Image &image, Size size);

} // namespace bitlens::image
