// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/winograd_avx512vnni.h"

#include <immintrin.h>

namespace bitlens::kernel {

namespace {

constexpr int kChannels = 32; ///< 16-bit lanes

/// B^T of F(4,3) on 16-bit lanes: 6 in, 6 out.
inline void forward43(const __m512i d[6], __m512i out[6])
{
    const __m512i even = _mm512_sub_epi16(d[4], _mm512_slli_epi16(d[2], 2)); // d4 - 4 d2
    const __m512i odd = _mm512_sub_epi16(d[3], _mm512_slli_epi16(d[1], 2));  // d3 - 4 d1
    const __m512i near = _mm512_sub_epi16(d[4], d[2]);
    const __m512i twice = _mm512_slli_epi16(_mm512_sub_epi16(d[3], d[1]), 1);
    out[0] = _mm512_add_epi16(_mm512_slli_epi16(_mm512_sub_epi16(d[0], d[2]), 2), near);
    out[1] = _mm512_add_epi16(even, odd);
    out[2] = _mm512_sub_epi16(even, odd);
    out[3] = _mm512_add_epi16(near, twice);
    out[4] = _mm512_sub_epi16(near, twice);
    out[5] = _mm512_add_epi16(_mm512_slli_epi16(_mm512_sub_epi16(d[1], d[3]), 2), _mm512_sub_epi16(d[5], d[3]));
}

/// A^T of F(4,3) on 32-bit lanes: 6 in, 4 out.
inline void backward43(const __m512i m[6], __m512i out[4])
{
    const __m512i sum1 = _mm512_add_epi32(m[1], m[2]);
    const __m512i difference1 = _mm512_sub_epi32(m[1], m[2]);
    const __m512i sum2 = _mm512_add_epi32(m[3], m[4]);
    const __m512i difference2 = _mm512_sub_epi32(m[3], m[4]);
    out[0] = _mm512_add_epi32(_mm512_add_epi32(m[0], sum1), sum2);
    out[1] = _mm512_add_epi32(difference1, _mm512_slli_epi32(difference2, 1));
    out[2] = _mm512_add_epi32(sum1, _mm512_slli_epi32(sum2, 2));
    out[3] =
        _mm512_add_epi32(_mm512_add_epi32(difference1, _mm512_slli_epi32(difference2, 3)), _mm512_slli_epi32(m[5], 2));
}

/// kTiles tiles times kGroups groups of 16 outputs.
template <int kTiles, int kGroups>
inline void multiply(const WinogradProduct &product, int tile, int output)
{
    __m512i sums[kTiles][kGroups];
#pragma GCC unroll 16
    for (int t = 0; t < kTiles; ++t)
#pragma GCC unroll 2
        for (int g = 0; g < kGroups; ++g)
            sums[t][g] = _mm512_setzero_si512();
    const std::ptrdiff_t stride = product.tileStride;
    const std::int16_t *v = product.v + tile * stride;
    const std::int16_t *weights = product.weights + static_cast<std::ptrdiff_t>(output) * product.depth;
    const std::ptrdiff_t groupStride = static_cast<std::ptrdiff_t>(16) * product.depth;
    for (int c = 0; c < product.depth; c += 2, weights += 32) {
        __m512i group[kGroups];
#pragma GCC unroll 2
        for (int g = 0; g < kGroups; ++g)
            group[g] = _mm512_load_si512(weights + g * groupStride);
#pragma GCC unroll 16
        for (int t = 0; t < kTiles; ++t) {
            const __m512i pair =
                _mm512_castps_si512(_mm512_set1_ps(*reinterpret_cast<const float *>(v + t * stride + c)));
#pragma GCC unroll 2
            for (int g = 0; g < kGroups; ++g)
                sums[t][g] = _mm512_dpwssd_epi32(sums[t][g], pair, group[g]);
        }
    }
    std::int32_t *m = product.m + static_cast<std::ptrdiff_t>(tile) * product.outStride + output;
#pragma GCC unroll 16
    for (int t = 0; t < kTiles; ++t)
#pragma GCC unroll 2
        for (int g = 0; g < kGroups; ++g)
            _mm512_store_si512(m + static_cast<std::ptrdiff_t>(t) * product.outStride + 16 * g, sums[t][g]);
}

template <int kGroups>
void multiplyGroups(const WinogradProduct &product, int output)
{
    int tile = 0;
    for (; tile + 12 <= product.tiles; tile += 12)
        multiply<12, kGroups>(product, tile, output);
    for (; tile + 6 <= product.tiles; tile += 6)
        multiply<6, kGroups>(product, tile, output);
    for (; tile + 2 <= product.tiles; tile += 2)
        multiply<2, kGroups>(product, tile, output);
    for (; tile < product.tiles; ++tile)
        multiply<1, kGroups>(product, tile, output);
}

} // namespace

void winogradInput43Avx512Vnni(const WinogradPixels &pixels, std::int16_t *v, std::ptrdiff_t positionStride)
{
    int c = 0;
    for (; c + kChannels <= pixels.channels; c += kChannels) {
        __m512i half[6][6];
#pragma GCC unroll 6
        for (int x = 0; x < 6; ++x) {
            __m512i d[6];
#pragma GCC unroll 6
            for (int y = 0; y < 6; ++y)
                d[y] = _mm512_loadu_si512(pixels.data + pixels.rows[y] + pixels.columns[x] + c);
            __m512i column[6];
            forward43(d, column);
#pragma GCC unroll 6
            for (int y = 0; y < 6; ++y)
                half[y][x] = column[y];
        }
#pragma GCC unroll 6
        for (int y = 0; y < 6; ++y) {
            __m512i row[6];
            forward43(half[y], row);
#pragma GCC unroll 6
            for (int x = 0; x < 6; ++x)
                _mm512_storeu_si512(v + (y * 6 + x) * positionStride + c, row[x]);
        }
    }
    if (c == pixels.channels)
        return;
    WinogradPixels rest = pixels;
    rest.data += c;
    rest.channels -= c;
    winogradInput43Avx2(rest, v + c, positionStride);
}

void winogradMultiplyAvx512Vnni(const WinogradProduct &product)
{
    int output = 0;
    for (; output + 32 <= product.outStride; output += 32)
        multiplyGroups<2>(product, output);
    if (output < product.outStride)
        multiplyGroups<1>(product, output);
}

void winogradOutput43Avx512Vnni(const std::int32_t *m, std::ptrdiff_t positionStride, int outStride, float *values)
{
    // 576 = 9 * 64: modulo 2^32, division by 9 is multiplication by its inverse.
    const __m512i inverseOf9 = _mm512_set1_epi32(static_cast<int>(954437177U));
    for (int c = 0; c < outStride; c += 16) {
        __m512i half[4][6];
#pragma GCC unroll 6
        for (int x = 0; x < 6; ++x) {
            __m512i column[6];
#pragma GCC unroll 6
            for (int y = 0; y < 6; ++y)
                column[y] = _mm512_load_si512(m + (y * 6 + x) * positionStride + c);
            __m512i out[4];
            backward43(column, out);
#pragma GCC unroll 4
            for (int y = 0; y < 4; ++y)
                half[y][x] = out[y];
        }
#pragma GCC unroll 4
        for (int y = 0; y < 4; ++y) {
            __m512i out[4];
            backward43(half[y], out);
#pragma GCC unroll 4
            for (int x = 0; x < 4; ++x) {
                const __m512i sums = _mm512_srai_epi32(_mm512_mullo_epi32(out[x], inverseOf9), 6);
                _mm512_store_ps(values + static_cast<std::ptrdiff_t>(y * 4 + x) * outStride + c,
                                _mm512_cvtepi32_ps(sums));
            }
        }
    }
}

} // namespace bitlens::kernel
