// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/model/generator.h"
#include "engine/train/photoset.h"
#include "engine/train/trainlog.h"
#include "engine/train/trainoptions.h"
#include "engine/train/validation.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bitlens::train {

/// File in the run's folder that holds the averaged weights of the best validation so far (without validation pairs: of
/// the last checkpoint). Best is the highest PSNR in content phases and the lowest LPIPS in adversarial ones (where
/// LPIPS cannot be had: the latest), see AdversarialOptions::leastPsnr.
inline constexpr const char *kTrainedName = "best.safetensors";
/// What kTrainedName was when the adversarial phases began.
inline constexpr const char *kContentTrainedName = "content.safetensors";
/// The averaged weights of the last step, written when a run has ended without any kTrainedName.
inline constexpr const char *kLastName = "last.safetensors";
/// Everything that a run needs to go on.
inline constexpr const char *kCheckpointName = "checkpoint.safetensors";
inline constexpr const char *kLogName = "log.csv";
/// Folder with what the averaged weights make of the validation pairs: "<name>.png" of the last validation,
/// "<name>-best.png" of the one in kTrainedName.
inline constexpr const char *kPicturesName = "pictures";

using StatusFunction = std::function<void(const TrainStatus &status)>;

/// Trains a generator on photographs: content phases with L1 loss, then adversarial ones (Adam, cosine schedules,
/// averaged weights). Batches depend on seed and step alone, and a checkpoint holds everything else, so a resumed run
/// equals an uninterrupted one bit for bit (same thread count).
class Trainer {
public:
    /// Starts from `start`, or from the checkpoint in options.folder where there is one (which must be of the same
    /// architecture: Error{BrokenFile} otherwise).
    Trainer(model::Generator start, const PhotoSet &photos, TrainOptions options);
    ~Trainer();

    int step() const;

    /// Runs to the end, or until cancelled: then writes a checkpoint and throws base::Cancelled. A loss or gradient
    /// (of the discriminator too) that is not finite, or an adversarial phase that runs away, ends the run with
    /// Error{Internal} naming the step; the last checkpoint stays. Returns the averaged weights of the best validation
    /// (or the last, without validation pairs). When all steps are done and no validation reached leastPsnr, writes
    /// kLastName and throws Error{InvalidArgument} that says so.
    model::Generator run(const std::vector<ValidationPair> &validation, const base::Job &job,
                         const StatusFunction &onStatus);

    /// The averaged weights as they are now.
    model::Generator averaged() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::train
