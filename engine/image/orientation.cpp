// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/orientation.h"

#include <cstring>

namespace bitlens::image {

Image upright(const Image &image, int orientation)
{
    if (image.isNull() || orientation <= 1 || orientation > 8)
        return image;
    // The tag names the sides of the scene at which the stored rows and columns start.
    const bool exchanged = orientation >= 5;
    const bool fromBottom = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    const bool fromRight = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    const Size size = exchanged ? Size{image.height(), image.width()} : image.size();
    Image result(size, image.channels(), image.type());
    const std::size_t pixel = image.bytesPerLine() / static_cast<std::size_t>(image.width());
    std::uint8_t *out = result.mutableBytes();
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x, out += pixel) {
            const int across = fromRight ? size.width - 1 - x : x;
            const int down = fromBottom ? size.height - 1 - y : y;
            const int storedX = exchanged ? down : across;
            const int storedY = exchanged ? across : down;
            std::memcpy(out, image.line8(storedY) + static_cast<std::size_t>(storedX) * pixel, pixel);
        }
    result.setIccProfile(image.iccProfile());
    return result;
}

} // namespace bitlens::image
