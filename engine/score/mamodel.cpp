// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/mamodel.h"

#include "engine/base/error.h"

#include <cmath>

namespace bitlens::score {

MaModel::MaModel(std::array<Forest, 3> forests, std::array<double, 4> linear)
    : m_forests(std::move(forests)), m_linear(linear)
{
    constexpr std::size_t kFeatures[] = {MaFeatures::kBlockCount, MaFeatures::kWaveletCount,
                                         MaFeatures::kSingularCount};
    for (std::size_t i = 0; i < m_forests.size(); ++i)
        if (m_forests[i].featureCount() != kFeatures[i] || m_forests[i].treeCount() == 0)
            throw base::Error(base::ErrorCode::BrokenFile, {},
                              "is not the Ma model: a forest is missing or has no trees");
    for (double weight : m_linear)
        if (!std::isfinite(weight))
            throw base::Error(base::ErrorCode::BrokenFile, {}, "is not the Ma model: a weight is not finite");
}

std::array<double, 3> MaModel::forestScores(const MaFeatures &features) const
{
    return {m_forests[0].predict(features.block), m_forests[1].predict(features.wavelet),
            m_forests[2].predict(features.singular)};
}

double MaModel::score(const MaFeatures &features) const { return combine(m_linear, forestScores(features)); }

double MaModel::combine(const std::array<double, 4> &linear, const std::array<double, 3> &scores)
{
    return linear[0] + linear[1] * scores[0] + linear[2] * scores[1] + linear[3] * scores[2];
}

} // namespace bitlens::score
