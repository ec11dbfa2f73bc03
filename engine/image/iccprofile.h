// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <cstdint>
#include <span>

namespace bitlens::image {

/// True when the bytes look like an ICC profile (ICC.1: size in the first four bytes, signature "acsp" at 36) whose
/// data colour space (at 16) is that of the image: "RGB " for colour, "GRAY" for gray. A profile of other devices, such
/// as "CMYK" of a converted JPEG, says nothing true about the pixels and is not carried.
bool iccProfileFits(std::span<const std::uint8_t> profile, const Image &image);

} // namespace bitlens::image
