// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/epilogue_avx2.h"

#include <immintrin.h>

namespace bitlens::kernel {

namespace {

__m256 activate(__m256 y, model::ActivationKind kind, const float *slope)
{
    const __m256 zero = _mm256_setzero_ps();
    if (kind == model::ActivationKind::Relu)
        return _mm256_and_ps(y, _mm256_cmp_ps(y, zero, _CMP_GT_OQ));
    const __m256 scaled = _mm256_mul_ps(y, _mm256_loadu_ps(slope));
    return _mm256_blendv_ps(scaled, y, _mm256_cmp_ps(y, zero, _CMP_GT_OQ));
}

/// The rounding rule on 8 values: the clamp's operand order sends NaN to the lower bound; the conversion rounds to
/// nearest, ties to even (the processor's default mode).
__m256i toLevels(__m256 y, const LevelCoding &coding, int c)
{
    const __m256 lowest = _mm256_loadu_ps(coding.lowest().data() + c);
    const __m256 highest = _mm256_loadu_ps(coding.highest().data() + c);
    __m256 steps = _mm256_mul_ps(y, _mm256_loadu_ps(coding.inverseScale().data() + c));
    steps = _mm256_max_ps(steps, lowest);
    steps = _mm256_min_ps(steps, highest);
    const __m256i correction = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(coding.correction().data() + c));
    return _mm256_sub_epi32(_mm256_cvtps_epi32(steps), correction);
}

/// One pixel of the finished map: `count` channels (a multiple of 16) from packed channel `packed`.
struct Pixel {
    const float *values;
    int packed;
    int count;
    int y;
    int x;
};

void applyPixel(const EpilogueParameters &parameters, const EpilogueTargets &targets, const Pixel &pixel)
{
    const bool isActive = parameters.activation != model::ActivationKind::None;
    const float *multiplier = parameters.multiplier.data() + pixel.packed;
    const float *bias = parameters.bias.data() + pixel.packed;
    const float *slope = parameters.slope.data() + (parameters.slope.empty() ? 0 : pixel.packed);
    const ResidualSource *residuals = targets.residuals.data();
    const std::size_t residualCount = targets.residuals.size();
    const LevelTarget *levels = targets.levels.data();
    const std::size_t levelCount = targets.levels.size();
    for (int c = 0; c < pixel.count; c += 16) {
        __m256 y[2];
        for (int half = 0; half < 2; ++half) {
            const int at = c + 8 * half;
            const __m256 sum = _mm256_load_ps(pixel.values + at);
            y[half] = _mm256_add_ps(_mm256_mul_ps(sum, _mm256_loadu_ps(multiplier + at)), _mm256_loadu_ps(bias + at));
            if (isActive)
                y[half] = activate(y[half], parameters.activation, slope + at);
            for (std::size_t r = 0; r < residualCount; ++r) {
                const float *source = residuals[r].map.pixel(pixel.y, pixel.x) + at;
                y[half] =
                    _mm256_add_ps(_mm256_mul_ps(y[half], _mm256_set1_ps(residuals[r].scale)), _mm256_loadu_ps(source));
            }
            if (targets.values.data)
                _mm256_storeu_ps(targets.values.pixel(pixel.y, pixel.x) + at, y[half]);
        }
        for (std::size_t t = 0; t < levelCount; ++t) {
            const __m256i low = toLevels(y[0], *levels[t].coding, c);
            const __m256i high = toLevels(y[1], *levels[t].coding, c + 8);
            // Packing works within 128-bit halves; the permutation puts the channels back in order.
            const __m256i packed = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xD8);
            _mm256_storeu_si256(reinterpret_cast<__m256i *>(levels[t].map.pixel(pixel.y, pixel.x) + c), packed);
        }
    }
}

} // namespace

void applyEpilogueAvx2(const EpilogueParameters &parameters, const EpilogueTargets &targets,
                       const AccumulatorBlock &block)
{
    const int shuffle = parameters.shuffle;
    const int outStride = parameters.outStride();
    const int count = outStride / (shuffle * shuffle);
    for (int row = 0; row < block.rows; ++row) {
        for (int column = 0; column < block.columns; ++column) {
            const float *values = block.values + row * block.rowStride + column * outStride;
            for (int part = 0; part < shuffle * shuffle; ++part)
                applyPixel(parameters, targets,
                           {values + part * count, part * count, count, (block.y + row) * shuffle + part / shuffle,
                            (block.x + column) * shuffle + part % shuffle});
        }
    }
}

} // namespace bitlens::kernel
