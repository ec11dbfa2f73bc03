// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/convolution.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace bitlens::kernel {

int ConvolutionSpec::inChannels() const { return std::accumulate(sourceChannels.begin(), sourceChannels.end(), 0); }

SumRange sumRange(const ConvolutionSpec &spec, int out, int begin, int end)
{
    const auto taps = static_cast<std::size_t>(spec.taps());
    const std::int16_t *weights = spec.weights.data()
                                  + (static_cast<std::size_t>(out) * static_cast<std::size_t>(spec.inChannels())
                                     + static_cast<std::size_t>(begin))
                                        * taps;
    SumRange range;
    for (int c = begin; c < end; ++c, weights += taps) {
        std::int64_t positive = 0;
        std::int64_t negative = 0;
        for (std::size_t t = 0; t < taps; ++t)
            (weights[t] > 0 ? positive : negative) += weights[t];
        const std::int64_t lowest = spec.lowest[static_cast<std::size_t>(c)];
        const std::int64_t highest = spec.highest[static_cast<std::size_t>(c)];
        range.highest += positive * highest + negative * lowest;
        range.lowest += positive * lowest + negative * highest;
    }
    return range;
}

std::int64_t accumulatorBound(const ConvolutionSpec &spec)
{
    std::int64_t bound = 0;
    for (int o = 0; o < spec.outChannels; ++o) {
        const SumRange range = sumRange(spec, o, 0, spec.inChannels());
        bound = std::max({bound, range.highest, -range.lowest});
    }
    return bound;
}

std::int32_t largestLevel(const ConvolutionSpec &spec)
{
    std::int32_t largest = 0;
    for (std::size_t c = 0; c < spec.lowest.size(); ++c)
        largest = std::max({largest, std::abs(spec.lowest[c]), std::abs(spec.highest[c])});
    return largest;
}

std::vector<std::int64_t> accumulatorCorrection(const ConvolutionSpec &spec)
{
    const int in = spec.inChannels();
    const int taps = spec.taps();
    std::vector<std::int64_t> corrections(static_cast<std::size_t>(spec.outStride()), 0);
    std::size_t at = 0;
    for (int o = 0; o < spec.outChannels; ++o)
        for (int c = 0; c < in; ++c)
            for (int t = 0; t < taps; ++t)
                corrections[static_cast<std::size_t>(o)] +=
                    std::int64_t{spec.correction[static_cast<std::size_t>(c)]} * spec.weights[at++];
    return corrections;
}

} // namespace bitlens::kernel
