// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bitlens::image {

/// Writes an image as PNG with exactly its channels and depth, gray + alpha and 16 bit included (which OpenCV's encoder
/// would widen), and its ICC profile. Not interlaced; each row gets the filter with the smallest sum of absolute
/// differences. Throws base::Error{OutOfMemory|Internal}.
class PngWriter {
public:
    explicit PngWriter(const Image &image);
    std::vector<std::uint8_t> bytes() && { return std::move(m_bytes); }

private:
    void writeHeader(const Image &image);
    void writeProfile(const std::vector<std::uint8_t> &profile);
    void writePixels(const Image &image);
    void writeChunk(std::string_view name, std::span<const std::uint8_t> data);

    std::vector<std::uint8_t> m_bytes;
};

} // namespace bitlens::image
