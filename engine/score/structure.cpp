// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/structure.h"

#include "engine/score/gaussianwindow.h"

#include <functional>

namespace bitlens::score {

namespace {

/// Means over all positions of one term for each pair. term(local, count) is its sum over a tile.
std::vector<double> meansOverTiles(std::span<const Plane *const> planes, std::span<const PlanePair> pairs,
                                   const base::ThreadPool &pool,
                                   const std::function<double(const SampleLoops::Local &, int)> &term)
{
    const GaussianWindow window;
    const SampleLoops &loops = sampleLoops();
    const std::vector<GaussianWindow::Tile> tiles = GaussianWindow::tilesOf(*planes[0]);
    constexpr std::size_t kTile = static_cast<std::size_t>(GaussianWindow::kTileSide) * GaussianWindow::kTileSide;
    // Means and variances of each plane and one product; what one thread works with is allocated once.
    std::vector<std::vector<double>> scratch(static_cast<std::size_t>(pool.threads()));
    std::vector<double> sums(tiles.size() * pairs.size());
    pool.forRanges(tiles.size(), 1, [&](std::size_t begin, std::size_t end, int thread) {
        std::vector<double> &memory = scratch[static_cast<std::size_t>(thread)];
        memory.resize((2 * planes.size() + 1) * kTile);
        const auto mean = [&](std::size_t plane) { return memory.data() + 2 * plane * kTile; };
        const auto variance = [&](std::size_t plane) { return mean(plane) + kTile; };
        double *product = mean(planes.size());
        for (std::size_t t = begin; t < end; ++t) {
            const GaussianWindow::Tile &tile = tiles[t];
            for (std::size_t i = 0; i < planes.size(); ++i) {
                window.filter({planes[i], nullptr}, tile, mean(i));
                window.filter({planes[i], planes[i]}, tile, variance(i));
                loops.varianceFromSquares(mean(i), variance(i), tile.count());
            }
            for (std::size_t p = 0; p < pairs.size(); ++p) {
                const auto a = static_cast<std::size_t>(pairs[p].first);
                const auto b = static_cast<std::size_t>(pairs[p].second);
                window.filter({planes[a], planes[b]}, tile, product);
                sums[t * pairs.size() + p] = term({mean(a), mean(b), variance(a), variance(b), product}, tile.count());
            }
        }
    });
    std::vector<double> means(pairs.size());
    for (std::size_t t = 0; t < tiles.size(); ++t)
        for (std::size_t p = 0; p < pairs.size(); ++p)
            means[p] += sums[t * pairs.size() + p];
    const double count = static_cast<double>(planes[0]->height - GaussianWindow::kSize + 1)
                         * (planes[0]->width - GaussianWindow::kSize + 1);
    for (double &mean : means)
        mean /= count;
    return means;
}

} // namespace

std::vector<double> meanStructures(std::span<const Plane *const> planes, std::span<const PlanePair> pairs,
                                   const base::ThreadPool &pool)
{
    return meansOverTiles(planes, pairs, pool, [&](const SampleLoops::Local &local, int count) {
        return sampleLoops().structureSum(local, count, kSimilarityC2);
    });
}

double meanSimilarity(const Plane &a, const Plane &b, const base::ThreadPool &pool)
{
    const Plane *planes[] = {&a, &b};
    const PlanePair pair{0, 1};
    return meansOverTiles(planes, {&pair, 1}, pool, [&](const SampleLoops::Local &local, int count) {
        return sampleLoops().similaritySum(local, count, kSimilarityC1, kSimilarityC2);
    })[0];
}

} // namespace bitlens::score
