// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

namespace bitlens::image {

/// Every pixel repeated: output pixel x shows input pixel floor((x + 1/2) * width / size.width), rows likewise. Where
/// `size` is a whole multiple, each pixel becomes a square. Type, channels and metadata are kept. Throws
/// base::Error{InvalidArgument} for an empty size or no picture.
Image resizeNearest(const Image &image, Size size);

} // namespace bitlens::image
