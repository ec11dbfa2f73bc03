// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/tuneschedule.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace bitlens::train {

namespace {

/// From `first` to `last` along half a cosine while `step` goes from `begin` to `end`.
double cosine(double first, double last, int step, int begin, int end)
{
    const double position = std::clamp(static_cast<double>(step - begin) / std::max(1, end - begin), 0.0, 1.0);
    return last + 0.5 * (first - last) * (1.0 + std::cos(std::numbers::pi * position));
}

/// Adam's first steps are of full size whatever the gradient's.
constexpr int kWarmUpSteps = 20;

double warmUp(int step, int begin) { return std::min(1.0, (step - begin + 1.0) / kWarmUpSteps); }

} // namespace

std::string tunePhaseName(TunePhase phase)
{
    switch (phase) {
    case TunePhase::Scales:
        return "scales";
    case TunePhase::ScalesAndWeights:
        return "scales and weights";
    case TunePhase::Weights:
        break;
    }
    return "weights";
}

TuneSchedule::TuneSchedule(const TuneOptions &options, int steps)
    : m_options(options),
      m_steps(steps > 0 ? steps : std::numeric_limits<int>::max() / 2),
      m_scaleSteps(static_cast<int>(m_steps * options.scaleShare)),
      m_frozenFrom(m_steps - static_cast<int>((m_steps - m_scaleSteps) * options.frozenShare))
{
}

TunePhase TuneSchedule::phaseAt(int step) const
{
    if (step < m_scaleSteps)
        return TunePhase::Scales;
    return step < m_frozenFrom ? TunePhase::ScalesAndWeights : TunePhase::Weights;
}

double TuneSchedule::scaleRate(int step) const
{
    if (step < m_scaleSteps)
        return warmUp(step, 0) * cosine(m_options.scaleRate, m_options.finalScaleRate, step, 0, m_scaleSteps);
    if (step >= m_frozenFrom)
        return 0.0;
    return cosine(m_options.scaleRateBesideWeights, 0.0, step, m_scaleSteps, m_frozenFrom);
}

double TuneSchedule::weightRate(int step) const
{
    if (step < m_scaleSteps)
        return 0.0;
    return warmUp(step, m_scaleSteps)
           * cosine(m_options.weightRate, m_options.finalWeightRate, step, m_scaleSteps, m_steps);
}

double TuneSchedule::biasRate(int step) const
{
    return warmUp(step, 0) * cosine(m_options.biasRate, m_options.finalBiasRate, step, 0, m_steps);
}

} // namespace bitlens::train
