// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/format.h"

namespace bitlens::image {

/// PNG (ISO/IEC 15948). Gray, gray + alpha, RGB, RGB + alpha in 8 and 16 bit; indexed, 1, 2 and 4 bit and the
/// transparent colour of tRNS are read. Every critical chunk's checksum is verified.
class PngFormat : public Format {
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
