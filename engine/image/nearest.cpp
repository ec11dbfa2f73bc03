// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/nearest.h"

#include "engine/base/error.h"

#include <cstring>
#include <vector>

namespace bitlens::image {

namespace {

/// Index of the input sample for each output sample along one direction.
std::vector<std::size_t> sources(int from, int to)
{
    std::vector<std::size_t> indices(static_cast<std::size_t>(to));
    for (std::size_t i = 0; i < indices.size(); ++i)
        indices[i] = (2 * i + 1) * static_cast<std::size_t>(from) / (2 * static_cast<std::size_t>(to));
    return indices;
}

} // namespace

Image resizeNearest(const Image &image, Size size)
{
    if (image.isNull() || size.isEmpty())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "there is no picture to enlarge");
    Image result(size, image.channels(), image.type());
    result.setIccProfile(image.iccProfile());
    const std::size_t pixel = image.bytesPerLine() / static_cast<std::size_t>(image.width());
    const std::vector<std::size_t> columns = sources(image.width(), size.width);
    const std::vector<std::size_t> rows = sources(image.height(), size.height);
    std::uint8_t *out = result.mutableBytes();
    for (int y = 0; y < size.height; ++y) {
        const std::uint8_t *line = image.line8(static_cast<int>(rows[static_cast<std::size_t>(y)]));
        for (const std::size_t column : columns) {
            std::memcpy(out, line + column * pixel, pixel);
            out += pixel;
        }
    }
    return result;
}

} // namespace bitlens::image
