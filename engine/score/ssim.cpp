// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/ssim.h"

#include "engine/score/gaussianwindow.h"
#include "engine/score/sums.h"

#include <fmt/format.h>

namespace bitlens::score {

namespace {

constexpr double kC1 = (0.01 * 255) * (0.01 * 255);
constexpr double kC2 = (0.03 * 255) * (0.03 * 255);

double meanSimilarity(const Plane &a, const Plane &b, const base::ThreadPool &pool)
{
    const GaussianWindow window;
    const Plane meanA = window.mean(a, pool);
    const Plane meanB = window.mean(b, pool);
    const Plane squareA = window.meanOfProduct(a, a, pool);
    const Plane squareB = window.meanOfProduct(b, b, pool);
    const Plane product = window.meanOfProduct(a, b, pool);
    constexpr std::size_t kPiece = 16384;
    const double sum = orderedSum<double>(meanA.count(), kPiece, pool, [&](std::size_t begin, std::size_t end) {
        return laneSum(begin, end, [&](std::size_t i) {
            const double muA = meanA.samples[i];
            const double muB = meanB.samples[i];
            const double covariance = product.samples[i] - muA * muB;
            const double variances = (squareA.samples[i] - muA * muA) + (squareB.samples[i] - muB * muB);
            return (2 * muA * muB + kC1) * (2 * covariance + kC2) / ((muA * muA + muB * muB + kC1) * (variances + kC2));
        });
    });
    return sum / static_cast<double>(meanA.count());
}

} // namespace

Metric ssim(const image::Image &a, const image::Image &b, const PairOptions &options, const base::ThreadPool &pool)
{
    requireSameSize(a, b, options);
    constexpr int kSize = GaussianWindow::kSize;
    if (a.width() - 2 * options.shave < kSize || a.height() - 2 * options.shave < kSize)
        return Metric::notAvailable(
            fmt::format("image too small (needs at least {0}x{0} pixels)", kSize + 2 * options.shave));
    if (options.channels == PairChannels::Luma)
        return Metric::of(meanSimilarity(lumaPlane(a, options.shave), lumaPlane(b, options.shave), pool));
    double sum = 0.0;
    for (int channel = 0; channel < 3; ++channel)
        sum += meanSimilarity(colourPlane(a, channel, options.shave), colourPlane(b, channel, options.shave), pool);
    return Metric::of(sum / 3);
}

} // namespace bitlens::score
