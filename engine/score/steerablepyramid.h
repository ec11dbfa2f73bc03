// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/parallel.h"
#include "engine/score/plane.h"

#include <array>

namespace bitlens::score {

/// A real steerable pyramid in the frequency domain (Simoncelli and Freeman 1995): the high-pass residue and two levels
/// of six orientations; the low-pass residue is not needed here.
struct SteerablePyramid {
    static constexpr int kLevels = 2;
    static constexpr int kOrientations = 6;

    Plane highPass; ///< H x W
    /// Level 0: H x W; level 1: ceil(H/2) x ceil(W/2).
    std::array<std::array<Plane, kOrientations>, kLevels> bands;

    /// Both sides of `image` must be at least 4.
    static SteerablePyramid of(const Plane &image, const base::ThreadPool &pool);
};

} // namespace bitlens::score
