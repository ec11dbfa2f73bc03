// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/quant/rangesearch.h"

#include "engine/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace bitlens::quant {

namespace {

constexpr std::size_t kSamplesPerChannel = 384;
constexpr std::array kExponents{0.5F, 0.0F, 0.25F, 0.75F, 1.0F}; ///< the usual one first: it wins where all are equal
constexpr std::array kClippings{1.0F, 0.95F, 0.9F, 0.8F, 0.7F, 0.6F};
/// Mean square of an error spread evenly over one step.
constexpr double kStepError = 1.0 / 12.0;

/// What one reader of a map multiplies it with: the part of its weights that belongs to the map.
struct Reader {
    int outChannels = 0;
    int taps = 0;
    std::vector<double> energy; ///< [channel]: sum of squares over outputs and taps
    std::vector<float> largest; ///< [output][channel]: over taps
};

std::vector<Reader> readersOf(const model::Generator &generator, int map)
{
    std::vector<Reader> readers;
    for (const model::ConvLayer &layer : generator.layers) {
        std::size_t firstChannel = 0;
        for (const int input : layer.inputs) {
            const auto channels = static_cast<std::size_t>(generator.mapChannels(input));
            if (input == map) {
                Reader reader;
                reader.outChannels = layer.outChannels;
                reader.taps = layer.kernel * layer.kernel;
                reader.energy.assign(channels, 0.0);
                reader.largest.assign(channels * static_cast<std::size_t>(layer.outChannels), 0.0F);
                const auto taps = static_cast<std::size_t>(reader.taps);
                for (std::size_t o = 0; o < static_cast<std::size_t>(layer.outChannels); ++o)
                    for (std::size_t c = 0; c < channels; ++c) {
                        const float *weights =
                            layer.weight->data()
                            + (o * static_cast<std::size_t>(layer.inChannels) + firstChannel + c) * taps;
                        for (std::size_t t = 0; t < taps; ++t) {
                            reader.energy[c] += static_cast<double>(weights[t]) * static_cast<double>(weights[t]);
                            float &largest = reader.largest[o * channels + c];
                            largest = std::max(largest, std::fabs(weights[t]));
                        }
                    }
                readers.push_back(std::move(reader));
            }
            firstChannel += channels;
        }
    }
    return readers;
}

/// Evenly spaced values of every channel of every map.
class Samples {
public:
    Samples(const model::Generator &generator, std::size_t pictures)
        : m_perPicture(std::max<std::size_t>(1, kSamplesPerChannel / pictures))
    {
        for (std::size_t map = 0; map <= generator.layers.size(); ++map)
            m_values.emplace_back(static_cast<std::size_t>(generator.mapChannels(static_cast<int>(map))));
    }

    void take(int map, const image::Planes &values)
    {
        const std::size_t size = values.planeSize();
        const std::size_t count = std::min(size, m_perPicture);
        std::vector<std::vector<float>> &channels = m_values[static_cast<std::size_t>(map)];
        for (std::size_t c = 0; c < channels.size(); ++c)
            for (std::size_t i = 0; i < count; ++i)
                channels[c].push_back(values.plane(static_cast<int>(c))[(2 * i + 1) * size / (2 * count)]);
    }

