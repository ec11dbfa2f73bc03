// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/winograd_avx512vnni.h"

#include "engine/kernel/winogradarithmetic.h"

#include <immintrin.h>

namespace bitlens::kernel {

namespace {

struct Avx512 {
    using Register = __m512i;
    static constexpr int kLanes16 = 32;
    static constexpr int kLanes32 = 16;

    static Register load(const void *from) { return _mm512_loadu_si512(from); }
    static void store(void *to, Register value) { _mm512_storeu_si512(to, value); }
    static void storeFloats(float *to, Register sums) { _mm512_storeu_ps(to, _mm512_cvtepi32_ps(sums)); }

    static Register add16(Register a, Register b) { return _mm512_add_epi16(a, b); }
    static Register sub16(Register a, Register b) { return _mm512_sub_epi16(a, b); }
    template <int n>
    static Register left16(Register a)
    {
        return _mm512_slli_epi16(a, n);
    }
    template <int n>
    static Register right16(Register a)
    {
        return _mm512_srai_epi16(a, n);
    }
    template <int n>
    static Register logicalRight16(Register a)
    {
        return _mm512_srli_epi16(a, n);
    }
    static Register bitAnd(Register a, Register b) { return _mm512_and_si512(a, b); }
    static Register ones16() { return _mm512_set1_epi16(1); }

    static Register add32(Register a, Register b) { return _mm512_add_epi32(a, b); }
    static Register sub32(Register a, Register b) { return _mm512_sub_epi32(a, b); }
    template <int n>
    static Register left32(Register a)
    {
        return _mm512_slli_epi32(a, n);
    }
    template <int n>
    static Register right32(Register a)
    {
        return _mm512_srai_epi32(a, n);
    }
    static Register multiply32(Register a, Register b) { return _mm512_mullo_epi32(a, b); }
    static Register set32(int value) { return _mm512_set1_epi32(value); }
};

/// What whole vectors leave over (16 channels) goes through AVX2.
void inputRest(const WinogradPixels &pixels, int done, const WinogradData &data, WinogradFunctions::Input function)
{
    if (done == pixels.channels)
        return;
    WinogradPixels rest = pixels;
    rest.data += done;
    rest.channels -= done;
    WinogradData to = data;
    to.v += done;
    function(rest, to);
}

template <typename Part, WinogradFunctions::Input WinogradFunctions::*rest>
void input43Avx512(const WinogradPixels &pixels, const WinogradData &data)
{
    inputRest(pixels, transformTiles<Avx512, Forward43, Part>(pixels, data), data, kWinogradAvx2.*rest);
}

void input23Avx512(const WinogradPixels &pixels, const WinogradData &data)
{
    inputRest(pixels, transformTiles<Avx512, Forward23, WholeLevel>(pixels, data), data, kWinogradAvx2.input23);
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

void multiplyAll(const WinogradProduct &product)
{
    int output = 0;
    for (; output + 32 <= product.outStride; output += 32)
        multiplyGroups<2>(product, output);
    if (output < product.outStride)
        multiplyGroups<1>(product, output);
}

void combine(const WinogradPlanes &planes, float *values)
{
    const std::ptrdiff_t count = static_cast<std::ptrdiff_t>(planes.pixels) * planes.outStride;
    for (std::ptrdiff_t at = 0; at < count; at += 8) {
        // Every step is exact: integers far below 2^53.
        __m512d sum = _mm512_loadu_pd(planes.correction + at % planes.outStride);
        const std::int32_t *sums = planes.sums + at;
        for (int plane = 0; plane < planes.planes; ++plane, sums += planes.planeStride) {
            const __m512d part = _mm512_cvtepi32_pd(_mm256_load_si256(reinterpret_cast<const __m256i *>(sums)));
            sum = _mm512_add_pd(sum, _mm512_mul_pd(part, _mm512_set1_pd(planes.factors[plane])));
        }
        _mm256_store_ps(values + at, _mm512_cvtpd_ps(sum));
    }
}

} // namespace

const WinogradFunctions kWinogradAvx512Vnni{
    input43Avx512<WholeLevel, &WinogradFunctions::input43>,
    input23Avx512,
    input43Avx512<HighPart, &WinogradFunctions::input43High>,
    input43Avx512<LowPart, &WinogradFunctions::input43Low>,
    multiplyAll,
    output43<Avx512, AsFloat>,
    output23<Avx512, AsFloat>,
    output43<Avx512, AsInteger>,
    output23<Avx512, AsInteger>,
    combine,
};

} // namespace bitlens::kernel
