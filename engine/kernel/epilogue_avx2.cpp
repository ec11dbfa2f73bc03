// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/epilogue_avx2.h"

#include <immintrin.h>

namespace bitlens::kernel {

namespace {

constexpr int kMost = kMostVectorTargets;

/// Pointers of one pixel of the finished map, moved from pixel to pixel.
struct Pointers {
    const float *sums = nullptr;
    float *values = nullptr; ///< null: not wanted
    const float *residuals[kMost] = {};
    std::int16_t *levels[kMost] = {};
};

/// What stays the same for all pixels of a block that have the same place in the pixel shuffle.
struct Constants {
    const float *multiplier = nullptr;
    const float *bias = nullptr;
    const float *slope = nullptr; ///< null: none
    bool clipsNegative = false;   ///< ReLU
    int channels = 0;             ///< a multiple of 16
    int residualCount = 0;
    float residualScales[kMost] = {};
    int levelCount = 0;
    struct Levels {
        const float *inverseScale;
        const float *lowest;
        const float *highest;
        const std::int32_t *correction; ///< null: all 0
    } levels[kMost] = {};
};

/// How many residuals and forms of levels there are: a constant where that is usual, so that loops over them vanish.
constexpr int kAnyCount = -1;
template <int count>
inline int known(int actual)
{
    return count == kAnyCount ? actual : count;
}

/// Rule 5 on 8 values, up to the residual sums.
template <int residuals>
inline __m256 finished(const Constants &constants, const Pointers &at, int c)
{
    __m256 y = _mm256_mul_ps(_mm256_load_ps(at.sums + c), _mm256_loadu_ps(constants.multiplier + c));
    y = _mm256_add_ps(y, _mm256_loadu_ps(constants.bias + c));
    if (constants.slope) {
        const __m256 positive = _mm256_cmp_ps(y, _mm256_setzero_ps(), _CMP_GT_OQ);
        y = _mm256_blendv_ps(_mm256_mul_ps(y, _mm256_loadu_ps(constants.slope + c)), y, positive);
    } else if (constants.clipsNegative) {
        y = _mm256_and_ps(y, _mm256_cmp_ps(y, _mm256_setzero_ps(), _CMP_GT_OQ));
    }
    for (int r = 0; r < known<residuals>(constants.residualCount); ++r)
        y = _mm256_add_ps(_mm256_mul_ps(y, _mm256_set1_ps(constants.residualScales[r])),
                          _mm256_loadu_ps(at.residuals[r] + c));
    if (at.values)
        _mm256_storeu_ps(at.values + c, y);
    return y;
}

/// The rounding rule on 8 values: the clamp's operand order sends NaN to the lower bound; the conversion rounds to
/// nearest, ties to even (the processor's default mode).
inline __m256i toLevels(__m256 y, const Constants::Levels &levels, int c)
{
    __m256 steps = _mm256_mul_ps(y, _mm256_loadu_ps(levels.inverseScale + c));
    steps = _mm256_max_ps(steps, _mm256_loadu_ps(levels.lowest + c));
    steps = _mm256_min_ps(steps, _mm256_loadu_ps(levels.highest + c));
    __m256i level = _mm256_cvtps_epi32(steps);
    if (levels.correction)
        level = _mm256_sub_epi32(level, _mm256_loadu_si256(reinterpret_cast<const __m256i *>(levels.correction + c)));
    return level;
}

template <int residuals, int levels>
inline void applyPixel(const Constants &constants, const Pointers &at)
{
    for (int c = 0; c < constants.channels; c += 16) {
        const __m256 first = finished<residuals>(constants, at, c);
        const __m256 second = finished<residuals>(constants, at, c + 8);
        for (int t = 0; t < known<levels>(constants.levelCount); ++t) {
            const __m256i low = toLevels(first, constants.levels[t], c);
            const __m256i high = toLevels(second, constants.levels[t], c + 8);
            // Packing works within 128-bit halves; the permutation puts the channels back in order.
            const __m256i packed = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xD8);
            _mm256_storeu_si256(reinterpret_cast<__m256i *>(at.levels[t] + c), packed);
        }
    }
}

/// Pixels beside each other, `step` elements apart in the finished map; `from` and `to` are copied so that the compiler
/// knows that no store changes them.
template <int residuals, int levels>
void applyLine(const Constants &from, const Pointers &to, int pixels, std::ptrdiff_t outStride, std::ptrdiff_t step)
{
    const Constants constants = from;
    Pointers at = to;
    for (int pixel = 0; pixel < pixels; ++pixel) {
        applyPixel<residuals, levels>(constants, at);
        at.sums += outStride;
        if (at.values)
            at.values += step;
        for (int r = 0; r < known<residuals>(constants.residualCount); ++r)
            at.residuals[r] += step;
        for (int t = 0; t < known<levels>(constants.levelCount); ++t)
            at.levels[t] += step;
    }
}

using Line = void (*)(const Constants &, const Pointers &, int, std::ptrdiff_t, std::ptrdiff_t);

template <int residuals>
Line lineFor(int levels)
{
    return levels == 0   ? applyLine<residuals, 0>
           : levels == 1 ? applyLine<residuals, 1>
                         : applyLine<residuals, kAnyCount>;
}

Line lineFor(int residuals, int levels)
{
    return residuals == 0 ? lineFor<0>(levels) : residuals == 1 ? lineFor<1>(levels) : lineFor<kAnyCount>(levels);
}

Constants constantsOf(const EpilogueParameters &parameters, const EpilogueTargets &targets, int part)
{
    Constants constants;
    constants.channels = parameters.outStride() / (parameters.shuffle * parameters.shuffle);
    const int packed = part * constants.channels;
    constants.multiplier = parameters.multiplier.data() + packed;
    constants.bias = parameters.bias.data() + packed;
    constants.clipsNegative = parameters.activation == model::ActivationKind::Relu;
    if (!parameters.slope.empty())
        constants.slope = parameters.slope.data() + packed;
    constants.residualCount = static_cast<int>(targets.residuals.size());
    for (int r = 0; r < constants.residualCount; ++r)
        constants.residualScales[r] = targets.residuals[static_cast<std::size_t>(r)].scale;
    constants.levelCount = static_cast<int>(targets.levels.size());
    for (int t = 0; t < constants.levelCount; ++t) {
        const LevelCoding &coding = *targets.levels[static_cast<std::size_t>(t)].coding;
        constants.levels[t] = {coding.inverseScale().data(), coding.lowest().data(), coding.highest().data(),
                               coding.bits() == 16 ? coding.correction().data() : nullptr};
    }
    return constants;
}

} // namespace

