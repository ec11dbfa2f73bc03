// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

namespace bitlens::score {

/// The inner loops of the scores. They exist once for any processor and once for AVX2, from the same text: every sum is
/// kept in the same lanes and nothing is fused, so that both return the same bits.
struct SampleLoops {
    static constexpr int kWindow = 11;  ///< samples of the Gaussian window
    static constexpr int kWeights = 6;  ///< its weights, outermost first
    static constexpr int kColumns = 15; ///< what a coefficient is normalised with
    static constexpr int kBlock = 7;    ///< samples of a block's side

    /// Window means along a row: `width` results from width + 10 samples.
    void (*windowAlong)(const double *in, double *out, int width, const double *weights);
    /// Window means across kWindow rows.
    void (*windowAcross)(const double *const *rows, double *out, int width, const double *weights);
    /// out = a * b.
    void (*multiply)(const double *a, const double *b, double *out, int count);
    /// Squares of deviation, from local means of samples and of their squares: squares -= means².
    void (*varianceFromSquares)(const double *means, double *squares, int count);
    double (*sum)(const double *in, int count);
    /// Sums of (x - mean)² and |x - mean|.
    struct Spread {
        double squares = 0.0;
        double magnitudes = 0.0;
    };
    Spread (*spread)(const double *in, int count, double mean);

    /// Local statistics of two planes side by side: means, variances, and the mean of the product.
    struct Local {
        const double *meanA;
        const double *meanB;
        const double *varianceA;
        const double *varianceB;
        const double *product;
    };
    /// Sum of (2 covariance + c2) / (varianceA + varianceB + c2).
    double (*structureSum)(const Local &local, int count, double c2);
    /// Sum of SSIM's whole term: that times (2 meanA meanB + c1) / (meanA² + meanB² + c1).
    double (*similaritySum)(const Local &local, int count, double c1, double c2);

    /// Adds the 3x3 sums of a[p][x] * b[q][x] over `count` samples to `total`, row by row.
    void (*addProducts)(const double *const *a, const double *const *b, int count, double *total);
    /// out = (columns[centre] - mean) / sqrt(yᵀ M y), y one sample of each column; `m` is kColumns x kColumns, upper
    /// triangle, off-diagonal doubled. At least 4 samples.
    void (*normalise)(const double *const *columns, int centre, int count, const double *m, double mean, double *out);

    /// out = Σ weights[k] * rows[k] over kBlock rows.
    void (*combine)(const double *const *rows, const double *weights, double *out, int count);
    /// sums += in, or += |in|.
    void (*add)(const double *in, double *sums, int count);
    void (*addMagnitude)(const double *in, double *sums, int count);
    /// With d = in - means: squares += d², magnitudes += |d|.
    void (*addSpread)(const double *in, const double *means, double *squares, double *magnitudes, int count);
    /// With d = |in| - means: squares += d².
    void (*addMagnitudeSpread)(const double *in, const double *means, double *squares, int count);
};

/// Those for this processor (BITLENS_CPU is respected).
const SampleLoops &sampleLoops();

namespace detail {
extern const SampleLoops kPlainSampleLoops;
extern const SampleLoops kAvx2SampleLoops; ///< only where the processor has AVX2
} // namespace detail

} // namespace bitlens::score
