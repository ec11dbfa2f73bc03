// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/trainer.h"

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/image/codec.h"
#include "engine/model/generatorjson.h"
#include "engine/model/reader.h"
#include "engine/train/adamstate.h"
#include "engine/train/adversary.h"
#include "engine/train/checkpoint.h"
#include "engine/train/divergenceguard.h"
#include "engine/train/lpips.h"
#include "engine/train/network.h"
#include "engine/train/patternloss.h"
#include "engine/train/startgenerator.h"

#include <cmath>
#include <filesystem>
#include <future>
#include <optional>
#include <random>
#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adam.h>

namespace fs = std::filesystem;

namespace bitlens::train {

namespace {

/// Crops are cut off this much, by chance, before they go through the backbone: its first layer looks at every second
/// pixel, and without it a pattern of that period could escape the perceptual loss.
constexpr int kPerceptualShift = 4;

struct BatchTensors {
    torch::Tensor high;
    torch::Tensor low;
};

BatchTensors makeBatch(const PhotoSet &photos, const PhotoSet::BatchShape &shape, std::uint64_t seed)
{
    const PhotoSet::Batch batch = photos.batch(shape, seed);
    const std::int64_t low = shape.side / photos.scale();
    return {torch::tensor(batch.high).reshape({shape.count, 3, shape.side, shape.side}),
            torch::tensor(batch.low).reshape({shape.count, 3, low, low})};
}

/// A run's number for a step: crops, and what else is left to chance.
std::uint64_t seedOf(std::uint64_t seed, int step) { return seed * 1'000'003ULL + static_cast<std::uint64_t>(step); }

std::unique_ptr<Adversary> makeAdversary(const TrainOptions &options)
{
    if (options.contentSteps() == options.totalSteps())
        return nullptr;
    const AdversarialOptions &wish = options.adversarial;
    Adversary::Options adversary;
    adversary.shape = {wish.discriminatorChannels, wish.discriminatorMaximumChannels, wish.discriminatorLevels,
                       wish.discriminatorUnshuffle, wish.discriminatorPatches};
    adversary.relativistic = wish.relativistic;
    adversary.gradientNormLimit = options.gradientNormLimit;
    adversary.seed = options.seed;
    return std::make_unique<Adversary>(adversary);
}

std::shared_ptr<const Lpips> makeLpips(const AdversarialOptions &options)
{
    return options.backbone.empty() ? nullptr : std::make_shared<const Lpips>(options.backbone, options.heads);
}

} // namespace

struct Trainer::Private {
    TrainOptions options;
    const PhotoSet &photos;
    Network network;
    std::vector<torch::Tensor> average;
    torch::optim::Adam optimizer;
    std::shared_ptr<const Lpips> lpips;   ///< null without a backbone
    std::unique_ptr<Adversary> adversary; ///< null without adversarial phases
    DivergenceGuard guard;
    int step = 0;
    double seconds = 0.0;
    double bestPsnr = -1.0;
    double bestLpips = -1.0; ///< of adversarial phases; negative when none was taken yet

    Private(model::Generator start, const PhotoSet &set, TrainOptions wish)
        : options(std::move(wish)),
          photos(set),
          network(std::make_shared<const model::Generator>(std::move(start))),
          optimizer(network.tensors(), torch::optim::AdamOptions(options.learningRate).betas({0.9, 0.99})),
          lpips(makeLpips(options.adversarial)),
          adversary(makeAdversary(options))
    {
        for (const torch::Tensor &tensor : network.tensors())
            average.push_back(tensor.detach().clone());
    }

    std::string path(const char *name) const { return (fs::path(options.folder) / name).string(); }

    AdamState adamState() const
    {
        AdamState state;
        for (const Network::Parameter &parameter : network.parameters())
            state.parameters.emplace_back(parameter.name, parameter.value);
        return state;
    }

    void save() const
    {
        Checkpoint checkpoint;
        const auto &parameters = network.parameters();
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            checkpoint.tensors.emplace_back(parameters[i].name, parameters[i].value);
            checkpoint.tensors.emplace_back(averageTensorName(parameters[i].name), average[i]);
        }
        for (const model::ConvLayer &layer : network.generator().layers)
            if (layer.activation == model::ActivationKind::LeakyRelu)
                checkpoint.tensors.emplace_back(leakySlopeTensorName(layer.path), torch::tensor(layer.slopes));
        adamState().store(optimizer, checkpoint);
        if (adversary)
            adversary->store(checkpoint);
        guard.store(checkpoint);
        checkpoint.values["step"] = std::to_string(step);
        checkpoint.values["seconds"] = fmt::format("{}", seconds);
        checkpoint.values["best_psnr"] = fmt::format("{}", bestPsnr);
        checkpoint.values["best_lpips"] = fmt::format("{}", bestLpips);
        checkpoint.values["seed"] = std::to_string(options.seed);
        checkpoint.values[kCheckpointGeneratorKey] = model::generatorToJson(network.generator());
        writeCheckpoint(checkpoint, path(kCheckpointName));
    }

