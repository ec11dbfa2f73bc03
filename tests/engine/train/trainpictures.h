// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <cmath>
#include <cstdint>

namespace bitlens::test {

/// A picture with edges at several orientations, so that there is something to learn.
inline image::Image edgePattern(int side)
{
    image::Image image({side, side}, 3);
    std::uint8_t *bytes = image.mutableBytes();
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x)
            for (int c = 0; c < 3; ++c)
                *bytes++ = static_cast<std::uint8_t>(127.0 + 90.0 * std::sin(0.2 * x + 0.1 * c) * std::cos(0.13 * y)
                                                     + (((x / 9 + y / 7) & 1) ? 30 : -30));
    return image;
}

} // namespace bitlens::test
