// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstddef>
#include <cstdint>

namespace bitlens::kernel {

// The arithmetic of WinogradConvolution on AVX2. Pointers only, so that no code shared with other files is compiled for
// AVX2. Channel counts are multiples of 16, pointers 32-byte aligned.

/// The pixels that one tile reads from one source: pixel (i, j) starts at data + rows[i] + columns[j].
struct WinogradPixels {
    const std::int16_t *data = nullptr;
    std::ptrdiff_t rows[6] = {};
    std::ptrdiff_t columns[6] = {};
    int channels = 0;
};

/// B^T d B of F(4x4,3x3) for every channel, to v[position * positionStride + channel], 36 positions.
void winogradInput43Avx2(const WinogradPixels &pixels, std::int16_t *v, std::ptrdiff_t positionStride);

/// The same for two parts of each level: level = 256 * high + low with low in [-128, 127].
void winogradInput43PartsAvx2(const WinogradPixels &pixels, std::int16_t *high, std::int16_t *low,
                              std::ptrdiff_t positionStride);

/// B^T d B of F(2x2,3x3): 16 positions from rows and columns 0 to 3.
void winogradInput23Avx2(const WinogradPixels &pixels, std::int16_t *v, std::ptrdiff_t positionStride);

/// For one position: m[tile][out] = sum over depth of v[tile][channel] * weights, modulo 2^32.
struct WinogradProduct {
    const std::int16_t *v = nullptr;
    std::ptrdiff_t tileStride = 0; ///< of v, elements
    int tiles = 0;
    const std::int16_t *weights = nullptr; ///< [outStride / 16][depth / 2][16][2]
    int depth = 0;
    int outStride = 0;
    std::int32_t *m = nullptr; ///< [tiles][outStride]
};
void winogradMultiplyAvx2(const WinogradProduct &product);

/// A^T m A of F(4x4,3x3), divided by 576: the convolution's sums, [16 pixels][outStride], as integers or as float32.
void winogradOutput43Avx2(const std::int32_t *m, std::ptrdiff_t positionStride, int outStride, float *values);
void winogradSums43Avx2(const std::int32_t *m, std::ptrdiff_t positionStride, int outStride, std::int32_t *sums);

/// A^T m A of F(2x2,3x3), divided by 4: [4 pixels][outStride].
void winogradOutput23Avx2(const std::int32_t *m, std::ptrdiff_t positionStride, int outStride, float *values);

/// values = float(sums[0] + 256 * sums[1] + 65536 * sums[2] + correction): exact in between, one rounding at the end.
/// `planes` 2 or 3; planes are `planeStride` apart, `pixels` x outStride each.
struct WinogradPlanes {
    const std::int32_t *sums = nullptr;
    std::ptrdiff_t planeStride = 0;
    int planes = 2;
    int pixels = 0;
    int outStride = 0;
    const double *correction = nullptr; ///< [outStride]
};
void winogradCombineAvx2(const WinogradPlanes &planes, float *values);

} // namespace bitlens::kernel
