// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/iccprofile.h"

#include <algorithm>
#include <string_view>

namespace bitlens::image {

bool iccProfileFits(std::span<const std::uint8_t> profile, const Image &image)
{
    constexpr std::size_t kHeaderSize = 128;
    constexpr std::size_t kColourSpaceAt = 16;
    constexpr std::size_t kSignatureAt = 36;
    if (profile.size() < kHeaderSize)
        return false;
    const auto fourAt = [&](std::size_t at) {
        return std::string_view(reinterpret_cast<const char *>(profile.data()) + at, 4);
    };
    return fourAt(kSignatureAt) == "acsp" && fourAt(kColourSpaceAt) == (image.isGray() ? "GRAY" : "RGB ");
}

} // namespace bitlens::image
