// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/score/forest.h"
#include "engine/score/mafeatures.h"

#include <array>
#include <memory>

namespace bitlens::score {

/// Ma's trained regression: three forests and the weights that join them. Immutable, thread-safe.
class MaModel {
public:
    /// `forests` look at MaFeatures::block, wavelet and singular; `linear` weighs 1 and their three predictions. Throws
    /// base::Error{BrokenFile} when a forest has another number of features or no tree.
    MaModel(std::array<Forest, 3> forests, std::array<double, 4> linear);

    const std::array<Forest, 3> &forests() const { return m_forests; }
    const std::array<double, 4> &linear() const { return m_linear; }

    /// s1, s2, s3: what each forest says.
    std::array<double, 3> forestScores(const MaFeatures &features) const;
    /// Ma = [1 s1 s2 s3] · linear; higher is better, about 0 to 10, not clamped.
    double score(const MaFeatures &features) const;
    static double combine(const std::array<double, 4> &linear, const std::array<double, 3> &scores);

private:
    std::array<Forest, 3> m_forests;
    std::array<double, 4> m_linear;
};

using MaModelPtr = std::shared_ptr<const MaModel>;

} // namespace bitlens::score
