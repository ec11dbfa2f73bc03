// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/search/roundingerror.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace bitlens::search {

namespace {

/// Independent sums, so that the compiler may compute them side by side.
constexpr std::size_t kLanes = 16;
/// Floats are summed up to here, then doubles: keeps float sums short.
constexpr std::size_t kBlock = 1024;
/// 1.5 · 2^23: adding and subtracting it rounds a float below 2^22 to the nearest whole number, ties to even.
constexpr float kRounder = 12'582'912.0F;

template <typename Term>
double summed(std::size_t count, const Term &term)
{
    double sum = 0.0;
    std::size_t at = 0;
    while (count - at >= kLanes) {
        const std::size_t end = at + std::min(kBlock, count - at) / kLanes * kLanes;
        std::array<float, kLanes> lanes{};
        for (; at < end; at += kLanes)
            for (std::size_t lane = 0; lane < kLanes; ++lane)
                lanes[lane] += term(at + lane);
        sum += static_cast<double>(std::accumulate(lanes.begin(), lanes.end(), 0.0F));
    }
    for (; at < count; ++at)
        sum += static_cast<double>(term(at));
    return sum;
}

} // namespace

double dotProduct(const float *a, const float *b, std::size_t count)
{
    return summed(count, [=](std::size_t i) { return a[i] * b[i]; });
}

double roundingProduct(const float *values, const float *weights, std::size_t count,
                       const quant::ActivationQuantizer &quantizer, std::size_t channel)
{
    const float inverseScale = quantizer.inverseScale[channel];
    const float scale = quantizer.scale[channel];
    const float lowest = static_cast<float>(-quantizer.zeroPoint[channel]);
    const float highest = static_cast<float>(quantizer.maximum() - quantizer.zeroPoint[channel]);
    return summed(count, [=](std::size_t i) {
        float steps = values[i] * inverseScale;
        steps = steps > lowest ? steps : lowest;
        steps = steps < highest ? steps : highest;
        const float rounded = steps + kRounder - kRounder;
        return (rounded * scale - values[i]) * weights[i];
    });
}

} // namespace bitlens::search
