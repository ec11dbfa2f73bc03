// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

namespace bitlens::image {

/// The picture turned upright as EXIF tag 274 says: 1 as it is, 2 mirrored, 3 upside down, 4 flipped, 5 to 8 with rows
/// and columns exchanged. Other values count as 1. Metadata is kept.
Image upright(const Image &image, int orientation);

} // namespace bitlens::image
