// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/train/adversary.h"
#include "engine/train/quantizednetwork.h"
#include "engine/train/ranks.h"
#include "engine/train/trainoptions.h"
#include "engine/train/tuner.h"

#include <memory>
#include <string>
#include <vector>

#include <torch/types.h>

namespace bitlens::train {

class Lpips;

/// What a quantized network is tuned to make small: the L1 distance of its pictures to those of the float generator,
/// its teacher, and a small term on block outputs; where asked for, the L1 distance to the photographs; in adversarial
/// mode the sum of losses that trains a generator (GeneratorLoss) as well. Not thread-safe.
class TuneLoss {
public:
    /// `options` and `ranks` must outlive it. Throws base::Error: InvalidArgument when the options of the adversarial
    /// mode make no sense, others when the backbone cannot be read.
    TuneLoss(const quant::QuantizedModel &start, const TuneOptions &options, const Ranks &ranks);
    ~TuneLoss();

    struct Batch {
        torch::Tensor low;  ///< (N,3,H,W)
        torch::Tensor high; ///< (N,3,scale·H,scale·W)
    };
    struct Measured {
        torch::Tensor loss;
        double value = 0.0; ///< of the whole batch
    };
    /// The loss of this rank's part of a batch at a step of so many (0: not known); its gradients, summed over the
    /// ranks, are those of the whole batch's loss. In adversarial mode the discriminator learns first. Throws RankLost,
    /// NotFinite, and as QuantizedNetwork::forward.
    Measured measure(const QuantizedNetwork &network, const Batch &batch, int step, int steps);

    /// Takes back what the discriminator learned in the last measure(): for a step that a lost rank ended.
    void takeBack();

    /// Measures what the adversarial mode is judged by; null in the other, and without LPIPS heads.
    const Lpips *judge() const;

    /// What the discriminator knows; nothing outside the adversarial mode.
    void store(Checkpoint &checkpoint) const;
    /// Throws base::Error{BrokenFile}.
    void restore(const Checkpoint &checkpoint, const std::string &file);

private:
    torch::Tensor distanceToTeacher(const QuantizedNetwork &network, const torch::Tensor &pictures,
                                    torch::Tensor &output) const;
    /// Mean magnitude of each map over the pictures of all ranks.
    std::vector<double> magnitudes(const std::vector<torch::Tensor> &maps) const;

    const TuneOptions &m_options;
    const Ranks &m_ranks;
    QuantizedNetwork m_teacher;
    std::vector<int> m_features;
    int m_scale;
    TrainOptions m_adversarial; ///< one adversarial phase; none outside the mode
    std::shared_ptr<const Lpips> m_lpips;
    std::unique_ptr<Adversary> m_adversary;
    Checkpoint m_before; ///< the discriminator before this step
};

} // namespace bitlens::train
