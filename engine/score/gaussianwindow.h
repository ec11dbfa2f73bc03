// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/parallel.h"
#include "engine/score/plane.h"

#include <array>

namespace bitlens::score {

/// The weighted local means of SSIM (Wang et al. 2004): 11x11 Gaussian of sigma 1.5, sums to 1, only where the window
/// lies inside the picture ("valid"). Thread-safe. Results do not depend on the number of threads.
class GaussianWindow {
public:
    static constexpr int kSize = 11;

    GaussianWindow();

    /// Local mean of a, (H-10) x (W-10). Both sides of `a` must be at least kSize.
    Plane mean(const Plane &a, const base::ThreadPool &pool) const;
    /// Local mean of the product a*b of two planes of one size, (H-10) x (W-10).
    Plane meanOfProduct(const Plane &a, const Plane &b, const base::ThreadPool &pool) const;

private:
    Plane filter(const Plane &a, const Plane *b, const base::ThreadPool &pool) const;
    std::array<double, kSize / 2 + 1> m_weights; ///< outermost first; the window is symmetric
};

} // namespace bitlens::score