    void resume()
    {
        const std::string file = path(kCheckpointName);
        const Checkpoint checkpoint = readCheckpoint(file);
        if (checkpoint.text("seed", file) != std::to_string(options.seed))
            throw base::Error(base::ErrorCode::InvalidArgument, file,
                              "this run was started with seed " + checkpoint.text("seed", file)
                                  + "; resume with the same");
        step = checkpoint.integer("step", file);
        seconds = checkpoint.number("seconds", file);
        bestPsnr = checkpoint.number("best_psnr", file);
        bestLpips = checkpoint.number("best_lpips", file, -1.0);
        const auto &parameters = network.parameters();
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            torch::Tensor target = parameters[i].value;
            checkpoint.restore(parameters[i].name, target, file);
            checkpoint.restore(averageTensorName(parameters[i].name), average[i], file);
        }
        adamState().restore(optimizer, step, checkpoint, file);
        guard.restore(checkpoint, file);
        // A content run that goes on with adversarial phases has a checkpoint without a discriminator.
        if (adversary && (Adversary::isIn(checkpoint) || step > options.contentSteps()))
            adversary->restore(checkpoint, file);
    }

    [[noreturn]] void stop(const std::string &why) const
    {
        throw base::Error(base::ErrorCode::Internal, path(kCheckpointName),
                          fmt::format("{} at step {}; the last good checkpoint was kept", why, step));
    }

    torch::Tensor perceptualLoss(const torch::Tensor &fake, const torch::Tensor &real) const
    {
        std::mt19937_64 random(seedOf(options.seed, step) ^ 0xD1B54A32D192ED03ULL);
        const auto y = static_cast<std::int64_t>(random() % kPerceptualShift);
        const auto x = static_cast<std::int64_t>(random() % kPerceptualShift);
        const std::int64_t side = fake.size(2) - kPerceptualShift + 1;
        const auto cut = [&](const torch::Tensor &pictures) {
            return pictures.narrow(2, y, side).narrow(3, x, side).contiguous();
        };
        return lpips->forward(cut(fake), cut(real)).mean();
    }

    /// The generator's losses; in adversarial phases the discriminator learns first.
    torch::Tensor measure(const BatchTensors &batch, StepLosses &losses)
    {
        const torch::Tensor fake = network.forward(batch.low);
        torch::Tensor loss = torch::l1_loss(fake, batch.high);
        losses.pixel = loss.item<double>();
        losses.total = losses.pixel;
        if (!options.isAdversarialAt(step))
            return loss;
        if (!std::isfinite(losses.pixel))
            return loss; // the discriminator shall not learn from that
        const AdversarialOptions &wish = options.adversarial;
        const auto outcome = adversary->learn(batch.high, fake, options.discriminatorLearningRateAt(step));
        losses.discriminator = outcome.loss;
        losses.real = outcome.real;
        losses.fake = outcome.fake;
        loss = loss * wish.pixelWeight;
        if (wish.perceptualWeight != 0.0) {
            const torch::Tensor perceptual = perceptualLoss(fake, batch.high);
            losses.perceptual = perceptual.item<double>();
            loss = loss + wish.perceptualWeight * perceptual;
        }
        if (wish.adversarialWeight != 0.0) {
            const torch::Tensor adversarial = adversary->generatorLoss(batch.high, fake);
            losses.adversarial = adversarial.item<double>();
            loss = loss + wish.adversarialWeight * adversarial;
        }
        if (wish.patternWeight != 0.0) {
            const torch::Tensor pattern = patternLoss(fake, batch.high, network.generator().scale);
            losses.pattern = pattern.item<double>();
            loss = loss + wish.patternWeight * pattern;
        }
        losses.total = loss.item<double>();
        return loss;
    }

    StepLosses advance(const BatchTensors &batch)
    {
        const double rate = options.learningRateAt(step);
        for (auto &group : optimizer.param_groups())
            static_cast<torch::optim::AdamOptions &>(group.options()).lr(rate);
        optimizer.zero_grad();
        StepLosses losses;
        const torch::Tensor loss = measure(batch, losses);
        if (!std::isfinite(losses.total))
            stop("the loss is not finite");
        loss.backward();
        if (!std::isfinite(torch::nn::utils::clip_grad_norm_(network.tensors(), options.gradientNormLimit)))
            stop("the gradient is not finite");
        if (options.isAdversarialAt(step) && guard.add(losses.pixel))
            stop(fmt::format("training has run away: the pixel loss went from {:.4f} to {:.4f}", guard.reference(),
                             guard.current()));
        optimizer.step();
        ++step;

        const torch::NoGradGuard noGradient;
        // The average follows closely at first, so that early validation is not that of the random start.
        const double decay = std::min(options.emaDecay, (1.0 + step) / (10.0 + step));
        const auto tensors = network.tensors();
        for (std::size_t i = 0; i < tensors.size(); ++i)
            average[i].lerp_(tensors[i].detach(), 1.0 - decay);
        return losses;
    }

    void writeTrained() const
    {
        base::writeFileAtomically(path(kTrainedName), model::exportGenerator(network.toGenerator(average)));
    }

    /// Keeps what the content phases arrived at.
    void beginAdversarialPhase() const
    {
        if (!fs::exists(path(kTrainedName)))
            return;
        base::writeFileAtomically(path(kContentTrainedName), base::readFile(path(kTrainedName)));
    }

    /// True when these scores are the best so far, which they then are.
    bool isBest(const ValidationScores &scores, bool adversarial)
    {
        if (!adversarial) {
            if (!scores.psnr || *scores.psnr <= bestPsnr)
                return false;
            bestPsnr = *scores.psnr;
            return true;
        }
        if (scores.psnr.value_or(0.0) < options.adversarial.leastPsnr)
            return false;
        if (!scores.lpips)
            return true;
        if (bestLpips >= 0.0 && *scores.lpips >= bestLpips)
            return false;
        bestLpips = *scores.lpips;
        return true;
    }

    ValidationScores validate(const Validation &validation, bool adversarial)
    {
        const auto generator = std::make_shared<const model::Generator>(network.toGenerator(average));
        const Validation::Result result = validation.run(generator);
        const bool best = isBest(result.scores, adversarial);
        const fs::path folder = path(kPicturesName);
        std::error_code error;
        fs::create_directories(folder, error);
        if (error)
            throw base::Error(base::ErrorCode::NotWritable, folder.string(), error.message());
        for (const auto &[name, picture] : result.pictures) {
            const std::string stem = fs::path(name).stem().string();
            image::writeImage(picture, (folder / (stem + ".png")).string());
            if (best)
                image::writeImage(picture, (folder / (stem + "-best.png")).string());
        }
        if (best)
            writeTrained();
        return result.scores;
    }
};

