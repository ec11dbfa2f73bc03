// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/direct_avx2.h"

#include <immintrin.h>

namespace bitlens::kernel {

namespace {

__m256i load(const void *from) { return _mm256_load_si256(static_cast<const __m256i *>(from)); }

__m256i pairAt(const std::int16_t *from)
{
    return _mm256_castps_si256(_mm256_broadcast_ss(reinterpret_cast<const float *>(from)));
}

void storeSums(float *to, __m256i sums) { _mm256_store_ps(to, _mm256_cvtepi32_ps(sums)); }
void storeSums(std::int32_t *to, __m256i sums) { _mm256_store_si256(reinterpret_cast<__m256i *>(to), sums); }

/// Calls body.template pixels<n>(first) for groups of 6 pixels and the rest.
template <typename Body>
inline void forPixels(int count, const Body &body)
{
    int x = 0;
    for (; x + 6 <= count; x += 6)
        body.template pixels<6>(x);
    switch (count - x) {
    case 5:
        body.template pixels<5>(x);
        break;
    case 4:
        body.template pixels<4>(x);
        break;
    case 3:
        body.template pixels<3>(x);
        break;
    case 2:
        body.template pixels<2>(x);
        break;
    case 1:
        body.template pixels<1>(x);
        break;
    default:
        break;
    }
}

template <typename Value>
struct Narrow {
    const DirectProduct &product;
    const std::int16_t *weights; ///< of 16 outputs
    Value *to;                   ///< of the first pixel, at the first of the 16

    template <int kPixels>
    void pixels(int x) const
    {
        __m256i sums[kPixels][2];
#pragma GCC unroll 6
        for (int i = 0; i < kPixels; ++i)
            sums[i][0] = sums[i][1] = _mm256_setzero_si256();
        const std::int16_t *w = weights;
        for (int s = 0; s < product.segmentCount; ++s) {
            const DirectSegment<std::int16_t> &segment = product.segments[s];
            const std::ptrdiff_t stride = segment.pixelStride;
            const std::int16_t *levels = segment.data + x * stride;
            for (int c = 0; c < segment.run; c += 2, w += 32) {
                const __m256i first = load(w);
                const __m256i second = load(w + 16);
#pragma GCC unroll 6
                for (int i = 0; i < kPixels; ++i) {
                    const __m256i pair = pairAt(levels + i * stride + c);
                    sums[i][0] = _mm256_add_epi32(sums[i][0], _mm256_madd_epi16(pair, first));
                    sums[i][1] = _mm256_add_epi32(sums[i][1], _mm256_madd_epi16(pair, second));
                }
            }
        }
#pragma GCC unroll 6
        for (int i = 0; i < kPixels; ++i) {
            Value *pixel = to + static_cast<std::ptrdiff_t>(x + i) * product.outStride;
            storeSums(pixel, sums[i][0]);
            storeSums(pixel + 8, sums[i][1]);
        }
    }
};

template <typename Value>
void narrow(const DirectProduct &product, Value *values)
{
    for (int o = 0; o < product.outStride; o += 16)
        forPixels(product.pixels,
                  Narrow<Value>{product, product.weights + static_cast<std::ptrdiff_t>(o) * product.depth, values + o});
}

/// Pairs of products that a 32-bit sum surely holds: each is at most 2 * 32768 * 128 = 2^23.
constexpr int kSafePairs = 255;

struct Wide {
    const DirectProduct &product;
    const std::int16_t *low; ///< of 8 outputs out of 16
    const std::int16_t *high;
    const double *correction;
    float *to;

