// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <cstdint>
#include <span>
#include <vector>

namespace bitlens::image {

/// Frames that follow each other for ever, `milliseconds` each, as an animated PNG (PNG third edition, section 11.3.6:
/// acTL, fcTL, fdAT): lossless, and what does not know animations shows the first frame. All frames have one size, kind
/// and number of channels. Throws base::Error{InvalidArgument}.
std::vector<std::uint8_t> encodeAnimation(std::span<const Image> frames, int milliseconds);

} // namespace bitlens::image
