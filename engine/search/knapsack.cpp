// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/search/knapsack.h"

#include "engine/base/error.h"

#include <algorithm>
#include <cmath>

namespace bitlens::search {

namespace {

/// Halvings of a multiplier's interval: 2^-60 of it is below double precision.
constexpr int kHalvings = 60;
/// Multipliers are searched up to this many times the ratio of the scales of objective and limit.
constexpr double kLargestMultiplier = 1.0e15;
/// Sums of many doubles: what may exceed a limit by rounding alone.
constexpr double kRounding = 1.0e-12;

double &part(Choice &choice, Objective which)
{
    return which == Objective::Loss ? choice.loss : which == Objective::Bytes ? choice.bytes : choice.seconds;
}

double part(const Choice &choice, Objective which)
{
    Choice copy = choice;
    return part(copy, which);
}

double limitOf(const Limits &limits, Objective which)
{
    return which == Objective::Loss ? limits.loss : which == Objective::Bytes ? limits.bytes : limits.seconds;
}

constexpr std::array kAll{Objective::Loss, Objective::Bytes, Objective::Seconds};

using Weights = std::array<double, 3>;

double weighted(const Choice &choice, const Weights &weights)
{
    return choice.loss * weights[0] + choice.bytes * weights[1] + choice.seconds * weights[2];
}

Selection bestFor(const Items &items, const Weights &weights)
{
    Selection selection;
    selection.reserve(items.size());
    for (const std::vector<Choice> &choices : items) {
        const auto best = std::min_element(choices.begin(), choices.end(), [&](const Choice &a, const Choice &b) {
            return weighted(a, weights) < weighted(b, weights);
        });
        selection.push_back(static_cast<std::size_t>(best - choices.begin()));
    }
    return selection;
}

bool fits(double value, double limit) { return value <= limit * (1.0 + kRounding); }

bool fits(const Choice &total, const Limits &limits)
{
    return std::all_of(kAll.begin(), kAll.end(),
                       [&](Objective which) { return fits(part(total, which), limitOf(limits, which)); });
}

/// Range of one part's sums over all selections: a scale for multipliers.
double spreadOf(const Items &items, Objective which)
{
    double spread = 0.0;
    for (const std::vector<Choice> &choices : items) {
        const auto [low, high] =
            std::minmax_element(choices.begin(), choices.end(),
                                [=](const Choice &a, const Choice &b) { return part(a, which) < part(b, which); });
        spread += part(*high, which) - part(*low, which);
    }
    return std::max(spread, std::numeric_limits<double>::min());
}

/// Searches multipliers of the limited parts, one inside the other.
class MultiplierSearch {
public:
    MultiplierSearch(const Items &items, Objective objective, const Limits &limits)
        : m_items(items), m_objective(objective), m_limits(limits)
    {
        for (const Objective which : kAll) {
            const auto index = static_cast<std::size_t>(which);
            m_unit[index] = 1.0 / spreadOf(items, which);
            if (which != objective && std::isfinite(limitOf(limits, which)))
                m_limited.push_back(which);
        }
        m_weights[static_cast<std::size_t>(objective)] = m_unit[static_cast<std::size_t>(objective)];
    }

    std::optional<Selection> run()
    {
        search(0);
        return m_best;
    }

private:
    /// Smallest multiplier of limit number `depth` for which a selection keeps it; those within are searched for each.
    /// Returns the selection for that multiplier.
    Selection search(std::size_t depth)
    {
        if (depth == m_limited.size()) {
            Selection selection = bestFor(m_items, m_weights);
            keep(selection);
            return selection;
        }
        const Objective which = m_limited[depth];
        const auto index = static_cast<std::size_t>(which);
        const auto keeps = [&](double exponent) {
            m_weights[index] = std::pow(kLargestMultiplier, exponent) * m_unit[index];
            return fits(part(totalOf(m_items, search(depth + 1)), which), limitOf(m_limits, which));
        };
        m_weights[index] = 0.0;
        Selection selection = search(depth + 1);
        if (fits(part(totalOf(m_items, selection), which), limitOf(m_limits, which)))
            return selection;
        double low = -1.0;
        double high = 1.0;
        const int halvings = m_limited.size() > 1 ? kHalvings / 2 : kHalvings;
        for (int i = 0; i < halvings; ++i) {
            const double middle = (low + high) / 2.0;
            (keeps(middle) ? high : low) = middle;
        }
        m_weights[index] = std::pow(kLargestMultiplier, high) * m_unit[index];
        selection = search(depth + 1);
        return selection;
    }