void applyEpilogueAvx2(const EpilogueParameters &parameters, const EpilogueTargets &targets,
                       const AccumulatorBlock &block)
{
    const int shuffle = parameters.shuffle;
    const std::ptrdiff_t outStride = parameters.outStride();
    const Line line = lineFor(static_cast<int>(targets.residuals.size()), static_cast<int>(targets.levels.size()));
    for (int part = 0; part < shuffle * shuffle; ++part) {
        const Constants constants = constantsOf(parameters, targets, part);
        const std::ptrdiff_t step = static_cast<std::ptrdiff_t>(shuffle) * constants.channels;
        const int x = block.x * shuffle + part % shuffle;
        for (int row = 0; row < block.rows; ++row) {
            const int y = (block.y + row) * shuffle + part / shuffle;
            Pointers at;
            at.sums = block.values + row * block.rowStride + static_cast<std::ptrdiff_t>(part) * constants.channels;
            if (targets.values.data)
                at.values = targets.values.pixel(y, x);
            for (int r = 0; r < constants.residualCount; ++r)
                at.residuals[r] = targets.residuals[static_cast<std::size_t>(r)].map.pixel(y, x);
            for (int t = 0; t < constants.levelCount; ++t)
                at.levels[t] = targets.levels[static_cast<std::size_t>(t)].map.pixel(y, x);
            line(constants, at, block.columns, outStride, step);
        }
    }
}

} // namespace bitlens::kernel
