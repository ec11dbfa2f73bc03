// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/engine/score/pictures.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace bitlens::test {

namespace {

int triangle(int value, int period)
{
    value %= period;
    return value < period / 2 ? value : period - value;
}

} // namespace

image::Image synthetic(int width, int height, unsigned seed)
{
    image::Image image({width, height}, 3);
    std::uint8_t *out = image.mutableBytes();
    std::uint32_t state = seed;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const int base[3] = {triangle(x * 3 + y, 190) + triangle(x - 2 * y + 100000, 70) + 20,
                                 triangle(x + 2 * y, 230) + triangle(5 * x + y, 64) + 15,
                                 triangle(2 * x - y + 100000, 150) + triangle(x + 7 * y, 90) + 10};
            const int strength = 8 + ((x / 24 + y / 24) % 5) * 10;
            for (int c : base) {
                state = state * 1664525U + 1013904223U;
                *out++ =
                    static_cast<std::uint8_t>(std::clamp(c + static_cast<int>(state >> 24) * strength / 256, 0, 255));
            }
        }
    return image;
}

image::Image flat(int width, int height, int channels, int value, image::SampleType type)
{
    image::Image image({width, height}, channels, type);
    std::uint8_t *bytes = image.mutableBytes();
    if (type == image::SampleType::U8)
        std::fill_n(bytes, image.byteCount(), static_cast<std::uint8_t>(value));
    else
        std::fill_n(reinterpret_cast<std::uint16_t *>(bytes), image.byteCount() / 2, static_cast<std::uint16_t>(value));
    return image;
}

std::string sharedFile(const std::string &relative)
{
    const char *shared = std::getenv("BITLENS_SHARED");
    if (!shared)
        return {};
    const std::filesystem::path path = std::filesystem::path(shared) / relative;
    return std::filesystem::exists(path) ? path.string() : std::string();
}

} // namespace bitlens::test
