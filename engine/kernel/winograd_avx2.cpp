// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/winograd_avx2.h"

#include <immintrin.h>

namespace bitlens::kernel {

namespace {

__m256i load(const void *from) { return _mm256_load_si256(static_cast<const __m256i *>(from)); }
void store(void *to, __m256i value) { _mm256_store_si256(static_cast<__m256i *>(to), value); }

/// B^T of F(4,3) on 16-bit lanes: 6 in, 6 out.
inline void forward43(const __m256i d[6], __m256i out[6])
{
    const __m256i even = _mm256_sub_epi16(d[4], _mm256_slli_epi16(d[2], 2)); // d4 - 4 d2
    const __m256i odd = _mm256_sub_epi16(d[3], _mm256_slli_epi16(d[1], 2));  // d3 - 4 d1
    const __m256i near = _mm256_sub_epi16(d[4], d[2]);
    const __m256i twice = _mm256_slli_epi16(_mm256_sub_epi16(d[3], d[1]), 1);
    // 4 d0 - 5 d2 + d4 and 4 d1 - 5 d3 + d5
    out[0] = _mm256_add_epi16(_mm256_slli_epi16(_mm256_sub_epi16(d[0], d[2]), 2), near);
    out[1] = _mm256_add_epi16(even, odd);
    out[2] = _mm256_sub_epi16(even, odd);
    out[3] = _mm256_add_epi16(near, twice);
    out[4] = _mm256_sub_epi16(near, twice);
    out[5] = _mm256_add_epi16(_mm256_slli_epi16(_mm256_sub_epi16(d[1], d[3]), 2), _mm256_sub_epi16(d[5], d[3]));
}

struct WholeLevel {
    static __m256i part(__m256i level) { return level; }
};
struct LowPart {
    static __m256i part(__m256i level) { return _mm256_srai_epi16(_mm256_slli_epi16(level, 8), 8); }
};
struct HighPart {
    // (level + 128) >> 8 without leaving 16 bits on the way
    static __m256i part(__m256i level)
    {
        const __m256i up = _mm256_and_si256(_mm256_srli_epi16(level, 7), _mm256_set1_epi16(1));
        return _mm256_add_epi16(_mm256_srai_epi16(level, 8), up);
    }
};

template <typename Part>
inline void input43(const WinogradPixels &pixels, std::int16_t *v, std::ptrdiff_t positionStride)
{
    for (int c = 0; c < pixels.channels; c += 16) {
        __m256i half[6][6];
#pragma GCC unroll 6
        for (int x = 0; x < 6; ++x) {
            __m256i d[6];
#pragma GCC unroll 6
            for (int y = 0; y < 6; ++y)
                d[y] = Part::part(load(pixels.data + pixels.rows[y] + pixels.columns[x] + c));
            __m256i column[6];
            forward43(d, column);
#pragma GCC unroll 6
            for (int y = 0; y < 6; ++y)
                half[y][x] = column[y];
        }
#pragma GCC unroll 6
        for (int y = 0; y < 6; ++y) {
            __m256i row[6];
            forward43(half[y], row);
#pragma GCC unroll 6
            for (int x = 0; x < 6; ++x)
                store(v + (y * 6 + x) * positionStride + c, row[x]);
        }
    }
}

inline void forward23(const __m256i d[4], __m256i out[4])
{
    out[0] = _mm256_sub_epi16(d[0], d[2]);
    out[1] = _mm256_add_epi16(d[1], d[2]);
    out[2] = _mm256_sub_epi16(d[2], d[1]);
    out[3] = _mm256_sub_epi16(d[1], d[3]);
}

/// kTiles tiles times 16 outputs; depth in pairs through vpmaddwd.
template <int kTiles>
inline void multiply(const std::int16_t *v, std::ptrdiff_t tileStride, const std::int16_t *weights, int depth,
                     std::int32_t *m, std::ptrdiff_t outStride)
{
    __m256i sums[kTiles][2];
#pragma GCC unroll 6
    for (int t = 0; t < kTiles; ++t)
        sums[t][0] = sums[t][1] = _mm256_setzero_si256();
    for (int c = 0; c < depth; c += 2, weights += 32) {
        const __m256i first = load(weights);
        const __m256i second = load(weights + 16);
#pragma GCC unroll 6
        for (int t = 0; t < kTiles; ++t) {
            const __m256i pair =
                _mm256_castps_si256(_mm256_broadcast_ss(reinterpret_cast<const float *>(v + t * tileStride + c)));
            sums[t][0] = _mm256_add_epi32(sums[t][0], _mm256_madd_epi16(pair, first));
            sums[t][1] = _mm256_add_epi32(sums[t][1], _mm256_madd_epi16(pair, second));
        }
    }
#pragma GCC unroll 6
    for (int t = 0; t < kTiles; ++t) {
        store(m + t * outStride, sums[t][0]);
        store(m + t * outStride + 8, sums[t][1]);
    }
}

/// A^T of F(4,3) on 32-bit lanes: 6 in, 4 out.
inline void backward43(const __m256i m[6], __m256i out[4])
{
    const __m256i sum1 = _mm256_add_epi32(m[1], m[2]);
    const __m256i difference1 = _mm256_sub_epi32(m[1], m[2]);
    const __m256i sum2 = _mm256_add_epi32(m[3], m[4]);
    const __m256i difference2 = _mm256_sub_epi32(m[3], m[4]);
    out[0] = _mm256_add_epi32(_mm256_add_epi32(m[0], sum1), sum2);
    out[1] = _mm256_add_epi32(difference1, _mm256_slli_epi32(difference2, 1));
    out[2] = _mm256_add_epi32(sum1, _mm256_slli_epi32(sum2, 2));
    out[3] =
        _mm256_add_epi32(_mm256_add_epi32(difference1, _mm256_slli_epi32(difference2, 3)), _mm256_slli_epi32(m[5], 2));
}

struct AsFloat {
    using Type = float;
    static void store(float *to, __m256i sums) { _mm256_store_ps(to, _mm256_cvtepi32_ps(sums)); }
};
struct AsInteger {
    using Type = std::int32_t;
    static void store(std::int32_t *to, __m256i sums) { kernel::store(to, sums); }
};

template <typename As>
inline void output43(const std::int32_t *m, std::ptrdiff_t positionStride, int outStride, typename As::Type *to)
{
    // 576 = 9 * 64: modulo 2^32, division by 9 is multiplication by its inverse.
    const __m256i inverseOf9 = _mm256_set1_epi32(static_cast<int>(954437177U));
    for (int c = 0; c < outStride; c += 8) {
        __m256i half[4][6];
#pragma GCC unroll 6
        for (int x = 0; x < 6; ++x) {
            __m256i column[6];
#pragma GCC unroll 6
            for (int y = 0; y < 6; ++y)
                column[y] = load(m + (y * 6 + x) * positionStride + c);
            __m256i out[4];
            backward43(column, out);
            for (int y = 0; y < 4; ++y)
                half[y][x] = out[y];
        }
        for (int y = 0; y < 4; ++y) {
            __m256i out[4];
            backward43(half[y], out);
            for (int x = 0; x < 4; ++x) {
                const __m256i sums = _mm256_srai_epi32(_mm256_mullo_epi32(out[x], inverseOf9), 6);
                As::store(to + static_cast<std::ptrdiff_t>(y * 4 + x) * outStride + c, sums);
            }
        }
    }
}

} // namespace

void winogradInput43Avx2(const WinogradPixels &pixels, std::int16_t *v, std::ptrdiff_t positionStride)
{
    input43<WholeLevel>(pixels, v, positionStride);
}

void winogradInput43PartsAvx2(const WinogradPixels &pixels, std::int16_t *high, std::int16_t *low,
                              std::ptrdiff_t positionStride)
{
    input43<HighPart>(pixels, high, positionStride);
    input43<LowPart>(pixels, low, positionStride);
}

void winogradInput23Avx2(const WinogradPixels &pixels, std::int16_t *v, std::ptrdiff_t positionStride)
{
    for (int c = 0; c < pixels.channels; c += 16) {
        __m256i half[4][4];
        for (int x = 0; x < 4; ++x) {
            __m256i d[4];
            for (int y = 0; y < 4; ++y)
                d[y] = load(pixels.data + pixels.rows[y] + pixels.columns[x] + c);
            __m256i column[4];
            forward23(d, column);
            for (int y = 0; y < 4; ++y)
                half[y][x] = column[y];
        }
        for (int y = 0; y < 4; ++y) {
            __m256i row[4];
            forward23(half[y], row);
            for (int x = 0; x < 4; ++x)
                store(v + (y * 4 + x) * positionStride + c, row[x]);
        }
    }
}

void winogradMultiplyAvx2(const WinogradProduct &product)
{
    const std::ptrdiff_t outStride = product.outStride;
    const std::ptrdiff_t stride = product.tileStride;
    for (int o = 0; o < product.outStride; o += 16) {
        const std::int16_t *weights = product.weights + static_cast<std::ptrdiff_t>(o) * product.depth;
        int t = 0;
        for (; t + 6 <= product.tiles; t += 6)
            multiply<6>(product.v + t * stride, stride, weights, product.depth, product.m + t * outStride + o,
                        outStride);
        const std::int16_t *v = product.v + t * stride;
        std::int32_t *m = product.m + t * outStride + o;
        switch (product.tiles - t) {
        case 5:
            multiply<5>(v, stride, weights, product.depth, m, outStride);
            break;
        case 4:
            multiply<4>(v, stride, weights, product.depth, m, outStride);
            break;
        case 3:
            multiply<3>(v, stride, weights, product.depth, m, outStride);
            break;
        case 2:
            multiply<2>(v, stride, weights, product.depth, m, outStride);
            break;
        case 1:
            multiply<1>(v, stride, weights, product.depth, m, outStride);
            break;
        default:
            break;
        }
    }
}

void winogradOutput43Avx2(const std::int32_t *m, std::ptrdiff_t positionStride, int outStride, float *values)
{
    output43<AsFloat>(m, positionStride, outStride, values);
}

void winogradSums43Avx2(const std::int32_t *m, std::ptrdiff_t positionStride, int outStride, std::int32_t *sums)
{
    output43<AsInteger>(m, positionStride, outStride, sums);
}

void winogradOutput23Avx2(const std::int32_t *m, std::ptrdiff_t positionStride, int outStride, float *values)
{
    for (int c = 0; c < outStride; c += 8) {
        __m256i half[2][4];
        for (int x = 0; x < 4; ++x) {
            const std::int32_t *column = m + x * positionStride + c;
            const __m256i m1 = load(column + 4 * positionStride);
            const __m256i m2 = load(column + 8 * positionStride);
            half[0][x] = _mm256_add_epi32(load(column), _mm256_add_epi32(m1, m2));
            half[1][x] = _mm256_sub_epi32(_mm256_sub_epi32(m1, m2), load(column + 12 * positionStride));
        }
        for (int y = 0; y < 2; ++y) {
            const __m256i *row = half[y];
            const __m256i left = _mm256_add_epi32(row[0], _mm256_add_epi32(row[1], row[2]));
            const __m256i right = _mm256_sub_epi32(_mm256_sub_epi32(row[1], row[2]), row[3]);
            float *to = values + static_cast<std::ptrdiff_t>(2 * y) * outStride + c;
            _mm256_store_ps(to, _mm256_cvtepi32_ps(_mm256_srai_epi32(left, 2)));
            _mm256_store_ps(to + outStride, _mm256_cvtepi32_ps(_mm256_srai_epi32(right, 2)));
        }
    }
}

void winogradCombineAvx2(const WinogradPlanes &planes, float *values)
{
    const std::ptrdiff_t count = static_cast<std::ptrdiff_t>(planes.pixels) * planes.outStride;
    for (std::ptrdiff_t at = 0; at < count; at += 4) {
        const auto plane = [&](int number) {
            return _mm256_cvtepi32_pd(
                _mm_load_si128(reinterpret_cast<const __m128i *>(planes.sums + number * planes.planeStride + at)));
        };
        // Every step is exact: integers far below 2^53.
        __m256d sum = _mm256_loadu_pd(planes.correction + at % planes.outStride);
        sum = _mm256_add_pd(sum, plane(0));
        sum = _mm256_add_pd(sum, _mm256_mul_pd(plane(1), _mm256_set1_pd(256.0)));
        if (planes.planes > 2)
            sum = _mm256_add_pd(sum, _mm256_mul_pd(plane(2), _mm256_set1_pd(65536.0)));
        _mm_store_ps(values + at, _mm256_cvtpd_ps(sum));
    }
}

} // namespace bitlens::kernel
