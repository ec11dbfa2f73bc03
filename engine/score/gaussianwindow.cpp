// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/gaussianwindow.h"

#include <algorithm>
#include <cmath>

namespace bitlens::score {

namespace {
constexpr double kSigma = 1.5;
constexpr int kReach = GaussianWindow::kSize / 2;
} // namespace

GaussianWindow::GaussianWindow()
{
    double sum = 0.0;
    for (int k = 0; k <= kReach; ++k) {
        const int distance = kReach - k;
        m_weights[k] = std::exp(-(distance * distance) / (2 * kSigma * kSigma));
        sum += distance == 0 ? m_weights[k] : 2 * m_weights[k];
    }
    for (double &weight : m_weights)
        weight /= sum;
}

std::vector<GaussianWindow::Tile> GaussianWindow::tilesOf(const Plane &plane)
{
    const int height = plane.height - 2 * kReach;
    const int width = plane.width - 2 * kReach;
    std::vector<Tile> tiles;
    for (int top = 0; top < height; top += kTileSide)
        for (int left = 0; left < width; left += kTileSide)
            tiles.push_back({top, left, std::min(kTileSide, height - top), std::min(kTileSide, width - left)});
    return tiles;
}

void GaussianWindow::filter(const Product &product, const Tile &tile, double *out) const
{
    // The last kSize rows, already filtered along x.
    std::array<std::array<double, kTileSide>, kSize> ring;
    std::array<double, kTileSide + 2 * kReach> multiplied;
    for (int y = 0; y < tile.height + 2 * kReach; ++y) {
        const double *in = product.a->line(tile.top + y) + tile.left;
        if (product.b) {
            m_loops.multiply(in, product.b->line(tile.top + y) + tile.left, multiplied.data(), tile.width + 2 * kReach);
            in = multiplied.data();
        }
        m_loops.windowAlong(in, ring[y % kSize].data(), tile.width, m_weights.data());
        const int row = y - 2 * kReach;
        if (row < 0)
            continue;
        std::array<const double *, kSize> rows;
        for (int k = 0; k < kSize; ++k)
            rows[k] = ring[(row + k) % kSize].data();
        m_loops.windowAcross(rows.data(), out + static_cast<std::ptrdiff_t>(row) * tile.width, tile.width,
                             m_weights.data());
    }
}

} // namespace bitlens::score
