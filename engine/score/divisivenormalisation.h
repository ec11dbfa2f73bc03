// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/parallel.h"
#include "engine/score/plane.h"

#include <array>

namespace bitlens::score {

/// What one band of a pyramid is normalised with: its own 3x3 neighbourhood, the five other orientations of its level
/// and, at most, the parent band (enlarged to this band's size).
struct BandSurroundings {
    const Plane *band = nullptr;
    std::array<const Plane *, 5> siblings{};
    const Plane *parent = nullptr; ///< null: none
    int guard = 0;                 ///< samples cut from each side of the result, after one on each side
};

/// Divides each coefficient (less their mean) by the square root of yᵀ C⁺ y / n: y the surroundings of the coefficient,
/// C their covariance over the band (negative eigenvalues clipped, trace kept), n = 9, or 10 with a parent. The
/// Gaussian scale mixture of Wainwright and Simoncelli 2000, as Ma's features use it. The result has mean 0 and is 2 +
/// 2 guard smaller.
Plane divisivelyNormalised(const BandSurroundings &surroundings, const base::ThreadPool &pool);

} // namespace bitlens::score
