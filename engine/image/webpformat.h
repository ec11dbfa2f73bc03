// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/format.h"

namespace bitlens::image {

/// WebP, lossy and lossless, still pictures only: 8 bit RGB and RGB + alpha. Written lossless.
class WebpFormat : public Format {
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
