// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

namespace bitlens::search {

/// What one choice for one item brings: its loss, and what it costs in two currencies. All >= 0 and finite.
struct Choice {
    double loss = 0.0;
    double bytes = 0.0;
    double seconds = 0.0;
};

/// Multiple-choice knapsack: exactly one choice per item.
using Items = std::vector<std::vector<Choice>>;
/// Index of the choice taken for each item.
using Selection = std::vector<std::size_t>;

/// Most that the sums over all items may come to. What is infinite does not limit.
struct Limits {
    double loss = std::numeric_limits<double>::infinity();
    double bytes = std::numeric_limits<double>::infinity();
    double seconds = std::numeric_limits<double>::infinity();
};

enum class Objective { Loss, Bytes, Seconds };

/// Sums over a selection.
Choice totalOf(const Items &items, const Selection &selection);

/// A selection within the limits whose objective is near the smallest possible: multipliers for the limits are searched
/// (Lagrange relaxation: for given ones, each item's best choice is its own), then single items are changed as long as
/// that lowers the objective within the limits. It is no further from the optimum than about one item's change.
/// Missing when no selection within the limits was found (for one limit: when there is none). Throws
/// base::Error{InvalidArgument} when an item has no choice.
std::optional<Selection> selectWithin(const Items &items, Objective objective, const Limits &limits);

/// The lower convex hull of loss against one cost: from the smallest cost to the smallest loss, each selection the best
/// for what it costs. At most `count` of them, evenly spread over the logarithm of loss. Objective::Loss is not a cost.
std::vector<Selection> convexFront(const Items &items, Objective cost, std::size_t count);

} // namespace bitlens::search
