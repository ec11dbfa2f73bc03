// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/error.h"
#include "engine/train/checkpoint.h"
#include "engine/train/discriminator.h"
#include "engine/train/ranks.h"

#include <cstdint>
#include <memory>
#include <string>

#include <torch/types.h>

namespace bitlens::train {

struct TrainOptions;

/// The discriminator's loss or gradient is not finite.
class NotFinite : public base::Error {
public:
    NotFinite() : base::Error(base::ErrorCode::Internal, {}, "the discriminator's loss or gradient is not finite") {}
};

/// The discriminator's side of adversarial training: its network, its optimizer (Adam, betas 0.9, 0.99) and both sides'
/// losses. Standard: each picture is judged alone (non-saturating logistic loss, Goodfellow et al. 2014). Relativistic
/// average: each is judged against the mean answer to the other kind (Jolicoeur-Martineau 2018).
class Adversary {
public:
    struct Options {
        DiscriminatorShape shape;
        bool relativistic = false;
        double gradientNormLimit = 1.0;
        std::uint64_t seed = 1;
        std::shared_ptr<const Ranks> ranks; ///< who shares each batch; null: nobody
        torch::Device device = torch::kCPU;
    };
    /// As a training run's options want it.
    static Options optionsOf(const TrainOptions &options, const torch::Device &device);
    explicit Adversary(const Options &options);
    ~Adversary();

    /// How well it tells the two kinds apart.
    struct Outcome {
        double loss = 0.0;
        double real = 0.0; ///< mean probability given to photographs of being ones
        double fake = 0.0; ///< the same for generated pictures
    };
    /// One step of learning with this rank's pictures (N,3,H,W); `fake` is cut from its graph. Throws
    /// NotFinite before any weight changes when the loss or a gradient is not finite.
    Outcome learn(const torch::Tensor &real, const torch::Tensor &fake, double learningRate);

    /// What the generator shall make small, over the pictures of all ranks; gradients flow to `fake` alone.
    torch::Tensor generatorLoss(const torch::Tensor &real, const torch::Tensor &fake) const;

    int steps() const; ///< learned so far

    /// Everything, under names that start with "discriminator".
    void store(Checkpoint &checkpoint) const;
    /// Throws base::Error{BrokenFile} naming `file` and what is missing or of another shape.
    void restore(const Checkpoint &checkpoint, const std::string &file);
    /// True when store() wrote to it.
    static bool isIn(const Checkpoint &checkpoint);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::train
