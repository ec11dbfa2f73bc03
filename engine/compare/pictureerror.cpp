// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/pictureerror.h"

#include "engine/base/error.h"
#include "engine/image/alpha.h"
#include "engine/image/colour.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

namespace bitlens::compare {

namespace {

constexpr int kLargestGain = 64;

template <typename Sample>
void addSquaredErrors(const image::Image &a, const image::Image &b, int y, std::vector<double> &columns, double sign)
{
    const auto *left = reinterpret_cast<const Sample *>(a.line8(y));
    const auto *right = reinterpret_cast<const Sample *>(b.line8(y));
    const int channels = a.channels();
    for (int x = 0; x < a.width(); ++x)
        for (int channel = 0; channel < channels; ++channel) {
            const double difference = static_cast<double>(left[x * channels + channel]) - right[x * channels + channel];
            columns[x] += sign * difference * difference;
        }
}

} // namespace

image::Rect worstRegion(const image::Image &a, const image::Image &b, image::Size window)
{
    if (a.isNull() || a.size() != b.size() || a.channels() != b.channels() || a.type() != b.type() || window.isEmpty())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "the pictures to compare differ in size or kind");
    const int width = std::min(window.width, a.width());
    const int height = std::min(window.height, a.height());
    const auto add = [&](int y, std::vector<double> &columns, double sign) {
        if (a.type() == image::SampleType::U8)
            addSquaredErrors<std::uint8_t>(a, b, y, columns, sign);
        else
            addSquaredErrors<std::uint16_t>(a, b, y, columns, sign);
    };
    // Sums over the last `height` rows per column; whole numbers, so adding and subtracting rows stays exact.
    std::vector<double> columns(static_cast<std::size_t>(a.width()), 0.0);
    image::Rect worst{0, 0, width, height};
    double largest = -1.0;
    for (int y = 0; y < a.height(); ++y) {
        add(y, columns, 1.0);
        if (y >= height)
            add(y - height, columns, -1.0);
        if (y + 1 < height)
            continue;
        double sum = 0.0;
        for (int x = 0; x < a.width(); ++x) {
            sum += columns[x];
            if (x >= width)
                sum -= columns[x - width];
            if (x + 1 >= width && sum > largest) {
                largest = sum;
                worst = {x + 1 - width, y + 1 - height, width, height};
            }
        }
    }
    return worst;
}

Difference differencePicture(const image::Image &a, const image::Image &b)
{
    if (a.isNull() || a.size() != b.size())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "the pictures to compare differ in size");
    const auto comparable = [](const image::Image &picture) {
        return image::toColour(image::toEightBit(picture.hasAlpha() ? image::withoutAlpha(picture) : picture));
    };
    const image::Image left = comparable(a);
    const image::Image right = comparable(b);
    Difference difference;
    difference.picture = image::Image(a.size(), 3);
    const std::size_t count = left.byteCount();
    std::uint8_t *out = difference.picture.mutableBytes();
    std::array<std::size_t, 256> histogram{};
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = static_cast<std::uint8_t>(std::abs(left.bytes()[i] - right.bytes()[i]));
        ++histogram[out[i]];
    }
    std::size_t above = 0;
    int usual = 255;
    for (; usual > 0 && (above + histogram[usual]) * 1000 <= count; --usual)
        above += histogram[usual];
    for (difference.largest = 255; difference.largest > 0 && histogram[difference.largest] == 0;)
        --difference.largest;
    while (difference.gain < kLargestGain && usual * difference.gain * 2 <= 255)
        difference.gain *= 2;
    for (std::size_t i = 0; i < count; ++i)
        out[i] = static_cast<std::uint8_t>(std::min(255, out[i] * difference.gain));
    return difference;
}

} // namespace bitlens::compare
