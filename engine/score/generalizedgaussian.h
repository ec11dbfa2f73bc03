// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstddef>
#include <vector>

namespace bitlens::score {

/// Shape parameters of generalized Gaussians by moment matching, from tables as the published code has them.
/// Thread-safe, immutable.
class GeneralizedGaussianTable {
public:
    /// The table of NIQE: alpha = 0.2:0.001:10, ratio Γ(2/a)²/(Γ(1/a)Γ(3/a)), which rises with alpha.
    static const GeneralizedGaussianTable &forNiqe();
    /// The table of Ma's features: gamma = 0.03:0.001:10, ratio Γ(1/g)Γ(3/g)/Γ(2/g)², which falls with gamma.
    static const GeneralizedGaussianTable &forMa();

    /// The shape whose ratio is nearest; the smaller shape on ties and for NaN.
    double shapeOf(double ratio) const;

private:
    GeneralizedGaussianTable(double first, std::size_t count, bool rising);
    double m_first;
    bool m_rising;
    std::vector<double> m_ratios; ///< ascending
};

/// Γ(a)/Γ(b) of small positive arguments.
double gammaRatio(double a, double b);

} // namespace bitlens::score
