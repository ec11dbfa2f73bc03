// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

namespace bitlens::compare {

/// Counts in bins of equal width over [low, high]. A value of exactly `high` belongs to the last bin; values outside
/// are not counted.
struct Histogram {
    double low = 0.0;
    double high = 1.0;
    std::vector<double> counts;

    Histogram() = default;
    /// Empty bins; a range of width 0 is widened a little, so that one value has a bin.
    Histogram(double lowest, double highest, std::size_t bins) : low(lowest), high(highest), counts(bins, 0.0)
    {
        constexpr double kLeastHalfWidth = 1e-6; // relative to the range's place
        if (high > low)
            return;
        const double half = kLeastHalfWidth * std::max(1.0, std::abs(low));
        high = low + half;
        low -= half;
    }

    void add(double value)
    {
        if (!(value >= low && value <= high) || counts.empty())
            return;
        const auto bin = static_cast<std::size_t>((value - low) / (high - low) * static_cast<double>(counts.size()));
        counts[std::min(bin, counts.size() - 1)] += 1.0;
    }
    double binWidth() const { return counts.empty() ? 0.0 : (high - low) / static_cast<double>(counts.size()); }
    /// Middle of a bin.
    double centre(std::size_t bin) const { return low + (static_cast<double>(bin) + 0.5) * binWidth(); }
    double total() const { return std::accumulate(counts.begin(), counts.end(), 0.0); }
};

} // namespace bitlens::compare
