// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/train/validation.h"

#include <optional>
#include <string>

namespace bitlens::train {

/// What a step's losses were; those of adversarial phases are absent in content phases.
struct StepLosses {
    double total = 0.0;
    double pixel = 0.0; ///< mean L1
    std::optional<double> perceptual;
    std::optional<double> adversarial;
    std::optional<double> pattern; ///< see patternLoss
    std::optional<double> discriminator;
    std::optional<double> real; ///< mean probability that the discriminator gives photographs of being ones
    std::optional<double> fake; ///< the same for generated pictures
};

/// What became known at a step; written to log.csv as well.
struct TrainStatus {
    int step = 0; ///< steps done
    int steps = 0;
    bool adversarial = false;
    StepLosses losses; ///< means since the last status
    double learningRate = 0.0;
    double seconds = 0.0;        ///< of training so far, earlier sessions included
    ValidationScores validation; ///< empty when not validated at this step
};

/// The means of losses that are added one by one.
class LossMeans {
public:
    void add(const StepLosses &losses);
    StepLosses mean() const;

private:
    StepLosses m_sum;
    int m_count = 0;
};

/// Adds a row to the table in `path`, making it when absent; columns that an earlier version did not have are added to
/// its rows, empty. Throws base::Error{NotWritable}; the file is then as before.
void appendTrainLog(const std::string &path, const TrainStatus &status);

} // namespace bitlens::train
