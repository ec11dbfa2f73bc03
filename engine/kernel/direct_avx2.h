// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstddef>
#include <cstdint>

namespace bitlens::kernel {

// The arithmetic of the direct convolutions on AVX2. Pointers only, so that no code shared with other files is compiled
// for AVX2. Outputs are 32-byte aligned.

/// A run of elements that every output pixel multiplies: pixel x reads [data + x * pixelStride, … + run).
template <typename T>
struct DirectSegment {
    const T *data = nullptr;
    int run = 0; ///< even for integers
    int pixelStride = 0;
};

struct DirectProduct {
    const DirectSegment<std::int16_t> *segments = nullptr;
    int segmentCount = 0;
    int pixels = 0;
    const std::int16_t *weights = nullptr; ///< [outStride / 16][depth / 2][16][2]; depth: sum of all runs
    int depth = 0;
    int outStride = 0;
};

/// Sums [pixels][outStride] in 32 bits (the caller has proven that they fit), as float32 or as integers.
void directFloatsAvx2(const DirectProduct &product, float *values);
void directSumsAvx2(const DirectProduct &product, std::int32_t *sums);

/// 16-bit levels times 16-bit weights of any size: `weights` are the low parts (w = 256 * high + low, low in
/// [-128,127]), `highWeights` the high ones. 32-bit sums are widened to float64, where integers of this size are exact,
/// before they can overflow; `correction` [outStride] is added there. One rounding, to float32, at the end.
void directWideAvx2(const DirectProduct &product, const std::int16_t *highWeights, const double *correction,
                    float *values);

/// values[x][o] = float(sum over k of sums[x + k][k * outChannels + o]), o < outChannels; 0 in the rest of outStride.
struct ColumnSums {
    const std::int32_t *sums = nullptr; ///< [pixels + taps - 1][sumStride], and 4 more elements
    int taps = 0;
    int sumStride = 0;
    int outChannels = 0;
    int outStride = 0;
    int pixels = 0;
};
void addColumnsAvx2(const ColumnSums &columns, float *values);

/// A float layer: chains of fused multiply-adds over the segments in order.
struct FloatProduct {
    const DirectSegment<float> *segments = nullptr;
    int segmentCount = 0;
    int pixels = 0;
    const float *weights = nullptr; ///< [outStride / 16][depth][16]
    int depth = 0;
    int outStride = 0;
};
void directFusedAvx2(const FloatProduct &product, float *values);

} // namespace bitlens::kernel
