// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/winogradproof.h"

#include <algorithm>
#include <cstdlib>

namespace bitlens::kernel {

namespace {

// Growth of data and weights through the transforms, and where the exact division ends.
constexpr std::int64_t kMost16 = 32767;
constexpr std::int64_t kDataGrowth43 = 100;
constexpr std::int64_t kWeightGrowth43 = 144;
constexpr std::int64_t kDataGrowth23 = 4;
constexpr std::int64_t kWeightGrowth23 = 9;
constexpr std::int64_t kSumLimit43 = std::int64_t{1} << 25;
constexpr std::int64_t kSumLimit23 = std::int64_t{1} << 29;
constexpr std::int64_t kPartLimit = 128; ///< of a signed byte cut off a larger number; its high twin has the same
constexpr int kGroupStep = 16;           ///< channels: a vector

bool isCorrected(const ConvolutionSpec &spec)
{
    return std::any_of(spec.correction.begin(), spec.correction.end(), [](std::int32_t c) { return c != 0; });
}

std::int64_t largestWeight(const ConvolutionSpec &spec)
{
    std::int64_t largest = 0;
    for (const std::int16_t weight : spec.weights)
        largest = std::max<std::int64_t>(largest, std::abs(std::int32_t{weight}));
    return largest;
}

/// Largest sum of |part of weight| over an output channel's inputs.
std::int64_t largestPartSum(const ConvolutionSpec &spec, bool weightParts)
{
    const auto filter = static_cast<std::size_t>(spec.inChannels() * spec.taps());
    std::int64_t largest = 0;
    for (int o = 0; o < spec.outChannels; ++o) {
        const std::int16_t *weights = spec.weights.data() + static_cast<std::size_t>(o) * filter;
        std::int64_t low = 0;
        std::int64_t high = 0;
        for (std::size_t i = 0; i < filter; ++i) {
            low += std::abs(weightParts ? lowPart(weights[i]) : weights[i]);
            high += std::abs(weightParts ? highPart(weights[i]) : 0);
        }
        largest = std::max(largest, low + high); // the middle plane adds both
    }
    return largest;
}

/// Adds sums of runs of channels until an output channel could leave the limit.
class GroupBuilder {
public:
    explicit GroupBuilder(int outChannels) : m_sums(static_cast<std::size_t>(outChannels)) {}

    /// One more run; false when it does not even fit alone.
    bool add(const std::vector<SumRange> &run)
    {
        if (!fitsWith(run, true)) {
            if (!fitsWith(run, false))
                return false;
            m_groups.push_back({m_next, 0});
            std::fill(m_sums.begin(), m_sums.end(), SumRange{});
        }
        for (std::size_t o = 0; o < m_sums.size(); ++o) {
            m_sums[o].lowest += run[o].lowest;
            m_sums[o].highest += run[o].highest;
        }
        m_groups.back().count += kGroupStep;
        m_next += kGroupStep;
        return true;
    }

    const std::vector<ChannelGroup> &groups() const { return m_groups; }

private:
    bool fitsWith(const std::vector<SumRange> &run, bool withSums) const
    {
        for (std::size_t o = 0; o < run.size(); ++o) {
            const SumRange before = withSums ? m_sums[o] : SumRange{};
            if (run[o].highest + before.highest >= kSumLimit23 || -(run[o].lowest + before.lowest) >= kSumLimit23)
                return false;
        }
        return true;
    }

    std::vector<SumRange> m_sums; ///< of the last group, per output channel
    std::vector<ChannelGroup> m_groups{{0, 0}};
    int m_next = 0;
};

} // namespace

bool isWinogradLayer(const ConvolutionSpec &spec)
{
    return !spec.isFloat() && spec.kernel == 3
           && std::all_of(spec.sourceChannels.begin(), spec.sourceChannels.end(),
                          [](int channels) { return pixelStrideFor(channels) % kGroupStep == 0; });
}

bool needsDataParts(const ConvolutionSpec &spec) { return kDataGrowth43 * largestLevel(spec) > kMost16; }

bool needsWeightParts(const ConvolutionSpec &spec) { return kWeightGrowth43 * largestWeight(spec) > kMost16; }

bool fitsF43(const ConvolutionSpec &spec)
{
    return !isCorrected(spec) && !needsDataParts(spec) && !needsWeightParts(spec)
           && accumulatorBound(spec) < kSumLimit43;
}

std::vector<ChannelGroup> f23Groups(const ConvolutionSpec &spec)
{
    if (isCorrected(spec) || kDataGrowth23 * largestLevel(spec) > kMost16
        || kWeightGrowth23 * largestWeight(spec) > kMost16)
        return {};
    GroupBuilder builder(spec.outChannels);
    std::vector<SumRange> run(static_cast<std::size_t>(spec.outChannels));
    int channel = 0;
    for (const int channels : spec.sourceChannels) {
        for (int first = 0; first < channels; first += kGroupStep) {
            const int count = std::min(kGroupStep, channels - first);
            for (int o = 0; o < spec.outChannels; ++o)
                run[static_cast<std::size_t>(o)] = sumRange(spec, o, channel, channel + count);
            if (!builder.add(run))
                return {};
            channel += count;
        }
    }
    return builder.groups();
}

bool fitsF43Parts(const ConvolutionSpec &spec)
{
    const bool dataParts = needsDataParts(spec);
    const bool weightParts = needsWeightParts(spec);
    if (!dataParts && !weightParts)
        return false; // F43 is for these; where its sums are too large, so are these
    const std::int64_t largest = dataParts ? kPartLimit : std::int64_t{largestLevel(spec)};
    return largest * largestPartSum(spec, weightParts) < kSumLimit43;
}

} // namespace bitlens::kernel
