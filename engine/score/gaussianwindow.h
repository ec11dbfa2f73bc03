// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/parallel.h"
#include "engine/score/plane.h"

#include <array>
#include <functional>
#include <span>

namespace bitlens::score {

/// The weighted local means of SSIM (Wang et al. 2004): 11x11 Gaussian of sigma 1.5, sums to 1, only where the window
/// lies inside the picture ("valid"). Thread-safe. Results do not depend on the number of threads.
class GaussianWindow {
public:
    static constexpr int kSize = 11;
    /// Good length of a strip of rows for forRows: ten rows are filtered twice at each seam.
    static constexpr std::size_t kRowsPerStrip = 64;

    /// What is averaged: the samples of `a`, times those of `b` unless that is null. All planes of one call have one
    /// size.
    struct Product {
        const Plane *a = nullptr;
        const Plane *b = nullptr;
    };
    /// Row `y` of the results, one pointer to width-10 samples for each product.
    using RowFunction = std::function<void(int y, std::span<const double *const> rows)>;

    GaussianWindow();

    /// Local mean of a, (H-10) x (W-10). Both sides of `a` must be at least kSize.
    Plane mean(const Plane &a, const base::ThreadPool &pool) const;
    /// Local mean of the product a*b of two planes of one size, (H-10) x (W-10).
    Plane meanOfProduct(const Plane &a, const Plane &b, const base::ThreadPool &pool) const;
    /// Rows [begin, end) of the local means of several products, without keeping them: memory would cost more than the
    /// sums.
    void forRows(std::span<const Product> products, int begin, int end, const RowFunction &use) const;

private:
    Plane filter(const Product &product, const base::ThreadPool &pool) const;
    std::array<double, kSize / 2 + 1> m_weights; ///< outermost first; the window is symmetric
};

} // namespace bitlens::score
