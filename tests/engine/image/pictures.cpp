// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "pictures.h"

#include "engine/base/file.h"
#include "engine/image/codec.h"

#include <algorithm>
#include <random>

namespace bitlens::test {

namespace {

/// In [0,1]: a gradient with a square and noise for colour; three bands for alpha.
double value(int x, int y, image::Size size, bool alpha, int channel, double noise)
{
    const double across = static_cast<double>(x) / size.width;
    const double down = static_cast<double>(y) / size.height;
    if (alpha)
        return across < 0.3 ? 0 : across > 0.7 ? 1 : 0.2 + 0.6 * noise;
    const bool square = across > 0.25 && across < 0.5 && down > 0.25 && down < 0.75;
    return std::clamp((square ? 0.9 - 0.3 * channel : 0.7 * across + 0.2 * down * channel) + 0.1 * noise, 0.0, 1.0);
}

} // namespace

image::Image picture(image::Size size, int channels, image::SampleType type, unsigned seed)
{
    image::Image result(size, channels, type);
    std::mt19937 random(seed);
    std::uint8_t *eight = result.mutableBytes();
    auto *sixteen = reinterpret_cast<std::uint16_t *>(eight);
    std::size_t at = 0;
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x)
            for (int channel = 0; channel < channels; ++channel, ++at) {
                const bool alpha = result.hasAlpha() && channel == channels - 1;
                const double noise = static_cast<double>(random()) / std::mt19937::max();
                const double sample = value(x, y, size, alpha, channel, noise) * result.maximum();
                if (type == image::SampleType::U8)
                    eight[at] = static_cast<std::uint8_t>(sample);
                else
                    sixteen[at] = static_cast<std::uint16_t>(sample);
            }
    return result;
}

std::vector<std::uint8_t> profile(bool gray, std::size_t size)
{
    std::vector<std::uint8_t> bytes(size);
    std::mt19937 random(static_cast<unsigned>(size));
    std::generate(bytes.begin() + 132, bytes.end(), [&random] { return static_cast<std::uint8_t>(random()); });
    const auto put = [&bytes](std::size_t at, const std::string &text) {
        std::copy(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
    };
    for (int i = 0; i < 4; ++i)
        bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(size >> (24 - 8 * i));
    bytes[8] = 2; // version
    put(12, "mntr");
    put(16, gray ? "GRAY" : "RGB ");
    put(20, "XYZ ");
    put(36, "acsp");
    put(68, std::string("\x00\x00\xf6\xd6\x00\x01\x00\x00\x00\x00\xd3\x2d", 12)); // illuminant: always D50
    return bytes;
}

int sampleAt(const image::Image &image, int x, int y, int channel)
{
    const int at = x * image.channels() + channel;
    return image.type() == image::SampleType::U8 ? image.line8(y)[at] : image.line16(y)[at];
}

std::vector<std::uint8_t> bytesOf(const std::string &path) { return base::readFile(path); }

void writeBytes(const std::string &path, const std::vector<std::uint8_t> &bytes)
{
    base::writeFileAtomically(path, bytes);
}

std::vector<std::uint8_t> encoded(const image::Image &image, const std::string &extension, const std::string &folder)
{
    const std::string path = folder + "/encoded." + extension;
    image::writeImage(image, path);
    return bytesOf(path);
}

} // namespace bitlens::test
