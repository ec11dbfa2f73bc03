// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bitlens::image {

/// OpenCV's encoders and decoders on Image: order of channels and exceptions are translated.
class OpenCvCodec {
public:
    /// Decodes to 1, 3 or 4 channels, U8 or U16, whatever OpenCV gives for the file; orientation is not applied. Throws
    /// base::Error{BrokenFile|TooLarge|OutOfMemory}.
    static Image decode(std::span<const std::uint8_t> bytes);

    /// Encodes 1, 3 or 4 channels. `extension` with dot; `parameters` as cv::imencode takes them. Throws
    /// base::Error{Internal|OutOfMemory}.
    static std::vector<std::uint8_t> encode(const Image &image, const std::string &extension,
                                            const std::vector<int> &parameters);
};

/// `image` with 1 to 4 channels made from another number of channels as decoders give them: alpha is dropped or added
/// as opaque, R = G = B becomes gray by its first channel, gray is repeated.
Image withChannels(const Image &image, int channels);

} // namespace bitlens::image
