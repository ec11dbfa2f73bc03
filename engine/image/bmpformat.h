// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/format.h"

namespace bitlens::image {

/// BMP of Windows and OS/2, indexed, RGB and run-length encoded; alpha where the header declares it. Written as 8 bit
/// gray or RGB.
class BmpFormat : public Format {
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
