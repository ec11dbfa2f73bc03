// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitlens::compare {

namespace {
/// Half the width of a range without width, relative to its place.
constexpr double kLeastHalfWidth = 1e-6;
} // namespace

Histogram::Histogram(double lowest, double highest, std::size_t bins) : low(lowest), high(highest), counts(bins, 0.0)
{
    if (high > low)
        return;
    const double half = kLeastHalfWidth * std::max(1.0, std::abs(low));
    high = low + half;
    low -= half;
}

void Histogram::add(double value)
{
    if (!(value >= low && value <= high) || counts.empty())
        return;
    const auto bin = static_cast<std::size_t>((value - low) / (high - low) * static_cast<double>(counts.size()));
    counts[std::min(bin, counts.size() - 1)] += 1.0;
}

double Histogram::binWidth() const { return counts.empty() ? 0.0 : (high - low) / static_cast<double>(counts.size()); }

double Histogram::centre(std::size_t bin) const { return low + (static_cast<double>(bin) + 0.5) * binWidth(); }

double Histogram::total() const { return std::accumulate(counts.begin(), counts.end(), 0.0); }

} // namespace bitlens::compare
