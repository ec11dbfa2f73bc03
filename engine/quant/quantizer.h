// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace bitlens::quant {

/// Largest magnitude of a symmetric weight of `bits` bits: 2^(bits-1) - 1.
constexpr std::int32_t weightMaximum(int bits) { return (std::int32_t{1} << (bits - 1)) - 1; }
/// Largest value of an unsigned activation of `bits` bits: 2^bits - 1.
constexpr std::int32_t activationMaximum(int bits) { return (std::int32_t{1} << bits) - 1; }

/// THE rounding rule, the only one in the program (rule 6): x times the float32 inverse scale, clamped to what the
/// integer range can hold, rounded to nearest with ties to even, plus the zero point. Result in [0, maximum]. NaN gives
/// 0. Clamping before rounding equals clamping after, because the bounds are integers; it keeps the conversion defined.
std::int32_t quantizeActivation(float x, float inverseScale, std::int32_t zeroPoint, std::int32_t maximum);

/// The same rule for a weight: result in [-maximum, maximum].
std::int32_t quantizeWeight(float w, float inverseScale, std::int32_t maximum);

/// Observed or chosen range of one feature map; always contains 0. Per-channel vectors are empty for a per-tensor
/// range.
struct Range {
    float low = 0.0F;  ///< <= 0
    float high = 0.0F; ///< >= 0
    std::vector<float> channelLow;
    std::vector<float> channelHigh;
    bool operator==(const Range &) const = default;
};

/// How a feature map is quantized for consumers of a given activation width: real = (q - zeroPoint[c]) * scale[c].
/// One entry per channel, all equal when quantization is per tensor. scale > 0 and finite; zeroPoint in [0, maximum].
struct ActivationQuantizer {
    int bits = 8;
    std::vector<float> scale;
    std::vector<float> inverseScale; ///< 1.0F / scale, in float32
    std::vector<std::int32_t> zeroPoint;
    std::int32_t maximum() const { return activationMaximum(bits); }
};

/// Chooses scale and zero point of a feature map. With M = 2^bits - 1 and, per tensor, t = (high - low) / M in float32,
/// zeroPoint = round(-low / t): so neither end of the range is clipped by more than half a step, and 0 is exact.
///
/// `channelExponent` e in [0,1] blends per-tensor (0) and per-channel (1) scales geometrically: for a channel's own
/// range [l, h] and c = (h - l) / M, raised to at least t * kSmallestChannelScale, the scale is s = t^(1-e) * c^e
/// (never below c), and the zero point is M * -l / (h - l), rounded: what s covers beyond the observed range lies on
/// both sides of it in proportion. e = 0.5 is the geometric mean. The exponent is ignored when the range has no channel
/// vectors; e = 0 and ranges without channel vectors give equal entries. A range of width 0 (or too narrow for a normal
/// float) gives scale 1, zero point 0. Throws base::Error{InvalidArgument} when the range is not finite, excludes 0 or
/// has a wrong length.
ActivationQuantizer makeActivationQuantizer(const Range &range, int channels, int bits, float channelExponent);

/// Smallest scale of a channel relative to the tensor's before blending: a channel that calibration saw (nearly) silent
/// still represents values a thousandth of the tensor's range.
inline constexpr float kSmallestChannelScale = 1.0F / 1024.0F;

/// Weights of one layer, quantized per output channel after the input channels' activation scales were folded in
/// (rules 2, 4, 7): q[o][c][k][k] * scale[o] ~ w[o][c][k][k] * activationScale[c].
struct QuantizedWeights {
    int bits = 8;
    std::vector<std::int16_t> values; ///< [out][in][k][k], in [-qmax, qmax]
    std::vector<float> scale;         ///< [out]; the layer's m (rule 5): y = float(acc) * scale[o] + bias[o]
};

/// Max-abs scales per output channel: scale[o] = max |w * activationScale| / qmax; 1 where all are zero. `weight` is
/// [out][in][taps]; `activationScale` has `in` entries. Throws base::Error{InvalidArgument} when lengths do not fit.
QuantizedWeights quantizeWeights(std::span<const float> weight, int outChannels, int inChannels, int taps,
                                 std::span<const float> activationScale, int bits);

} // namespace bitlens::quant
