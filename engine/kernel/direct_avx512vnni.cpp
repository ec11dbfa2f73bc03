// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/direct_avx512vnni.h"

#include <immintrin.h>

namespace bitlens::kernel {

namespace {

void storeSums(float *to, __m512i sums) { _mm512_storeu_ps(to, _mm512_cvtepi32_ps(sums)); }
void storeSums(std::int32_t *to, __m512i sums) { _mm512_storeu_si512(to, sums); }

/// kPixels pixels times kGroups groups of 16 outputs.
template <int kPixels, int kGroups, typename Value>
inline void multiply(const DirectProduct &product, int x, int output, Value *values)
{
    __m512i sums[kPixels][kGroups];
#pragma GCC unroll 16
    for (int i = 0; i < kPixels; ++i)
#pragma GCC unroll 2
        for (int g = 0; g < kGroups; ++g)
            sums[i][g] = _mm512_setzero_si512();
    const std::int16_t *weights = product.weights + static_cast<std::ptrdiff_t>(output) * product.depth;
    const std::ptrdiff_t groupStride = static_cast<std::ptrdiff_t>(16) * product.depth;
    for (int s = 0; s < product.segmentCount; ++s) {
        const DirectSegment<std::int16_t> &segment = product.segments[s];
        const std::ptrdiff_t stride = segment.pixelStride;
        const std::int16_t *levels = segment.data + x * stride;
        for (int c = 0; c < segment.run; c += 2, weights += 32) {
            __m512i group[kGroups];
#pragma GCC unroll 2
            for (int g = 0; g < kGroups; ++g)
                group[g] = _mm512_load_si512(weights + g * groupStride);
#pragma GCC unroll 16
            for (int i = 0; i < kPixels; ++i) {
                const __m512i pair =
                    _mm512_castps_si512(_mm512_set1_ps(*reinterpret_cast<const float *>(levels + i * stride + c)));
#pragma GCC unroll 2
                for (int g = 0; g < kGroups; ++g)
                    sums[i][g] = _mm512_dpwssd_epi32(sums[i][g], pair, group[g]);
            }
        }
    }
    Value *to = values + static_cast<std::ptrdiff_t>(x) * product.outStride + output;
#pragma GCC unroll 16
    for (int i = 0; i < kPixels; ++i)
#pragma GCC unroll 2
        for (int g = 0; g < kGroups; ++g)
            storeSums(to + static_cast<std::ptrdiff_t>(i) * product.outStride + 16 * g, sums[i][g]);
}

template <int kGroups, typename Value>
void multiplyGroups(const DirectProduct &product, int output, Value *values)
{
    int x = 0;
    for (; x + 12 <= product.pixels; x += 12)
        multiply<12, kGroups>(product, x, output, values);
    for (; x + 4 <= product.pixels; x += 4)
        multiply<4, kGroups>(product, x, output, values);
    for (; x < product.pixels; ++x)
        multiply<1, kGroups>(product, x, output, values);
}

template <typename Value>
void multiplyAll(const DirectProduct &product, Value *values)
{
    int output = 0;
    for (; output + 32 <= product.outStride; output += 32)
        multiplyGroups<2>(product, output, values);
    if (output < product.outStride)
        multiplyGroups<1>(product, output, values);
}

} // namespace

void directFloatsAvx512Vnni(const DirectProduct &product, float *values) { multiplyAll(product, values); }

void directSumsAvx512Vnni(const DirectProduct &product, std::int32_t *sums) { multiplyAll(product, sums); }

} // namespace bitlens::kernel
