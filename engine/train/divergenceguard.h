// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/train/checkpoint.h"

#include <string>

namespace bitlens::train {

/// Notices when an adversarial phase runs away: compares the moving mean of the pixel loss with its mean over the
/// phase's first steps.
class DivergenceGuard {
public:
    static constexpr int kReferenceSteps = 50;
    static constexpr double kDecay = 0.95; ///< of the moving mean: about the last 20 steps
    /// An adversarial phase makes the pixel loss some 1.2 to 1.6 times that of the content phase; four times is another
    /// picture.
    static constexpr double kLimit = 4.0;

    /// Takes a step's pixel loss; true when training has run away.
    bool add(double pixelLoss);

    double reference() const { return m_reference; }
    double current() const { return m_current; }

    void store(Checkpoint &checkpoint) const;
    /// Starts anew where the checkpoint holds nothing of it. Throws base::Error{BrokenFile}.
    void restore(const Checkpoint &checkpoint, const std::string &file);

private:
    int m_count = 0;
    double m_reference = 0.0; ///< mean of the first kReferenceSteps
    double m_current = 0.0;
};

} // namespace bitlens::train
