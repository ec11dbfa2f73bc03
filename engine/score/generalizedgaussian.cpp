// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/generalizedgaussian.h"

#include <algorithm>
#include <cmath>

namespace bitlens::score {

namespace {
constexpr double kStep = 0.001;
}

GeneralizedGaussianTable::GeneralizedGaussianTable(double first, std::size_t count, bool rising)
    : m_first(first), m_rising(rising), m_ratios(count)
{
    for (std::size_t i = 0; i < count; ++i) {
        const double shape = first + kStep * static_cast<double>(i);
        // Through logarithms where the functions themselves overflow (Γ(3/0.03)).
        if (rising) {
            const double middle = std::tgamma(2 / shape);
            m_ratios[i] = middle * middle / (std::tgamma(1 / shape) * std::tgamma(3 / shape));
        } else {
            m_ratios[count - 1 - i] =
                std::exp(std::lgamma(1 / shape) + std::lgamma(3 / shape) - 2 * std::lgamma(2 / shape));
        }
    }
}

const GeneralizedGaussianTable &GeneralizedGaussianTable::forNiqe()
{
    static const GeneralizedGaussianTable table(0.2, 9801, true);
    return table;
}

const GeneralizedGaussianTable &GeneralizedGaussianTable::forMa()
{
    static const GeneralizedGaussianTable table(0.03, 9971, false);
    return table;
}

double GeneralizedGaussianTable::shapeOf(double ratio) const
{
    std::size_t index = m_rising ? 0 : m_ratios.size() - 1;
    if (!std::isnan(ratio)) {
        const auto above = std::lower_bound(m_ratios.begin(), m_ratios.end(), ratio);
        const std::size_t high = std::min<std::size_t>(above - m_ratios.begin(), m_ratios.size() - 1);
        const std::size_t low = high > 0 ? high - 1 : high;
        const double toLow = std::abs(ratio - m_ratios[low]);
        const double toHigh = std::abs(m_ratios[high] - ratio);
        // On ties the smaller shape, which is the lower ratio in a rising table and the higher one in a falling table.
        if (m_rising)
            index = toLow <= toHigh ? low : high;
        else
            index = toLow < toHigh ? low : high;
    }
    return m_first + kStep * static_cast<double>(m_rising ? index : m_ratios.size() - 1 - index);
}

double gammaRatio(double a, double b) { return std::tgamma(a) / std::tgamma(b); }

} // namespace bitlens::score