Trainer::Trainer(model::Generator start, const PhotoSet &photos, TrainOptions options)
{
    options.validate(photos.scale());
    std::error_code error;
    fs::create_directories(options.folder, error);
    if (error)
        throw base::Error(base::ErrorCode::NotWritable, options.folder, error.message());
    d = std::make_unique<Private>(std::move(start), photos, std::move(options));
    if (fs::exists(d->path(kCheckpointName)))
        d->resume();
}

Trainer::~Trainer() = default;

int Trainer::step() const { return d->step; }

model::Generator Trainer::averaged() const { return d->network.toGenerator(d->average); }

model::Generator Trainer::run(const std::vector<ValidationPair> &pairs, const base::Job &job,
                              const StatusFunction &onStatus)
{
    at::set_num_threads(d->options.threads);
    const Validation validation(pairs, d->lpips, d->options.threads);
    const int steps = d->options.totalSteps();
    const auto prepare = [this](int step) {
        return std::async(std::launch::async, [this, step] {
            return makeBatch(d->photos, d->options.phaseAt(step).batch, seedOf(d->options.seed, step));
        });
    };

    std::future<BatchTensors> next = prepare(d->step);
    LossMeans losses;
    const double secondsBefore = d->seconds;
    const base::Stopwatch watch;
    while (d->step < steps) {
        if (job.cancel.isCancelled()) {
            d->save();
            throw base::Cancelled();
        }
        const bool adversarial = d->options.isAdversarialAt(d->step);
        if (d->step > 0 && d->step == d->options.contentSteps())
            d->beginAdversarialPhase();
        const BatchTensors batch = next.get();
        if (d->step + 1 < steps)
            next = prepare(d->step + 1);
        losses.add(d->advance(batch));
        d->seconds = secondsBefore + watch.seconds();
        job.report(static_cast<double>(d->step) / steps, fmt::format("step {} of {}", d->step, steps));

        const bool last = d->step == steps;
        const bool validating = !validation.isEmpty() && (last || d->step % d->options.validateEvery == 0);
        if (last || validating || d->step % d->options.checkpointEvery == 0) {
            TrainStatus status{d->step,    steps, adversarial, losses.mean(), d->options.learningRateAt(d->step - 1),
                               d->seconds, {}};
            losses = {};
            if (validating)
                status.validation = d->validate(validation, adversarial);
            if (validation.isEmpty())
                d->writeTrained();
            d->save();
            appendTrainLog(d->path(kLogName), status);
            if (onStatus)
                onStatus(status);
        }
    }
    return *model::readGenerator(d->path(kTrainedName));
}

} // namespace bitlens::train
