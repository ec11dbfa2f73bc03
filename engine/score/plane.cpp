// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/plane.h"

#include "engine/image/colour.h"

#include <algorithm>
#include <cmath>

namespace bitlens::score {

namespace {

/// Calls write(y, x, r, g, b) for every pixel that is left after shaving, with 8-bit samples.
template <typename Write>
Plane fromPixels(const image::Image &image, int shave, Write value)
{
    const int height = std::max(image.height() - 2 * shave, 0);
    const int width = std::max(image.width() - 2 * shave, 0);
    if (image.isNull() || height == 0 || width == 0)
        return {};
    Plane plane(height, width);
    const int channels = image.channels();
    const int second = image.isGray() ? 0 : 1;
    const int third = image.isGray() ? 0 : 2;
    for (int y = 0; y < height; ++y) {
        double *out = plane.line(y);
        const std::size_t offset = static_cast<std::size_t>(shave) * static_cast<std::size_t>(channels);
        if (image.type() == image::SampleType::U8) {
            const std::uint8_t *in = image.line8(y + shave) + offset;
            for (int x = 0; x < width; ++x, in += channels)
                out[x] = value(in[0], in[second], in[third]);
        } else {
            const std::uint16_t *in = image.line16(y + shave) + offset;
            for (int x = 0; x < width; ++x, in += channels)
                out[x] = value(image::eightBit(in[0]), image::eightBit(in[second]), image::eightBit(in[third]));
        }
    }
    return plane;
}

} // namespace

Plane lumaPlane(const image::Image &image, int shave)
{
    // Exact halves exist (one colour in 85000): image::luma's order of double operations, without fused multiply-add,
    // rounds them as the reference implementations do.
    return fromPixels(image, shave,
                      [](int r, int g, int b) { return static_cast<double>(image::roundedLuma(r, g, b)); });
}

Plane grayPlane(const image::Image &image, int shave)
{
    return fromPixels(image, shave,
                      [](int r, int g, int b) { return std::floor((299 * r + 587 * g + 114 * b + 500) / 1000.0); });
}

Plane colourPlane(const image::Image &image, int channel, int shave)
{
    return fromPixels(image, shave, [channel](int r, int g, int b) {
        return static_cast<double>(channel == 0 ? r : channel == 1 ? g : b);
    });
}

} // namespace bitlens::score
