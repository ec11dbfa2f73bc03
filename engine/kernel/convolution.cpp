// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/convolution.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace bitlens::kernel {

int ConvolutionSpec::inChannels() const { return std::accumulate(sourceChannels.begin(), sourceChannels.end(), 0); }

std::int64_t accumulatorBound(const ConvolutionSpec &spec)
{
    const int in = spec.inChannels();
    const int taps = spec.taps();
    std::int64_t bound = 0;
    std::size_t at = 0;
    for (int o = 0; o < spec.outChannels; ++o) {
        std::int64_t sum = 0;
        for (int c = 0; c < in; ++c) {
            const auto channel = static_cast<std::size_t>(c);
            const std::int64_t largest = std::max(std::abs(spec.lowest[channel]), std::abs(spec.highest[channel]));
            std::int64_t weights = 0;
            for (int t = 0; t < taps; ++t)
                weights += std::abs(static_cast<std::int32_t>(spec.weights[at++]));
            sum += largest * weights;
        }
        bound = std::max(bound, sum);
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
