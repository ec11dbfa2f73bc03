// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/quant/calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

namespace bitlens::quant {

namespace {

struct Extremes {
    float low = std::numeric_limits<float>::infinity();
    float high = -std::numeric_limits<float>::infinity();
    double sum = 0.0;
    bool isNumber = true;
};

/// Smallest, largest and sum of `count` values, in independent lanes that compilers turn into vector instructions.
Extremes extremesOf(const float *values, std::size_t count)
{
    constexpr std::size_t kLanes = 16;
    Extremes found;
    std::array<float, kLanes> low;
    std::array<float, kLanes> high;
    std::array<std::int32_t, kLanes> strange{};
    low.fill(found.low);
    high.fill(found.high);
    std::array<float, kLanes> sums{};
    constexpr std::size_t kBlock = 4096; // float32 sums of so many values are good to six digits
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        if (i % kBlock == 0) {
            found.sum = std::accumulate(sums.begin(), sums.end(), found.sum);
            sums.fill(0.0F);
        }
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const float value = values[i + lane];
            sums[lane] += value;
            low[lane] = value < low[lane] ? value : low[lane];
            high[lane] = value > high[lane] ? value : high[lane];
            strange[lane] |= static_cast<std::int32_t>(value != value);
        }
    }
    for (; i < count; ++i) {
        sums[0] += values[i];
        low[0] = std::min(low[0], values[i]);
        high[0] = std::max(high[0], values[i]);
        strange[0] |= static_cast<std::int32_t>(std::isnan(values[i]));
    }
    found.sum = std::accumulate(sums.begin(), sums.end(), found.sum);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        found.low = std::min(found.low, low[lane]);
        found.high = std::max(found.high, high[lane]);
        found.isNumber = found.isNumber && strange[lane] == 0;
    }
    found.isNumber = found.isNumber && std::isfinite(found.low) && std::isfinite(found.high);
    return found;
}

std::string mapName(const model::Generator &generator, int map)
{
    return map == 0 ? std::string("the input")
                    : "the output of " + generator.layers.at(static_cast<std::size_t>(map) - 1).path;
}

/// The whole of [0, 1] in every channel: 255 steps of it are the values of 8-bit pictures, so 8 bits represent them
/// exactly, which the range of a picture that lacks black or white would not.
void coverAllPictures(Range &input)
{
    input.low = std::min(input.low, 0.0F);
    input.high = std::max(input.high, 1.0F);
    std::fill(input.channelLow.begin(), input.channelLow.end(), input.low);
    std::fill(input.channelHigh.begin(), input.channelHigh.end(), input.high);
}

} // namespace

Calibration calibrateMinMax(const model::Generator &generator, const FloatForward &forward,
                            std::span<const image::Planes> pictures, const base::Job &job, float channelExponent)
{
    if (pictures.empty())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "calibration needs at least one picture");
    if (!(channelExponent >= 0.0F && channelExponent <= 1.0F))
        throw base::Error(base::ErrorCode::InvalidArgument, {},
                          fmt::format("channel exponent {} is outside 0 to 1", channelExponent));
    Calibration calibration;
    calibration.ranges.resize(generator.layers.size() + 1);
    calibration.channelExponents.assign(calibration.ranges.size(), channelExponent);
    for (std::size_t map = 0; map < calibration.ranges.size(); ++map) {
        const auto channels = static_cast<std::size_t>(generator.mapChannels(static_cast<int>(map)));
        calibration.ranges[map].channelLow.assign(channels, 0.0F);
        calibration.ranges[map].channelHigh.assign(channels, 0.0F);
    }
    std::vector<std::vector<double>> sums(calibration.ranges.size());
    std::vector<double> counts(calibration.ranges.size(), 0.0);
    for (std::size_t map = 0; map < sums.size(); ++map)
        sums[map].assign(calibration.ranges[map].channelLow.size(), 0.0);
    const auto observe = [&](int map, const image::Planes &values) {
        counts[static_cast<std::size_t>(map)] += static_cast<double>(values.planeSize());
        Range &range = calibration.ranges.at(static_cast<std::size_t>(map));
        for (std::size_t c = 0; c < range.channelLow.size(); ++c) {
            const Extremes extremes = extremesOf(values.plane(static_cast<int>(c)), values.planeSize());
            if (!extremes.isNumber)
                throw base::Error(base::ErrorCode::Internal, {},
                                  mapName(generator, map) + " is not finite: the weights do not fit this generator");
            sums[static_cast<std::size_t>(map)][c] += extremes.sum;
            range.channelLow[c] = std::min(range.channelLow[c], extremes.low);
            range.channelHigh[c] = std::max(range.channelHigh[c], extremes.high);
            range.low = std::min(range.low, range.channelLow[c]);
            range.high = std::max(range.high, range.channelHigh[c]);
        }
    };
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        job.cancel.throwIfCancelled();
        job.report(static_cast<double>(i) / static_cast<double>(pictures.size()),
                   fmt::format("Calibrating, image {} of {}", i + 1, pictures.size()));
        forward(pictures[i], observe);
    }
    coverAllPictures(calibration.ranges.front());
    calibration.channelMeans.resize(sums.size());
    for (std::size_t map = 0; map < sums.size(); ++map)
        for (const double sum : sums[map])
            calibration.channelMeans[map].push_back(static_cast<float>(sum / counts[map]));
    job.report(1.0, "Calibrated");
    calibration.description = fmt::format("min-max, {} image{}", pictures.size(), pictures.size() == 1 ? "" : "s");
    return calibration;
}

Calibration withChosenRanges(const Calibration &calibration, const RangeChoices &choices)
{
    Calibration result = calibration;
    for (const auto &[map, choice] : choices) {
        if (map < 0 || static_cast<std::size_t>(map) >= result.ranges.size())
            throw base::Error(base::ErrorCode::InvalidArgument, {},
                              fmt::format("a range was chosen for feature map {}, which does not exist", map));
        const bool isRange = std::isfinite(choice.low) && std::isfinite(choice.high) && choice.low <= 0.0F
                             && choice.high >= 0.0F && choice.low < choice.high;
        if (!isRange)
            throw base::Error(base::ErrorCode::InvalidArgument, {},
                              fmt::format("{} to {} is no range for feature map {}: it must contain 0", choice.low,
                                          choice.high, map));
        Range &range = result.ranges[static_cast<std::size_t>(map)];
        range.low = choice.low;
        range.high = choice.high;
        for (float &low : range.channelLow)
            low = std::max(low, choice.low);
        for (float &high : range.channelHigh)
            high = std::min(high, choice.high);
    }
    return result;
}

} // namespace bitlens::quant
