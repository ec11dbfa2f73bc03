// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/parallel.h"
#include "engine/score/plane.h"

#include <span>
#include <vector>

namespace bitlens::score {

/// Two of some planes, by their index.
struct PlanePair {
    int first = 0;
    int second = 0;
};

/// SSIM's constants for samples in 0..255: (0.01 * 255)² and (0.03 * 255)².
constexpr double kSimilarityC1 = (0.01 * 255) * (0.01 * 255);
constexpr double kSimilarityC2 = (0.03 * 255) * (0.03 * 255);

/// Means over all positions of the window of SSIM's contrast-structure term (2 covariance + C2) / (variance + variance
/// + C2), one for each pair. All planes have one size, at least 11x11. Results do not depend on the number of threads.
std::vector<double> meanStructures(std::span<const Plane *const> planes, std::span<const PlanePair> pairs,
                                   const base::ThreadPool &pool);

/// Mean SSIM (Wang et al. 2004) of two planes of one size, at least 11x11.
double meanSimilarity(const Plane &a, const Plane &b, const base::ThreadPool &pool);

} // namespace bitlens::score
