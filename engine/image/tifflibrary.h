// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <cstdint>
#include <span>
#include <vector>

namespace bitlens::image {

/// libtiff on memory, for what OpenCV's TIFF codec cannot do without loss: alpha (it multiplies it in or drops it),
/// gray + alpha, either sample order. Thread-safe.
class TiffLibrary {
public:
    /// Samples as stored, 8 or 16 bit unsigned, in strips or tiles, interleaved or in planes. `shape` is what the
    /// header says: size, channels and bits. Throws base::Error{BrokenFile|OutOfMemory}.
    static Image decode(std::span<const std::uint8_t> bytes, Size size, int channels, SampleType type);

    /// A TIFF with Deflate and horizontal differencing, straight alpha declared as such, and the ICC profile. BigTIFF
    /// when it may exceed 4 GiB. Throws base::Error{Internal|OutOfMemory}.
    static std::vector<std::uint8_t> encode(const Image &image);
};

} // namespace bitlens::image
