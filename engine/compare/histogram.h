// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstddef>
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
    Histogram(double lowest, double highest, std::size_t bins);
    void add(double value);
    double binWidth() const;
    /// Middle of a bin.
    double centre(std::size_t bin) const;
    double total() const;
};

} // namespace bitlens::compare
