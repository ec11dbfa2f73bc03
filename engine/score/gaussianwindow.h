// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/score/plane.h"
#include "engine/score/sampleloops.h"

#include <array>
#include <cstddef>
#include <vector>

namespace bitlens::score {

/// The weighted local means of SSIM (Wang et al. 2004): 11x11 Gaussian of sigma 1.5, sums to 1, only where the window
/// lies inside the picture ("valid"): (H-10) x (W-10) positions. Computed in tiles, whose sums stay in the cache.
/// Thread-safe.
class GaussianWindow {
public:
    static constexpr int kSize = SampleLoops::kWindow;
    static constexpr int kTileSide = 64; ///< ten rows and columns are filtered twice at each seam

    /// What is averaged: the samples of `a`, times those of `b` unless that is null. Both have one size.
    struct Product {
        const Plane *a = nullptr;
        const Plane *b = nullptr;
    };
    /// Positions of the window, counted from its first.
    struct Tile {
        int top = 0;
        int left = 0;
        int height = 0;
        int width = 0;
        int count() const { return height * width; }
    };

    GaussianWindow();

    /// The tiles of a plane of this size, at most kTileSide on each side, row by row. None when a side is below kSize.
    static std::vector<Tile> tilesOf(const Plane &plane);
    /// Local means of a tile, row by row without gaps, into `out`.
    void filter(const Product &product, const Tile &tile, double *out) const;

private:
    std::array<double, SampleLoops::kWeights> m_weights; ///< outermost first; the window is symmetric
    const SampleLoops &m_loops = sampleLoops();
};

} // namespace bitlens::score
