// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/image/image.h"
#include "engine/model/generator.h"
#include "engine/train/photoset.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bitlens::train {

/// File in the run's folder that holds the averaged weights of the best validation so far (without validation pairs: of
/// the last checkpoint).
inline constexpr const char *kTrainedName = "best.safetensors";

/// One part of a training run: so many steps on crops of one size. Learning rates follow one cosine over all phases.
struct Phase {
    int steps = 0;
    PhotoSet::BatchShape batch;
};

struct TrainOptions {
    std::vector<Phase> phases;
    double learningRate = 1e-3;      ///< of Adam (betas 0.9, 0.99), after the warm-up
    double finalLearningRate = 2e-5; ///< at the last step
    int warmUpSteps = 50;
    double emaDecay = 0.999; ///< of the averaged weights that are validated and shipped
    double gradientNormLimit = 1.0;
    std::uint64_t seed = 1;
    int threads = 1;
    int validateEvery = 200;   ///< steps
    int checkpointEvery = 100; ///< steps
    std::string folder;        ///< checkpoint, log.csv and best.safetensors go here; created when absent

    int totalSteps() const;
    /// Learning rate at a step (0-based): linear warm-up, then cosine to the final rate.
    double learningRateAt(int step) const;
    const Phase &phaseAt(int step) const;
};

/// A pair to validate on.
struct ValidationPair {
    std::string name;
    image::Image low;
    image::Image high;
};

/// What became known at a step; written to log.csv as well.
struct TrainStatus {
    int step = 0; ///< steps done
    int steps = 0;
    double loss = 0.0; ///< mean L1 since the last status
    double learningRate = 0.0;
    double seconds = 0.0;         ///< of training so far, earlier sessions included
    double validationPsnr = -1.0; ///< mean PSNR on Y, dB; negative when not validated at this step
};
using StatusFunction = std::function<void(const TrainStatus &status)>;

/// Trains a generator on photographs: content phase, L1 loss (Adam, cosine schedule, averaged weights). Batches depend
/// on seed and step alone, and a checkpoint holds everything else, so a resumed run equals an uninterrupted one bit for
/// bit (same thread count).
class Trainer {
public:
    /// Starts from `start`, or from the checkpoint in options.folder where there is one (which must be of the same
    /// architecture: Error{BrokenFile} otherwise).
    Trainer(model::Generator start, const PhotoSet &photos, TrainOptions options);
    ~Trainer();

    int step() const;

    /// Runs to the end, or until cancelled: then writes a checkpoint and throws base::Cancelled. A loss that is not
    /// finite ends the run with Error{Internal} naming the step; the last checkpoint stays. Returns the averaged
    /// weights of the best validation (or the last, without validation pairs).
    model::Generator run(const std::vector<ValidationPair> &validation, const base::Job &job,
                         const StatusFunction &onStatus);

    /// The averaged weights as they are now.
    model::Generator averaged() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::train
