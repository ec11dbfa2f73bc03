// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/format.h"

namespace bitlens::image {

/// TIFF 6.0 and BigTIFF, both byte orders, first page: gray, RGB, with alpha, 8 and 16 bit, strips or tiles; others of
/// 8 bit or less (indexed, CMYK, YCbCr, fax) are converted on reading. Written with Deflate.
class TiffFormat : public Format {
public:
    std::string name() const override;
    std::vector<std::string> extensions() const override;
    FormatLimits limits() const override;
    bool recognises(std::span<const std::uint8_t> bytes) const override;
    ImageHeader readHeader(std::span<const std::uint8_t> bytes, std::uint64_t fileSize) const override;
    Image decode(std::span<const std::uint8_t> bytes, const ImageHeader &header) const override;
    std::vector<std::uint8_t> encode(const Image &image) const override;
};

} // namespace bitlens::image
