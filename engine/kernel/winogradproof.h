// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/convolution.h"

#include <vector>

namespace bitlens::kernel {

// When Winograd's method with integer matrices is exact: transformed data and weights fit 16 bits, and a sum, which is
// computed modulo 2^32 before its exact division, comes out whole. Proven from a layer's actual weights and ranges. All
// functions take integer 3x3 layers whose maps have whole vectors of channels (isWinogradLayer).

bool isWinogradLayer(const ConvolutionSpec &spec);

/// F(4x4,3x3): |q - z| <= 327, |w| <= 227, sums below 2^25.
bool fitsF43(const ConvolutionSpec &spec);

/// A run of stored channels (padding included) of all sources side by side.
struct ChannelGroup {
    int first = 0;
    int count = 0; ///< a multiple of 16
};

/// F(2x2,3x3): |q - z| <= 8191, |w| <= 3640, sums below 2^29. Where the sums of all channels together could be larger,
/// they are cut into several groups that satisfy it each; as few as possible, in order. Empty where it does not fit.
std::vector<ChannelGroup> f23Groups(const ConvolutionSpec &spec);

/// A number in two signed bytes: value = 256 * high + low.
constexpr int highPart(int value) { return (value + 128) >> 8; }
constexpr int lowPart(int value) { return value - 256 * highPart(value); }

/// Data, or weights, are too large for F43 unless they are cut into two parts.
bool needsDataParts(const ConvolutionSpec &spec);
bool needsWeightParts(const ConvolutionSpec &spec);
/// F43 on parts is exact, and needed.
bool fitsF43Parts(const ConvolutionSpec &spec);

} // namespace bitlens::kernel
