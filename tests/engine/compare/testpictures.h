// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <cmath>
#include <cstdint>

namespace bitlens::test {

/// A picture of waves and steps with a little noise, of any kind; alpha (where there is one) is a disc.
inline image::Image patternPicture(image::Size size, int channels = 3, image::SampleType type = image::SampleType::U8)
{
    image::Image picture(size, channels, type);
    std::uint8_t *bytes = picture.mutableBytes();
    std::uint32_t random = 7;
    const double centreX = size.width / 2.0;
    const double centreY = size.height / 2.0;
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x)
            for (int channel = 0; channel < channels; ++channel) {
                random = random * 1664525U + 1013904223U;
                double value = 0.5 + 0.3 * std::sin(0.3 * x + channel) * std::cos(0.21 * y)
                               + ((x / 7 + y / 5) % 2 == 0 ? 0.1 : -0.1) + 0.05 * ((random >> 16) % 100 / 100.0 - 0.5);
                if (channel == channels - 1 && (channels == 2 || channels == 4))
                    value = std::hypot(x + 0.5 - centreX, y + 0.5 - centreY) < size.width / 3.0 ? 1.0 : 0.0;
                const std::size_t index =
                    (static_cast<std::size_t>(y) * size.width + static_cast<std::size_t>(x)) * channels + channel;
                const double sample = std::min(1.0, std::max(0.0, value)) * picture.maximum();
                if (type == image::SampleType::U8)
                    bytes[index] = static_cast<std::uint8_t>(std::lround(sample));
                else
                    reinterpret_cast<std::uint16_t *>(bytes)[index] = static_cast<std::uint16_t>(std::lround(sample));
            }
    return picture;
}

} // namespace bitlens::test