    template <int kPixels>
    void pixels(int x) const
    {
        __m256d wide[kPixels][2];
#pragma GCC unroll 6
        for (int i = 0; i < kPixels; ++i) {
            wide[i][0] = _mm256_loadu_pd(correction);
            wide[i][1] = _mm256_loadu_pd(correction + 4);
        }
        __m256i lowSums[kPixels];
        __m256i highSums[kPixels];
#pragma GCC unroll 6
        for (int i = 0; i < kPixels; ++i)
            lowSums[i] = highSums[i] = _mm256_setzero_si256();
        const auto widen = [&] {
#pragma GCC unroll 6
            for (int i = 0; i < kPixels; ++i) {
                for (int half = 0; half < 2; ++half) {
                    const __m128i lowHalf =
                        half ? _mm256_extracti128_si256(lowSums[i], 1) : _mm256_castsi256_si128(lowSums[i]);
                    const __m128i highHalf =
                        half ? _mm256_extracti128_si256(highSums[i], 1) : _mm256_castsi256_si128(highSums[i]);
                    const __m256d scaled = _mm256_mul_pd(_mm256_cvtepi32_pd(highHalf), _mm256_set1_pd(256.0));
                    wide[i][half] = _mm256_add_pd(wide[i][half], _mm256_add_pd(scaled, _mm256_cvtepi32_pd(lowHalf)));
                }
                lowSums[i] = highSums[i] = _mm256_setzero_si256();
            }
        };
        const std::int16_t *lowWeights = low;
        const std::int16_t *highWeights = high;
        int pairs = 0;
        for (int s = 0; s < product.segmentCount; ++s) {
            const DirectSegment<std::int16_t> &segment = product.segments[s];
            const std::ptrdiff_t stride = segment.pixelStride;
            const std::int16_t *levels = segment.data + x * stride;
            for (int begin = 0; begin < segment.run;) {
                if (pairs == kSafePairs) {
                    widen();
                    pairs = 0;
                }
                const int count =
                    (segment.run - begin) / 2 < kSafePairs - pairs ? (segment.run - begin) / 2 : kSafePairs - pairs;
                const int end = begin + 2 * count;
                for (int c = begin; c < end; c += 2, lowWeights += 32, highWeights += 32) {
                    const __m256i lowWeight = load(lowWeights);
                    const __m256i highWeight = load(highWeights);
#pragma GCC unroll 6
                    for (int i = 0; i < kPixels; ++i) {
                        const __m256i pair = pairAt(levels + i * stride + c);
                        lowSums[i] = _mm256_add_epi32(lowSums[i], _mm256_madd_epi16(pair, lowWeight));
                        highSums[i] = _mm256_add_epi32(highSums[i], _mm256_madd_epi16(pair, highWeight));
                    }
                }
                pairs += count;
                begin = end;
            }
        }
        widen();
#pragma GCC unroll 6
        for (int i = 0; i < kPixels; ++i) {
            float *pixel = to + static_cast<std::ptrdiff_t>(x + i) * product.outStride;
            _mm_store_ps(pixel, _mm256_cvtpd_ps(wide[i][0]));
            _mm_store_ps(pixel + 4, _mm256_cvtpd_ps(wide[i][1]));
        }
    }
};

struct Fused {
    const FloatProduct &product;
    const float *weights;
    float *to;

    template <int kPixels>
    void pixels(int x) const
    {
        __m256 sums[kPixels][2];
#pragma GCC unroll 6
        for (int i = 0; i < kPixels; ++i)
            sums[i][0] = sums[i][1] = _mm256_setzero_ps();
        const float *w = weights;
        for (int s = 0; s < product.segmentCount; ++s) {
            const DirectSegment<float> &segment = product.segments[s];
            const std::ptrdiff_t stride = segment.pixelStride;
            const float *values = segment.data + x * stride;
            for (int c = 0; c < segment.run; ++c, w += 16) {
                const __m256 first = _mm256_load_ps(w);
                const __m256 second = _mm256_load_ps(w + 8);
#pragma GCC unroll 6
                for (int i = 0; i < kPixels; ++i) {
                    const __m256 value = _mm256_broadcast_ss(values + i * stride + c);
                    sums[i][0] = _mm256_fmadd_ps(value, first, sums[i][0]);
                    sums[i][1] = _mm256_fmadd_ps(value, second, sums[i][1]);
                }
            }
        }
#pragma GCC unroll 6
        for (int i = 0; i < kPixels; ++i) {
            float *pixel = to + static_cast<std::ptrdiff_t>(x + i) * product.outStride;
            _mm256_store_ps(pixel, sums[i][0]);
            _mm256_store_ps(pixel + 8, sums[i][1]);
        }
    }
};

} // namespace

void directFloatsAvx2(const DirectProduct &product, float *values) { narrow(product, values); }

void directSumsAvx2(const DirectProduct &product, std::int32_t *sums) { narrow(product, sums); }

void directWideAvx2(const DirectProduct &product, const std::int16_t *highWeights, const double *correction,
                    float *values)
{
    for (int o = 0; o < product.outStride; o += 8) {
        const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(o / 16 * 16) * product.depth + o % 16 * 2;
        forPixels(product.pixels, Wide{product, product.weights + at, highWeights + at, correction + o, values + o});
    }
}

void addColumnsAvx2(const ColumnSums &columns, float *values)
{
    const std::ptrdiff_t step = columns.sumStride + columns.outChannels;
    for (int x = 0; x < columns.pixels; ++x, values += columns.outStride) {
        const std::int32_t *first = columns.sums + static_cast<std::ptrdiff_t>(x) * columns.sumStride;
        for (int o = 0; o < columns.outStride; o += 4)
            _mm_store_ps(values + o, _mm_setzero_ps());
        for (int o = 0; o < columns.outChannels; o += 4) {
            __m128i sum = _mm_setzero_si128();
            for (int k = 0; k < columns.taps; ++k)
                sum = _mm_add_epi32(sum, _mm_loadu_si128(reinterpret_cast<const __m128i *>(first + k * step + o)));
            // Lanes beyond outChannels hold sums of other taps.
            const __m128i lane = _mm_add_epi32(_mm_set1_epi32(o), _mm_setr_epi32(0, 1, 2, 3));
            sum = _mm_and_si128(sum, _mm_cmpgt_epi32(_mm_set1_epi32(columns.outChannels), lane));
            _mm_store_ps(values + o, _mm_cvtepi32_ps(sum));
        }
    }
}

void directFusedAvx2(const FloatProduct &product, float *values)
{
    for (int o = 0; o < product.outStride; o += 16)
        forPixels(product.pixels,
                  Fused{product, product.weights + static_cast<std::ptrdiff_t>(o) * product.depth, values + o});
}

} // namespace bitlens::kernel
