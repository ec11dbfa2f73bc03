// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/resample.h"

#include "engine/base/error.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace bitlens::image {

namespace {

/// Keys' cubic convolution kernel with a = -0.5; zero outside [-2, 2].
double cubic(double x)
{
    const double a = std::fabs(x);
    if (a <= 1)
        return (1.5 * a - 2.5) * a * a + 1;
    if (a <= 2)
        return ((-0.5 * a + 2.5) * a - 4) * a + 2;
    return 0;
}

/// Which input samples make each output sample along one direction: `taps` consecutive entries per output.
struct Contributions {
    int taps = 0;
    std::vector<int> indices;
    std::vector<double> weights; ///< sum to 1 for each output

    Contributions(int inputLength, int outputLength)
    {
        const double scale = static_cast<double>(outputLength) / inputLength;
        const double shrink = std::min(scale, 1.0); // antialiasing: the kernel widens when shrinking
        const double width = 4 / shrink;
        taps = static_cast<int>(std::ceil(width)) + 2;
        indices.resize(static_cast<std::size_t>(outputLength) * static_cast<std::size_t>(taps));
        weights.resize(indices.size());
        std::size_t at = 0;
        for (int output = 0; output < outputLength; ++output) {
            // Centre of the output sample in input coordinates; samples are unit squares counted from 0.
            const double centre = (output + 0.5) / scale - 0.5;
            const int left = static_cast<int>(std::floor(centre - width / 2));
            double sum = 0;
            for (int tap = 0; tap < taps; ++tap) {
                const double weight = shrink * cubic(shrink * (centre - (left + tap)));
                indices[at + tap] = std::clamp(left + tap, 0, inputLength - 1);
                weights[at + tap] = weight;
                sum += weight;
            }
            for (int tap = 0; tap < taps; ++tap)
                weights[at + tap] /= sum;
            at += static_cast<std::size_t>(taps);
        }
    }
};

/// Resamples row by row, so that nothing of the picture's size is held besides input and output.
/// addRow(y, weight, sums): adds weight times input row y (input width * channels samples) to sums.
/// takeColumns(sums): may change what came out of the vertical pass for one output row before it is resampled across.
/// takeRow(y, samples): receives output row y (output width * channels samples), interleaved as the input's.
template <typename AddRow, typename TakeColumns, typename TakeRow>
void resample(Size input, Size output, int channels, AddRow addRow, TakeColumns takeColumns, TakeRow takeRow)
{
    const Contributions down(input.height, output.height);
    const Contributions across(input.width, output.width);
    std::vector<double> column(static_cast<std::size_t>(input.width) * static_cast<std::size_t>(channels));
    std::vector<double> row(static_cast<std::size_t>(output.width) * static_cast<std::size_t>(channels));
    for (int y = 0; y < output.height; ++y) {
        std::fill(column.begin(), column.end(), 0.0);
        for (int tap = 0; tap < down.taps; ++tap) {
            const auto at = static_cast<std::size_t>(y) * static_cast<std::size_t>(down.taps) + tap;
            if (down.weights[at] != 0)
                addRow(down.indices[at], down.weights[at], column.data());
        }
        takeColumns(column);
        std::fill(row.begin(), row.end(), 0.0);
        for (int x = 0; x < output.width; ++x) {
            double *out = row.data() + static_cast<std::size_t>(x) * static_cast<std::size_t>(channels);
            const auto first = static_cast<std::size_t>(x) * static_cast<std::size_t>(across.taps);
            for (int tap = 0; tap < across.taps; ++tap) {
                const double weight = across.weights[first + tap];
                const double *in =
                    column.data()
                    + static_cast<std::size_t>(across.indices[first + tap]) * static_cast<std::size_t>(channels);
                for (int channel = 0; channel < channels; ++channel)
                    out[channel] += weight * in[channel];
            }
        }
        takeRow(y, row);
    }
}

template <typename Sample>
Image resampleImage(const Image &image, Size size)
{
    Image result(size, image.channels(), image.type());
    const int channels = image.channels();
    const int colours = image.hasAlpha() ? channels - 1 : channels;
    const double maximum = image.maximum();
    const auto *input = reinterpret_cast<const Sample *>(image.bytes());
    auto *output = reinterpret_cast<Sample *>(result.mutableBytes());
    const std::size_t inputRow = static_cast<std::size_t>(image.width()) * static_cast<std::size_t>(channels);
    const std::size_t outputRow = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(channels);

    const auto addRow = [&](int y, double weight, double *sums) {
        const Sample *in = input + static_cast<std::size_t>(y) * inputRow;
        if (colours == channels) {
            for (std::size_t i = 0; i < inputRow; ++i)
                sums[i] += weight * in[i];
            return;
        }
        for (std::size_t i = 0; i < inputRow; i += channels) {
            const double alpha = weight * in[i + colours];
            for (int colour = 0; colour < colours; ++colour)
                sums[i + colour] += alpha * in[i + colour];
            sums[i + colours] += alpha;
        }
    };
    const auto nearest = [maximum](double value) { return std::clamp(std::floor(value + 0.5), 0.0, maximum); };
    const auto rounded = [nearest](double value) { return static_cast<Sample>(nearest(value)); };
    const auto takeColumns = [&](std::vector<double> &sums) {
        // imresize keeps the samples' type between its two passes. Premultiplied colour would suffer from that.
        if (colours == channels)
            std::transform(sums.begin(), sums.end(), sums.begin(), nearest);
    };
    const auto takeRow = [&](int y, const std::vector<double> &samples) {
        Sample *out = output + static_cast<std::size_t>(y) * outputRow;
        if (colours == channels) {
            std::transform(samples.begin(), samples.end(), out, rounded);
            return;
        }
        for (std::size_t i = 0; i < outputRow; i += channels) {
            const double alpha = samples[i + colours];
            out[i + colours] = rounded(alpha);
            // Where nothing is visible there is no colour to divide out.
            for (int colour = 0; colour < colours; ++colour)
                out[i + colour] = out[i + colours] == 0 ? Sample{0} : rounded(samples[i + colour] / alpha);
        }
    };
    resample(image.size(), size, channels, addRow, takeColumns, takeRow);
    result.setIccProfile(image.iccProfile());
    return result;
}

void requireSizes(Size input, Size output)
{
    if (input.isEmpty() || output.isEmpty())
        throw base::Error(base::ErrorCode::InvalidArgument, {},
                          "cannot resample " + std::to_string(input.width) + "x" + std::to_string(input.height)
                              + " pixels to " + std::to_string(output.width) + "x" + std::to_string(output.height));
}

} // namespace

Planes resizeBicubic(const Planes &planes, Size size)
{
    requireSizes(planes.size(), size);
    Planes result(planes.channels(), size.height, size.width);
    for (int channel = 0; channel < planes.channels(); ++channel) {
        float *out = result.mutablePlane(channel);
        resample(
            planes.size(), size, 1,
            [&](int y, double weight, double *sums) {
                const float *in = planes.line(channel, y);
                for (int x = 0; x < planes.width(); ++x)
                    sums[x] += weight * static_cast<double>(in[x]);
            },
            [](std::vector<double> &) {},
            [&](int, const std::vector<double> &samples) {
                out = std::transform(samples.begin(), samples.end(), out,
                                     [](double sample) { return static_cast<float>(sample); });
            });
    }
    return result;
}

Image resizeBicubic(const Image &image, Size size)
{
    requireSizes(image.size(), size);
    return image.type() == SampleType::U8 ? resampleImage<std::uint8_t>(image, size)
                                          : resampleImage<std::uint16_t>(image, size);
}

} // namespace bitlens::image
