// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/train/tuner.h"

namespace bitlens::train {

/// Which rates hold at which step of a tuning run of known length.
class TuneSchedule {
public:
    /// `steps` 0: not known yet; the rates are then those of the first step.
    TuneSchedule(const TuneOptions &options, int steps);

    TunePhase phaseAt(int step) const;
    int scaleSteps() const { return m_scaleSteps; } ///< steps before weights are learned
    int frozenFrom() const { return m_frozenFrom; } ///< first step with frozen scales
    double scaleRate(int step) const;               ///< 0 when frozen
    double weightRate(int step) const;              ///< 0 when not learned yet
    double biasRate(int step) const;

private:
    const TuneOptions &m_options;
    int m_steps;
    int m_scaleSteps;
    int m_frozenFrom;
};

} // namespace bitlens::train
