// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <algorithm>
#include <vector>

namespace bitlens::test {

/// Spearman's rank correlation of two lists of the same length, without ties: -1 to 1.
inline double rankCorrelation(const std::vector<double> &a, const std::vector<double> &b)
{
    const auto rankOf = [](const std::vector<double> &values, double value) {
        return static_cast<double>(
            std::count_if(values.begin(), values.end(), [value](double other) { return other < value; }));
    };
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double off = rankOf(a, a[i]) - rankOf(b, b[i]);
        sum += off * off;
    }
    const double n = static_cast<double>(a.size());
    return 1.0 - 6.0 * sum / (n * (n * n - 1.0));
}

} // namespace bitlens::test
