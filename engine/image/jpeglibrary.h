// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <cstdint>
#include <span>

namespace bitlens::image {

/// libjpeg on memory. OpenCV's decoder hides libjpeg's warnings, with which it fills what is damaged or missing with
/// gray; here they are errors. Thread-safe.
class JpegLibrary {
public:
    /// Gray (1 channel) or RGB (3 channels, also from CMYK), U8; `size` and `channels` are what the header says. Throws
    /// base::Error{BrokenFile|OutOfMemory}.
    static Image decode(std::span<const std::uint8_t> bytes, Size size, int channels);
};

} // namespace bitlens::image
