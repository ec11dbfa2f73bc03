// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/colour.h"

#include "engine/image/iccprofile.h"

#include <algorithm>

namespace bitlens::image {

namespace {

template <typename Sample>
void repeatGray(const Image &gray, Image &colour)
{
    const auto *in = reinterpret_cast<const Sample *>(gray.bytes());
    auto *out = reinterpret_cast<Sample *>(colour.mutableBytes());
    for (std::size_t i = 0; i < gray.size().pixels(); ++i, in += gray.channels(), out += colour.channels()) {
        std::fill_n(out, 3, in[0]);
        if (gray.hasAlpha())
            out[3] = in[1];
    }
}

} // namespace

Image toEightBit(const Image &image)
{
    if (image.isNull() || image.type() == SampleType::U8)
        return image;
    Image result(image.size(), image.channels(), SampleType::U8);
    const auto *in = reinterpret_cast<const std::uint16_t *>(image.bytes());
    std::transform(in, in + image.byteCount() / sizeof(std::uint16_t), result.mutableBytes(), eightBit);
    result.setIccProfile(image.iccProfile());
    return result;
}

Image toSixteenBit(const Image &image)
{
    if (image.isNull() || image.type() == SampleType::U16)
        return image;
    Image result(image.size(), image.channels(), SampleType::U16);
    std::transform(image.bytes(), image.bytes() + image.byteCount(),
                   reinterpret_cast<std::uint16_t *>(result.mutableBytes()),
                   [](std::uint8_t sample) { return static_cast<std::uint16_t>(sample * 257); });
    result.setIccProfile(image.iccProfile());
    return result;
}

Image toColour(const Image &image)
{
    if (image.isNull() || !image.isGray())
        return image;
    Image result(image.size(), image.channels() + 2, image.type());
    if (image.type() == SampleType::U8)
        repeatGray<std::uint8_t>(image, result);
    else
        repeatGray<std::uint16_t>(image, result);
    if (iccProfileFits(image.iccProfile(), result))
        result.setIccProfile(image.iccProfile());
    return result;
}

} // namespace bitlens::image
