// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/train/trainlog.h"
#include "engine/train/trainoptions.h"

#include <torch/types.h>

namespace bitlens::train {

class Adversary;
class Lpips;
class Ranks;

/// What a generator is trained to make small: L1 in content phases; in adversarial ones a sum of pixel, perceptual,
/// pattern and adversarial losses.
class GeneratorLoss {
public:
    /// For a generator of this scale. `lpips` may be null without a perceptual weight, `adversary` without adversarial
    /// phases.
    GeneratorLoss(const TrainOptions &options, const Lpips *lpips, Adversary *adversary, const Ranks &ranks, int scale);

    /// The loss of generated pictures (N,3,H,W) against the photographs, of this rank's part of the batch; its
    /// gradients, summed over the ranks, are those of the whole batch's loss. `losses` receives the values over all
    /// ranks. In adversarial phases the discriminator learns first, unless the pixel loss is not finite.
    torch::Tensor measure(const torch::Tensor &fake, const torch::Tensor &real, int step, StepLosses &losses) const;

private:
    double meanOverRanks(const torch::Tensor &loss) const;
    torch::Tensor perceptualLoss(const torch::Tensor &fake, const torch::Tensor &real, int step) const;

    const TrainOptions &m_options;
    const Lpips *m_lpips;
    Adversary *m_adversary;
    const Ranks &m_ranks;
    int m_scale;
};

} // namespace bitlens::train
