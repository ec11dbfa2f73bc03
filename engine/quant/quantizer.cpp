// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/quant/quantizer.h"

#include "engine/base/error.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace bitlens::quant {

namespace {

/// Below this a scale's inverse may overflow and products may be denormal.
constexpr float kSmallestScale = 1.0e-30F;

[[noreturn]] void refuse(const std::string &detail) { throw base::Error(base::ErrorCode::InvalidArgument, {}, detail); }

void checkRange(float low, float high, const char *what)
{
    if (!std::isfinite(low) || !std::isfinite(high) || low > 0.0F || high < 0.0F || !std::isfinite(high - low))
        refuse(fmt::format("the range of a {} is [{}, {}], expected finite and around 0", what, low, high));
}

std::int32_t zeroPointFor(float low, float high, float stepsOverRange, std::int32_t maximum)
{
    const float share = -low / (high - low);
    return std::clamp(static_cast<std::int32_t>(std::nearbyint(share * stepsOverRange)), std::int32_t{0}, maximum);
}

} // namespace

std::int32_t quantizeActivation(float x, float inverseScale, std::int32_t zeroPoint, std::int32_t maximum)
{
    const float lowest = static_cast<float>(-zeroPoint);
    const float highest = static_cast<float>(maximum - zeroPoint);
    float steps = x * inverseScale;
    // Written so that NaN takes the lower bound.
    steps = steps > lowest ? steps : lowest;
    steps = steps < highest ? steps : highest;
    return static_cast<std::int32_t>(std::nearbyint(steps)) + zeroPoint;
}

std::int32_t quantizeWeight(float w, float inverseScale, std::int32_t maximum)
{
    const float bound = static_cast<float>(maximum);
    float steps = w * inverseScale;
    steps = steps > -bound ? steps : -bound;
    steps = steps < bound ? steps : bound;
    return static_cast<std::int32_t>(std::nearbyint(steps));
}

ActivationQuantizer makeActivationQuantizer(const Range &range, int channels, int bits, float channelExponent)
{
    if (channels < 1 || bits < 1 || bits > 16)
        refuse(fmt::format("cannot quantize {} channels to {} bits", channels, bits));
    if (!(channelExponent >= 0.0F && channelExponent <= 1.0F))
        refuse(fmt::format("channel exponent {} is outside 0 to 1", channelExponent));
    checkRange(range.low, range.high, "feature map");
    const auto count = static_cast<std::size_t>(channels);
    const bool perChannel = !range.channelLow.empty() || !range.channelHigh.empty();
    if (perChannel && (range.channelLow.size() != count || range.channelHigh.size() != count))
        refuse(fmt::format("{} channel ranges for {} channels", range.channelLow.size(), channels));

    ActivationQuantizer quantizer;
    quantizer.bits = bits;
    const std::int32_t maximum = quantizer.maximum();
    const float steps = static_cast<float>(maximum);
    float tensorScale = (range.high - range.low) / steps;
    std::int32_t tensorZero = 0;
    const bool isSilent = tensorScale < kSmallestScale;
    if (isSilent)
        tensorScale = 1.0F;
    else
        tensorZero = zeroPointFor(range.low, range.high, steps, maximum);
    quantizer.scale.assign(count, tensorScale);
    quantizer.zeroPoint.assign(count, tensorZero);

    if (perChannel && channelExponent > 0.0F && !isSilent) {
        for (std::size_t c = 0; c < count; ++c) {
            checkRange(range.channelLow[c], range.channelHigh[c], "channel");
            // Clipping may have made the tensor's range narrower than a channel's: what counts is what both allow.
            const float low = std::max(range.channelLow[c], range.low);
            const float high = std::min(range.channelHigh[c], range.high);
            const float own = (high - low) / steps;
            if (own < kSmallestScale) // silent: nothing to centre on, keep the tensor's zero point
                quantizer.scale[c] = tensorScale * std::pow(kSmallestChannelScale, channelExponent);
            else {
                const float ratio = std::max(own / tensorScale, kSmallestChannelScale);
                quantizer.scale[c] = tensorScale * std::pow(ratio, channelExponent);
                quantizer.zeroPoint[c] = zeroPointFor(low, high, steps, maximum);
            }
            quantizer.scale[c] = std::max({quantizer.scale[c], own, kSmallestScale});
        }
    }
    quantizer.inverseScale.resize(count);
    std::transform(quantizer.scale.begin(), quantizer.scale.end(), quantizer.inverseScale.begin(),
                   [](float scale) { return 1.0F / scale; });
    return quantizer;
}

QuantizedWeights quantizeWeights(std::span<const float> weight, int outChannels, int inChannels, int taps,
                                 std::span<const float> activationScale, int bits)
{
    if (outChannels < 1 || inChannels < 1 || taps < 1 || bits < 2 || bits > 16)
        refuse(fmt::format("cannot quantize {}x{}x{} weights to {} bits", outChannels, inChannels, taps, bits));
    const auto out = static_cast<std::size_t>(outChannels);
    const auto in = static_cast<std::size_t>(inChannels);
    const auto tapCount = static_cast<std::size_t>(taps);
    if (weight.size() != out * in * tapCount || activationScale.size() != in)
        refuse(fmt::format("{} weights and {} activation scales for {}x{}x{}", weight.size(), activationScale.size(),
                           outChannels, inChannels, taps));

    const std::int32_t maximum = weightMaximum(bits);
    QuantizedWeights quantized;
    quantized.bits = bits;
    quantized.values.resize(weight.size());
    quantized.scale.assign(out, 1.0F);
    std::vector<float> folded(in * tapCount);
    for (std::size_t o = 0; o < out; ++o) {
        const float *row = weight.data() + o * in * tapCount;
        float largest = 0.0F;
        for (std::size_t i = 0; i < folded.size(); ++i) {
            folded[i] = row[i] * activationScale[i / tapCount];
            largest = std::max(largest, std::fabs(folded[i]));
        }
        if (!std::isfinite(largest))
            refuse("weights times activation scales are not finite");
        const float scale = largest / static_cast<float>(maximum);
        if (scale < kSmallestScale)
            continue; // all zero: values stay 0
        quantized.scale[o] = scale;
        const float inverseScale = 1.0F / scale;
        std::int16_t *values = quantized.values.data() + o * folded.size();
        for (std::size_t i = 0; i < folded.size(); ++i)
            values[i] = static_cast<std::int16_t>(quantizeWeight(folded[i], inverseScale, maximum));
    }
    return quantized;
}

} // namespace bitlens::quant
