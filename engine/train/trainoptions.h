// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/train/photoset.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bitlens::train {

class Ranks;

/// One part of a training run: so many steps on crops of one size. Content phases minimise L1; adversarial phases,
/// which come last, minimise a sum of pixel, perceptual and adversarial losses. Learning rates follow one cosine over
/// all content phases and another over all adversarial phases.
struct Phase {
    int steps = 0;
    PhotoSet::BatchShape batch;
    bool adversarial = false;
};

/// Adversarial phases: weights of the losses, rates, and how the discriminator is made.
struct AdversarialOptions {
    std::string backbone; ///< file with the weights of SqueezeNet 1.1, see SqueezeNet
    std::string heads;    ///< file with LPIPS heads for it; empty: a plain feature distance, and no LPIPS is measured
    double pixelWeight = 1.0;
    double perceptualWeight = 0.1;
    double adversarialWeight = 0.02;
    double patternWeight = 5.0; ///< of patternLoss, see there
    bool relativistic = false;
    double learningRate = 1e-4; ///< of the generator
    double finalLearningRate = 1e-5;
    double discriminatorLearningRate = 4e-4; ///< falls with the generator's
    int warmUpSteps = 50;
    int discriminatorChannels = 32; ///< see DiscriminatorShape
    int discriminatorMaximumChannels = 128;
    int discriminatorLevels = 3;
    int discriminatorUnshuffle = 2;
    bool discriminatorPatches = true;
    /// Averaged weights whose validation has a lower PSNR in dB are not taken as the best, however good their LPIPS.
    double leastPsnr = 0.0;
};

struct TrainOptions {
    std::vector<Phase> phases;
    double learningRate = 1e-3;      ///< of Adam (betas 0.9, 0.99) in content phases, after the warm-up
    double finalLearningRate = 2e-5; ///< at the last content step
    int warmUpSteps = 50;
    AdversarialOptions adversarial;
    double emaDecay = 0.999; ///< of the averaged weights that are validated and shipped
    double gradientNormLimit = 1.0;
    std::uint64_t seed = 1;
    int threads = 1;
    std::string device = "cpu";         ///< see deviceFromName; validation runs on the CPU
    std::shared_ptr<const Ranks> ranks; ///< who shares each batch, in equal parts; null: one process alone
    int validateEvery = 200;            ///< steps
    int checkpointEvery = 100;          ///< steps
    std::string folder;                 ///< checkpoint, log.csv and best.safetensors go here; created when absent

    int totalSteps() const;
    /// Steps before the first adversarial phase.
    int contentSteps() const;
    bool isAdversarialAt(int step) const { return step >= contentSteps(); }
    /// The generator's learning rate at a step (0-based): linear warm-up, then cosine to the final rate.
    double learningRateAt(int step) const;
    double discriminatorLearningRateAt(int step) const;
    const Phase &phaseAt(int step) const;
    /// The number that everything left to chance at a step depends on.
    std::uint64_t seedAt(int step) const;

    /// Throws base::Error{InvalidArgument} saying what makes no sense, for photos of this scale.
    void validate(int scale) const;
};

} // namespace bitlens::train
