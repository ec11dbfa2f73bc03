// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/winograd_avx2.h"

#include "engine/kernel/winogradarithmetic.h"

#include <immintrin.h>

namespace bitlens::kernel {

namespace {

struct Avx2 {
    using Register = __m256i;
    static constexpr int kLanes16 = 16;
    static constexpr int kLanes32 = 8;

    static Register load(const void *from) { return _mm256_load_si256(static_cast<const __m256i *>(from)); }
    static void store(void *to, Register value) { _mm256_store_si256(static_cast<__m256i *>(to), value); }
    static void storeFloats(float *to, Register sums) { _mm256_store_ps(to, _mm256_cvtepi32_ps(sums)); }

    static Register add16(Register a, Register b) { return _mm256_add_epi16(a, b); }
    static Register sub16(Register a, Register b) { return _mm256_sub_epi16(a, b); }
    template <int n>
    static Register left16(Register a)
    {
        return _mm256_slli_epi16(a, n);
    }
    template <int n>
    static Register right16(Register a)
    {
        return _mm256_srai_epi16(a, n);
    }
    template <int n>
    static Register logicalRight16(Register a)
    {
        return _mm256_srli_epi16(a, n);
    }
    static Register bitAnd(Register a, Register b) { return _mm256_and_si256(a, b); }
    static Register ones16() { return _mm256_set1_epi16(1); }

    static Register add32(Register a, Register b) { return _mm256_add_epi32(a, b); }
    static Register sub32(Register a, Register b) { return _mm256_sub_epi32(a, b); }
    template <int n>
    static Register left32(Register a)
    {
        return _mm256_slli_epi32(a, n);
    }
    template <int n>
    static Register right32(Register a)
    {
        return _mm256_srai_epi32(a, n);
    }
    static Register multiply32(Register a, Register b) { return _mm256_mullo_epi32(a, b); }
    static Register set32(int value) { return _mm256_set1_epi32(value); }
};

template <typename Part>
void input43Avx2(const WinogradPixels &pixels, const WinogradData &data)
{
    transformTiles<Avx2, Forward43, Part>(pixels, data);
}

void input23Avx2(const WinogradPixels &pixels, const WinogradData &data)
{
    transformTiles<Avx2, Forward23, WholeLevel>(pixels, data);
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
        const __m256i first = Avx2::load(weights);
        const __m256i second = Avx2::load(weights + 16);
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
        Avx2::store(m + t * outStride, sums[t][0]);
        Avx2::store(m + t * outStride + 8, sums[t][1]);
    }
}

void multiplyAll(const WinogradProduct &product)
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

void combine(const WinogradPlanes &planes, float *values)
{
    const std::ptrdiff_t count = static_cast<std::ptrdiff_t>(planes.pixels) * planes.outStride;
    for (std::ptrdiff_t at = 0; at < count; at += 4) {
        // Every step is exact: integers far below 2^53.
        __m256d sum = _mm256_loadu_pd(planes.correction + at % planes.outStride);
        const std::int32_t *sums = planes.sums + at;
        for (int plane = 0; plane < planes.planes; ++plane, sums += planes.planeStride) {
            const __m256d part = _mm256_cvtepi32_pd(_mm_load_si128(reinterpret_cast<const __m128i *>(sums)));
            sum = _mm256_add_pd(sum, _mm256_mul_pd(part, _mm256_set1_pd(planes.factors[plane])));
        }
        _mm_store_ps(values + at, _mm256_cvtpd_ps(sum));
    }
}

} // namespace

const WinogradFunctions kWinogradAvx2{
    input43Avx2<WholeLevel>,
    input23Avx2,
    input43Avx2<HighPart>,
    input43Avx2<LowPart>,
    multiplyAll,
    output43<Avx2, AsFloat>,
    output23<Avx2, AsFloat>,
    output43<Avx2, AsInteger>,
    output23<Avx2, AsInteger>,
    combine,
};

} // namespace bitlens::kernel