    const std::vector<std::vector<float>> &of(std::size_t map) const { return m_values[map]; }

private:
    std::size_t m_perPicture;
    std::vector<std::vector<std::vector<float>>> m_values;
};

/// Mean squared error of a channel's samples.
double channelError(const std::vector<float> &samples, const ActivationQuantizer &quantizer, std::size_t channel)
{
    double sum = 0.0;
    for (const float value : samples) {
        const std::int32_t q = quantizeActivation(value, quantizer.inverseScale[channel], quantizer.zeroPoint[channel],
                                                  quantizer.maximum());
        const float stands = static_cast<float>(q - quantizer.zeroPoint[channel]) * quantizer.scale[channel];
        sum += static_cast<double>(value - stands) * static_cast<double>(value - stands);
    }
    return samples.empty() ? 0.0 : sum / static_cast<double>(samples.size());
}

double meanSquare(const std::vector<float> &samples)
{
    double sum = 0.0;
    for (const float value : samples)
        sum += static_cast<double>(value) * static_cast<double>(value);
    return samples.empty() ? 0.0 : sum / static_cast<double>(samples.size());
}

/// Expected squared error of all readers' results, each relative to what it computes from the map.
double expectedError(const std::vector<Reader> &readers, const std::vector<std::vector<float>> &samples,
                     const ActivationQuantizer &quantizer, int weightBits)
{
    const std::size_t channels = samples.size();
    std::vector<double> errors(channels);
    std::vector<double> squares(channels);
    for (std::size_t c = 0; c < channels; ++c) {
        errors[c] = channelError(samples[c], quantizer, c);
        squares[c] = meanSquare(samples[c]);
    }
    double total = 0.0;
    for (const Reader &reader : readers) {
        double error = 0.0;
        double signal = 0.0;
        for (std::size_t c = 0; c < channels; ++c) {
            error += reader.energy[c] * errors[c];
            signal += reader.energy[c] * squares[c];
        }
        for (std::size_t o = 0; o < static_cast<std::size_t>(reader.outChannels); ++o) {
            double largest = 0.0;
            for (std::size_t c = 0; c < channels; ++c)
                largest = std::max(largest, static_cast<double>(reader.largest[o * channels + c])
                                                * static_cast<double>(quantizer.scale[c]));
            const double step = largest / weightMaximum(weightBits);
            for (std::size_t c = 0; c < channels; ++c) {
                const double own = step / static_cast<double>(quantizer.scale[c]);
                error += squares[c] * reader.taps * own * own * kStepError;
            }
        }
        total += signal > 0.0 ? error / signal : 0.0;
    }
    return total;
}

Range clipped(Range range, float share)
{
    range.low *= share;
    range.high *= share;
    for (float &end : range.channelLow)
        end *= share;
    for (float &end : range.channelHigh)
        end *= share;
    return range;
}

/// Maps that layers of the body or before it compute from.
std::size_t mapsBeforeTheEnd(const model::Generator &generator)
{
    std::size_t last = 0;
    std::size_t layer = 0;
    for (const model::Stage &stage : generator.stages) {
        layer += static_cast<std::size_t>(stage.layerCount);
        if (stage.name.starts_with("body"))
            last = layer;
    }
    return last;
}

} // namespace

std::string rangeMethodName(RangeMethod method)
{
    switch (method) {
    case RangeMethod::Exponents:
        return "exponents";
    case RangeMethod::Mse:
        return "mse";
    case RangeMethod::MinMax:
        break;
    }
    return "min-max";
}

const std::vector<RangeMethod> &rangeMethods()
{
    static const std::vector<RangeMethod> methods{RangeMethod::MinMax, RangeMethod::Exponents, RangeMethod::Mse};
    return methods;
}

LayerBits commonestBits(const BitPlan &plan)
{
    LayerBits commonest;
    std::size_t most = 0;
    for (std::size_t i = 0; i < plan.size(); ++i) {
        if (plan.at(i).isFloat())
            continue;
        std::size_t count = 0;
        for (std::size_t j = 0; j < plan.size(); ++j)
            count += plan.at(j) == plan.at(i) ? 1 : 0;
        if (count > most) {
            most = count;
            commonest = plan.at(i);
        }
    }
    return commonest;
}

Calibration searchRanges(const model::Generator &generator, const Calibration &calibration, const FloatForward &forward,
                         std::span<const image::Planes> pictures, const base::Job &job,
                         const RangeSearchOptions &options)
{
    if (pictures.empty() || calibration.ranges.size() != generator.layers.size() + 1)
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "a search of ranges needs pictures and their ranges");
    constexpr double kForwardShare = 0.7;
    Samples samples(generator, pictures.size());
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        job.cancel.throwIfCancelled();
        job.report(kForwardShare * static_cast<double>(i) / static_cast<double>(pictures.size()),
                   fmt::format("Looking at feature maps, image {} of {}", i + 1, pictures.size()));
        forward(pictures[i], [&samples](int map, const image::Planes &values) { samples.take(map, values); });
    }
    const std::size_t clippable = mapsBeforeTheEnd(generator);
    Calibration best = calibration;
    for (std::size_t map = 0; map < best.ranges.size(); ++map) {
        job.cancel.throwIfCancelled();
        job.report(kForwardShare
                       + (1.0 - kForwardShare) * static_cast<double>(map) / static_cast<double>(best.ranges.size()),
                   "Searching ranges");
        const std::vector<Reader> readers = readersOf(generator, static_cast<int>(map));
        double least = std::numeric_limits<double>::infinity();
        for (const float share : kClippings) {
            if (share < 1.0F && (!options.searchClipping || map >= clippable))
                break;
            const Range range = clipped(calibration.ranges[map], share);
            for (const float exponent : kExponents) {
                if (!options.searchExponents && exponent != calibration.channelExponents[map])
                    continue;
                const ActivationQuantizer quantizer = makeActivationQuantizer(
                    range, generator.mapChannels(static_cast<int>(map)), options.bits.activation, exponent);
                const double error = expectedError(readers, samples.of(map), quantizer, options.bits.weight);
                if (error < least) {
                    least = error;
                    best.ranges[map] = range;
                    best.channelExponents[map] = exponent;
                }
            }
        }
    }
    best.description += options.searchClipping ? ", searched channel scales and clipping" : ", searched channel scales";
    job.report(1.0, "Ranges searched");
    return best;
}

} // namespace bitlens::quant