    void keep(const Selection &selection)
    {
        const Choice total = totalOf(m_items, selection);
        if (!fits(total, m_limits))
            return;
        const double value = part(total, m_objective);
        if (m_best && value >= m_bestValue)
            return;
        m_best = selection;
        m_bestValue = value;
    }

    const Items &m_items;
    Objective m_objective;
    const Limits &m_limits;
    std::vector<Objective> m_limited;
    std::array<double, 3> m_unit{};
    Weights m_weights{};
    std::optional<Selection> m_best;
    double m_bestValue = 0.0;
};

/// One pass of changing single items for the better; false when none could be.
bool improveOnce(const Items &items, Objective objective, const Limits &limits, Selection &selection)
{
    Choice total = totalOf(items, selection);
    bool improved = false;
    for (std::size_t item = 0; item < items.size(); ++item) {
        const std::size_t present = selection[item];
        std::size_t best = present;
        for (std::size_t choice = 0; choice < items[item].size(); ++choice) {
            if (part(items[item][choice], objective) >= part(items[item][best], objective))
                continue;
            Choice changed = total;
            for (const Objective which : kAll)
                part(changed, which) += part(items[item][choice], which) - part(items[item][present], which);
            if (fits(changed, limits))
                best = choice;
        }
        if (best == present)
            continue;
        for (const Objective which : kAll)
            part(total, which) += part(items[item][best], which) - part(items[item][present], which);
        selection[item] = best;
        improved = true;
    }
    return improved;
}

void requireChoices(const Items &items)
{
    for (const std::vector<Choice> &choices : items)
        if (choices.empty())
            throw base::Error(base::ErrorCode::InvalidArgument, {}, "a layer has no bit-widths to choose from");
}

} // namespace

Choice totalOf(const Items &items, const Selection &selection)
{
    Choice total;
    for (std::size_t item = 0; item < items.size(); ++item)
        for (const Objective which : kAll)
            part(total, which) += part(items[item].at(selection.at(item)), which);
    return total;
}

std::optional<Selection> selectWithin(const Items &items, Objective objective, const Limits &limits)
{
    requireChoices(items);
    std::optional<Selection> selection = MultiplierSearch(items, objective, limits).run();
    if (!selection)
        return std::nullopt;
    while (improveOnce(items, objective, limits, *selection)) {
    }
    return selection;
}

std::vector<Selection> convexFront(const Items &items, Objective cost, std::size_t count)
{
    requireChoices(items);
    const auto index = static_cast<std::size_t>(cost);
    const double lossUnit = 1.0 / spreadOf(items, Objective::Loss);
    const double costUnit = 1.0 / spreadOf(items, cost);
    std::vector<Selection> all;
    constexpr int kSteps = 400;
    for (int step = 0; step <= kSteps; ++step) {
        Weights weights{};
        weights[0] = lossUnit;
        weights[index] = costUnit * std::pow(10.0, 6.0 - 16.0 * step / kSteps);
        const Selection selection = bestFor(items, weights);
        if (all.empty() || selection != all.back())
            all.push_back(selection);
    }
    if (all.size() <= count || count < 2)
        return all;
    const auto level = [&](const Selection &selection) {
        return std::log(std::max(totalOf(items, selection).loss, std::numeric_limits<double>::min()));
    };
    const double first = level(all.front());
    const double last = level(all.back());
    std::vector<Selection> chosen;
    std::size_t next = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double wanted = first + (last - first) * static_cast<double>(i) / static_cast<double>(count - 1);
        while (next + 1 < all.size() && level(all[next]) > wanted + 1.0e-9)
            ++next;
        if (chosen.empty() || all[next] != chosen.back())
            chosen.push_back(all[next]);
    }
    return chosen;
}

} // namespace bitlens::search
