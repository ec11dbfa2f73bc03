// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstddef>
#include <cstdint>

namespace bitlens::kernel {

// The arithmetic of WinogradConvolution. Pointers only, so that no code shared with other files is compiled for one
// processor. Channel counts are multiples of 16, pointers 32-byte aligned.

/// The pixels that some tiles beside each other read from one source: pixel (i, j) of the first tile starts at data +
/// rows[i] + columns[j], those of every further one `side` columns on.
struct WinogradPixels {
    const std::int16_t *data = nullptr;
    std::ptrdiff_t rows[6] = {};
    const std::ptrdiff_t *columns = nullptr; ///< [tiles * side + 2]
    int tiles = 0;
    int channels = 0;
};

/// Where transformed data go: value of a position and tile at v + position * positionStride + tile * tileStride.
struct WinogradData {
    std::int16_t *v = nullptr;
    std::ptrdiff_t positionStride = 0;
    std::ptrdiff_t tileStride = 0;
};

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

/// values = float(sum of sums[plane] * factor[plane] + correction): exact in between, one rounding at the end. Planes
/// are `planeStride` apart, `pixels` x outStride each.
struct WinogradPlanes {
    const std::int32_t *sums = nullptr;
    std::ptrdiff_t planeStride = 0;
    int planes = 2;
    int pixels = 0;
    int outStride = 0;
    const double *factors = nullptr;    ///< [planes]
    const double *correction = nullptr; ///< [outStride]
};

/// The same functions exist for several instruction sets, with equal results.
struct WinogradFunctions {
    /// B^T d B for every tile and channel: 36 positions of F(4x4,3x3), 16 of F(2x2,3x3), which reads rows 0 to 3.
    using Input = void (*)(const WinogradPixels &pixels, const WinogradData &data);
    Input input43;
    Input input23;
    /// input43 of one part of each level: level = 256 * high + low with low in [-128, 127].
    Input input43High;
    Input input43Low;
    void (*multiply)(const WinogradProduct &product);
    /// A^T m A, divided by 576 or 4: the convolution's sums, [16 or 4 pixels][outStride], as float32 or as integers.
    using Output = void (*)(const std::int32_t *m, std::ptrdiff_t positionStride, int outStride, float *values);
    using Sums = void (*)(const std::int32_t *m, std::ptrdiff_t positionStride, int outStride, std::int32_t *sums);
    Output output43;
    Output output23;
    Sums sums43;
    Sums sums23;
    void (*combine)(const WinogradPlanes &planes, float *values);
};

/// On AVX2.
extern const WinogradFunctions kWinogradAvx2;

} // namespace bitlens::kernel
