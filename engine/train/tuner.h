// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/train/heldout.h"
#include "engine/train/photoset.h"
#include "engine/train/trainoptions.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace bitlens::train {

struct TuneOptions {
    int steps = 0;        ///< 0: as many as fit into `minutes`, told from the first ones
    double minutes = 0.0; ///< of training at most, validation included; 0: no limit
    /// Crops a step, side in pixels of the high-resolution ones.
    PhotoSet::BatchShape batch{.count = 4, .side = 128, .candidates = 4};
    /// The first part of the steps learns scales and biases only.
    double scaleShare = 0.3;
    /// The last part of the remaining steps learns weights under frozen scales.
    double frozenShare = 1.0 / 3.0;
    /// Adam's rates, each following a cosine over its part of the steps after a short warm-up. Of the logarithms of
    /// scales:
    double scaleRate = 5e-3;
    double finalScaleRate = 2e-4;
    double scaleRateBesideWeights = 1e-3;
    /// Of weights, relative to their root mean square (about 0.03: a rate of 1e-5 or so).
    double weightRate = 5e-4;
    double finalWeightRate = 2e-5;
    /// Of biases, in quantization steps of the feature map.
    double biasRate = 2e-3;
    double finalBiasRate = 2e-4;
    /// What is validated and kept is an average over about 1 / (1 - averageDecay) steps.
    double averageDecay = 0.98;
    /// Of the L1 distance of block outputs, relative to their mean magnitude, beside the L1 of the picture.
    double featureWeight = 0.02;
    /// Of the L1 distance to the photographs themselves, beside that to FP32: the original task.
    double photoWeight = 0.0;
    /// Adds the losses of adversarial training against photographs, with a discriminator. Of its options `learningRate`
    /// is that of the discriminator's schedule alone, and `leastPsnr` is a PSNR to FP32. With LPIPS heads the best is
    /// then the lowest LPIPS of held-out crops to their photographs, of models whose PSNR to FP32 is at least
    /// `leastPsnr` (or the start's, where that is lower).
    std::optional<AdversarialOptions> adversarial;
    std::uint64_t seed = 1;
    int validateEvery = 0; ///< steps; 0: twenty times in all, at least every fifty
    int checkpointEvery = 100;
    /// Checkpoint and log.csv go here, and a run found here goes on; empty: nothing is written.
    std::string folder;
    /// Who shares each batch, in equal parts; null: one process alone. Rank 0 says how many steps there are, validates
    /// and writes.
    std::shared_ptr<const Ranks> ranks;

    /// Sets crops and rates to what suits the generator's size. Where a step takes long, crops are small; and the
    /// changes of many layers add up, so each changes less: by the rates above, RRDBNet of 23 blocks only got worse.
    void suit(const model::Generator &generator);
};

/// What is learned at a step.
enum class TunePhase { Scales, ScalesAndWeights, Weights };
std::string tunePhaseName(TunePhase phase); ///< "scales", "scales and weights", "weights"

/// What became known at a step; written to log.csv as well.
struct TuneStatus {
    int step = 0;  ///< steps done
    int steps = 0; ///< 0 while it is not known yet
    TunePhase phase = TunePhase::Scales;
    double loss = 0.0;           ///< mean since the last status; 0 at the first
    double psnr = 0.0;           ///< of the held-out crops to FP32, dB
    double best = 0.0;           ///< of the best so far, the start included
    double before = 0.0;         ///< of the start
    double seconds = 0.0;        ///< of training so far, earlier sessions included
    std::optional<double> lpips; ///< of the held-out crops to their photographs, where the adversarial mode measures it
};
using TuneStatusFunction = std::function<void(const TuneStatus &status)>;

struct TuneResult {
    enum class End {
        Finished,  ///< all steps done
        TimeUp,    ///< the time limit came first
        Cancelled, ///< by the caller; may be run on
        NotFinite, ///< a loss or gradient was not finite: `message` says where
        RankLost,  ///< another rank is gone: `message` says when; the checkpoint is that of the last step
    };
    End end = End::Finished;
    std::string message;
    /// The best so far: never further from FP32 on the held-out crops than the start (in adversarial mode with LPIPS
    /// heads: never of a higher LPIPS), and the start itself where nothing better was found. Null on ranks other than
    /// the first, which do not validate.
    quant::QuantizedModelPtr model;
    double psnrBefore = 0.0; ///< dB, see HeldOut::psnr
    double psnrAfter = 0.0;
    std::optional<double> lpipsBefore; ///< see TuneStatus::lpips
    std::optional<double> lpipsAfter;
    int steps = 0;    ///< done
    int bestStep = 0; ///< 0: the start
};

/// Quantization-aware training by distillation: the float generator is the teacher, a quantized model of it learns its
/// activation and weight scales, biases and weights from crops of photographs (loss: L1 to the teacher's output and a
/// small term on block outputs; see TuneLoss), through QuantizedNetwork. The best by held-out PSNR to FP32 is kept.
/// Batches depend on seed and step alone, so a resumed run equals an uninterrupted one bit for bit (same thread count
/// and steps). Not thread-safe; LibTorch's intra-op thread count is set to the pool's.
class Tuner {
public:
    /// `photos`, `heldOut` and `pool` must outlive it. Goes on from the checkpoint in options.folder where there is
    /// one; throws base::Error{InvalidArgument} naming it when that belongs to another model, plan, seed or number of
    /// steps, BrokenFile when it is damaged, InvalidArgument when options make no sense, nothing is quantized or the
    /// ranks' models, photos or options differ.
    Tuner(quant::QuantizedModelPtr start, const PhotoSet &photos, const HeldOut &heldOut, TuneOptions options,
          const base::ThreadPool &pool);
    ~Tuner();

    int step() const;
    int steps() const; ///< in all; 0 while unknown

    /// Trains to an end; a cancelled one may be run on by calling again. Does not throw base::Cancelled. Throws
    /// base::Error{NotWritable} when a checkpoint cannot be written (best() is then still there).
    TuneResult run(const base::Job &job, const TuneStatusFunction &onStatus);

    /// The best so far (the start before the first validation).
    TuneResult best() const;

    /// The model of the present values, best or not, not averaged.
    quant::QuantizedModelPtr present() const;
    /// The training's own forward pass at the present values: like run::IntegerRunner::runObserved on present().
    image::Planes simulate(const image::Planes &picture, const quant::MapObserver &observer) const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::train
