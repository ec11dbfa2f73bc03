// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/alpha.h"

#include "engine/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace bitlens::image {

namespace {

/// Calls body(Sample *) or body(const Sample *) with the sample type of `image`.
template <typename Body>
void forType(SampleType type, Body body)
{
    if (type == SampleType::U8)
        body(std::uint8_t{});
    else
        body(std::uint16_t{});
}

/// Spreads colour from visible pixels outwards, one ring of 8-neighbours after another.
template <typename Sample>
class ColourSpread {
public:
    explicit ColourSpread(Image &image)
        : m_width(image.width()),
          m_height(image.height()),
          m_channels(image.channels()),
          m_samples(reinterpret_cast<Sample *>(image.mutableBytes())),
          m_filled(image.size().pixels())
    {
    }

    void run()
    {
        for (std::size_t i = 0; i < m_filled.size(); ++i)
            m_filled[i] = m_samples[i * m_channels + m_channels - 1] != 0;
        std::vector<std::size_t> ring = firstRing();
        while (!ring.empty()) {
            // All of a ring is computed from what was filled before it, so that the order of its pixels does not
            // matter.
            for (const std::size_t pixel : ring)
                fill(pixel);
            for (const std::size_t pixel : ring)
                m_filled[pixel] = kFilled;
            ring = nextRing(ring);
        }
    }

private:
    static constexpr char kEmpty = 0;
    static constexpr char kFilled = 1;
    static constexpr char kQueued = 2;

    template <typename Body>
    void forNeighbours(std::size_t pixel, Body body) const
    {
        const int x = static_cast<int>(pixel % m_width);
        const int y = static_cast<int>(pixel / m_width);
        for (int row = std::max(0, y - 1); row <= std::min(m_height - 1, y + 1); ++row)
            for (int column = std::max(0, x - 1); column <= std::min(m_width - 1, x + 1); ++column)
                if (row != y || column != x)
                    body(static_cast<std::size_t>(row) * m_width + column);
    }

    std::vector<std::size_t> firstRing()
    {
        std::vector<std::size_t> ring;
        for (std::size_t pixel = 0; pixel < m_filled.size(); ++pixel) {
            if (m_filled[pixel] != kEmpty)
                continue;
            bool beside = false;
            forNeighbours(pixel, [&](std::size_t other) { beside = beside || m_filled[other] == kFilled; });
            if (beside) {
                m_filled[pixel] = kQueued;
                ring.push_back(pixel);
            }
        }
        return ring;
    }

    std::vector<std::size_t> nextRing(const std::vector<std::size_t> &ring)
    {
        std::vector<std::size_t> next;
        for (const std::size_t pixel : ring)
            forNeighbours(pixel, [&](std::size_t other) {
                if (m_filled[other] == kEmpty) {
                    m_filled[other] = kQueued;
                    next.push_back(other);
                }
            });
        return next;
    }

    void fill(std::size_t pixel)
    {
        std::array<unsigned, 3> sum{};
        unsigned count = 0;
        forNeighbours(pixel, [&](std::size_t other) {
            if (m_filled[other] != kFilled)
                return;
            ++count;
            for (int colour = 0; colour < m_channels - 1; ++colour)
                sum[colour] += m_samples[other * m_channels + colour];
        });
        for (int colour = 0; colour < m_channels - 1; ++colour)
            m_samples[pixel * m_channels + colour] = static_cast<Sample>((sum[colour] + count / 2) / count);
    }

    int m_width;
    int m_height;
    int m_channels;
    Sample *m_samples;
    std::vector<char> m_filled;
};

/// An image like `image` with `channels` channels, its samples made by make(in, out) pixel by pixel.
template <typename Make>
Image converted(const Image &image, int channels, Make make)
{
    Image result(image.size(), channels, image.type());
    forType(image.type(), [&](auto zero) {
        using Sample = decltype(zero);
        const auto *in = reinterpret_cast<const Sample *>(image.bytes());
        auto *out = reinterpret_cast<Sample *>(result.mutableBytes());
        for (std::size_t i = 0; i < image.size().pixels(); ++i, in += image.channels(), out += channels)
            make(in, out, i);
    });
    result.setIccProfile(image.iccProfile());
    return result;
}

int colourChannels(const Image &image) { return image.isGray() ? 1 : 3; }

} // namespace

Image bleedColourUnderAlpha(const Image &image)
{
    if (!image.hasAlpha())
        return image;
    Image result = image;
    forType(image.type(), [&](auto zero) { ColourSpread<decltype(zero)>(result).run(); });
    return result;
}

Image withAlpha(const Image &colour, const Planes &alpha)
{
    if (colour.isNull() || colour.size() != alpha.size())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "colour and alpha have different sizes");
    const int colours = colourChannels(colour);
    const double maximum = colour.maximum();
    return converted(colour, colours + 1, [&](const auto *in, auto *out, std::size_t pixel) {
        std::copy_n(in, colours, out);
        double sum = 0;
        for (int plane = 0; plane < alpha.channels(); ++plane)
            sum += static_cast<double>(alpha.plane(plane)[pixel]);
        const double mean = sum / alpha.channels();
        // Both comparisons are false for NaN, which therefore ends as 0.
        const double clamped = mean > 0 ? (mean < 1 ? mean : 1) : 0;
        out[colours] = static_cast<std::remove_reference_t<decltype(*out)>>(std::lrint(clamped * maximum));
    });
}

Image withoutAlpha(const Image &image)
{
    if (!image.hasAlpha())
        return image;
    const int colours = colourChannels(image);
    return converted(image, colours,
                     [colours](const auto *in, auto *out, std::size_t) { std::copy_n(in, colours, out); });
}

Image overWhite(const Image &image)
{
    if (!image.hasAlpha())
        return image;
    const int colours = colourChannels(image);
    const std::uint64_t maximum = image.maximum();
    return converted(image, colours, [colours, maximum](const auto *in, auto *out, std::size_t) {
        const std::uint64_t alpha = in[colours];
        for (int colour = 0; colour < colours; ++colour) {
            const std::uint64_t mixed = in[colour] * alpha + maximum * (maximum - alpha);
            out[colour] = static_cast<std::remove_reference_t<decltype(*out)>>((mixed + maximum / 2) / maximum);
        }
    });
}

} // namespace bitlens::image
