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
#include "engine/train/device.h"
#include "engine/train/divergenceguard.h"
#include "engine/train/generatorloss.h"
#include "engine/train/lpips.h"
#include "engine/train/network.h"
#include "engine/train/ranks.h"
#include "engine/train/startgenerator.h"

#include <cmath>
#include <filesystem>
#include <future>
#include <optional>
#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adam.h>

namespace fs = std::filesystem;

namespace bitlens::train {

namespace {

struct BatchTensors {
    torch::Tensor high;
    torch::Tensor low;

    BatchTensors to(const torch::Device &device) const { return {high.to(device), low.to(device)}; }
};

/// A rank's part of a batch.
BatchTensors makeBatch(const PhotoSet &photos, PhotoSet::BatchShape shape, std::uint64_t seed, const Ranks &ranks)
{
    shape.part = shape.count / ranks.count();
    shape.first = ranks.rank() * shape.part;
    const PhotoSet::Batch batch = photos.batch(shape, seed);
    const std::int64_t low = shape.side / photos.scale();
    return {torch::tensor(batch.high).reshape({shape.part, 3, shape.side, shape.side}),
            torch::tensor(batch.low).reshape({shape.part, 3, low, low})};
}

std::unique_ptr<Adversary> makeAdversary(const TrainOptions &options, const torch::Device &device)
{
    if (options.contentSteps() == options.totalSteps())
        return nullptr;
    return std::make_unique<Adversary>(Adversary::optionsOf(options, device));
}

std::shared_ptr<const Lpips> makeLpips(const AdversarialOptions &options, const torch::Device &device)
{
    if (options.backbone.empty())
        return nullptr;
    const auto lpips = std::make_shared<Lpips>(options.backbone, options.heads);
    lpips->to(device);
    return lpips;
}

std::vector<torch::Tensor> gradientsOf(const std::vector<torch::Tensor> &tensors)
{
    std::vector<torch::Tensor> gradients;
    for (const torch::Tensor &tensor : tensors)
        gradients.push_back(tensor.grad());
    return gradients;
}

} // namespace

struct Trainer::Private {
    TrainOptions options;
    const PhotoSet &photos;
    torch::Device device;
    std::shared_ptr<const Ranks> ranks;
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
          device(deviceFromName(options.device)),
          ranks(options.ranks ? options.ranks : std::make_shared<const Ranks>()),
          network(std::make_shared<const model::Generator>(std::move(start))),
          optimizer(network.tensors(), torch::optim::AdamOptions(options.learningRate).betas({0.9, 0.99})),
          lpips(makeLpips(options.adversarial, device)),
          adversary(makeAdversary(options, device))
    {
        moveTo(device, network.tensors());
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

    Checkpoint state() const
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
        return checkpoint;
    }

    void save() const
    {
        if (ranks->isFirst())
            writeCheckpoint(state(), path(kCheckpointName));
    }

    /// From the checkpoint that rank 0 finds in its folder, where there is one; all ranks then are alike.
    void resume()
    {
        const std::string file = path(kCheckpointName);
        if (ranks->isFirst() && fs::exists(file))
            restore(readCheckpoint(file), file);
        shareState(
            *ranks, [this] { return state(); },
            [this](const Checkpoint &checkpoint, const std::string &from) { restore(checkpoint, from); });
    }

    void restore(const Checkpoint &checkpoint, const std::string &file)
    {
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

    /// One step, of which nothing stays when a rank is lost.
    StepLosses advance(const BatchTensors &batch)
    {
        if (ranks->count() == 1 || !adversary || !options.isAdversarialAt(step))
            return learn(batch);
        // The discriminator learns before the generator's gradients are exchanged.
        Checkpoint before;
        adversary->store(before);
        for (auto &[name, tensor] : before.tensors)
            tensor = tensor.detach().clone();
        try {
            return learn(batch);
        } catch (const RankLost &) {
            adversary->restore(before, path(kCheckpointName));
            throw;
        }
    }

    torch::Tensor measure(const BatchTensors &batch, StepLosses &losses)
    {
        torch::Tensor loss;
        try {
            loss = GeneratorLoss(options, lpips.get(), adversary.get(), *ranks, network.generator().scale)
                       .measure(network.forward(batch.low), batch.high, step, losses);
        } catch (const NotFinite &error) {
            stop(error.detail());
        }
        if (!std::isfinite(losses.total))
            stop("the loss is not finite");
        return loss;
    }

    StepLosses learn(const BatchTensors &batch)
    {
        const double rate = options.learningRateAt(step);
        for (auto &group : optimizer.param_groups())
            static_cast<torch::optim::AdamOptions &>(group.options()).lr(rate);
        optimizer.zero_grad();
        StepLosses losses;
        const torch::Tensor loss = measure(batch, losses);
        loss.backward();
        ranks->sum(gradientsOf(network.tensors()));
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

    /// The same on all ranks: each learns of an interruption on any.
    bool stopWanted(const base::Job &job) const
    {
        try {
            return ranks->any(job.cancel.isCancelled());
        } catch (const RankLost &lost) {
            saveAndStop(lost);
        }
    }

    StepLosses advanceOrSave(const BatchTensors &batch)
    {
        try {
            return advance(batch);
        } catch (const RankLost &lost) {
            saveAndStop(lost);
        }
    }

    [[noreturn]] void saveAndStop(const RankLost &lost) const
    {
        save();
        throw base::Error(
            lost.code(), ranks->isFirst() ? path(kCheckpointName) : std::string(),
            fmt::format("{} at step {}{}", lost.detail(), step,
                        ranks->isFirst() ? "; the checkpoint of this step was kept, resume from it" : ""));
    }

    void writeTrained(const char *name = kTrainedName) const
    {
        base::writeFileAtomically(path(name), model::exportGenerator(network.toGenerator(average)));
    }

    /// What kTrainedName holds. Where no validation was good enough for that the work is not lost.
    model::Generator trained() const
    {
        if (fs::exists(path(kTrainedName)))
            return *model::readGenerator(path(kTrainedName));
        writeTrained(kLastName);
        throw base::Error(base::ErrorCode::InvalidArgument, path(kTrainedName),
                          fmt::format("was not written: no validation reached the least PSNR of {} dB; the averaged "
                                      "weights of step {} are in {}",
                                      options.adversarial.leastPsnr, step, path(kLastName)));
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
    if (!options.ranks || options.ranks->isFirst()) {
        std::error_code error;
        fs::create_directories(options.folder, error);
        if (error)
            throw base::Error(base::ErrorCode::NotWritable, options.folder, error.message());
    }
    d = std::make_unique<Private>(std::move(start), photos, std::move(options));
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
            return makeBatch(d->photos, d->options.phaseAt(step).batch, d->options.seedAt(step), *d->ranks);
        });
    };

    std::future<BatchTensors> next = prepare(d->step);
    LossMeans losses;
    const double secondsBefore = d->seconds;
    const base::Stopwatch watch;
    while (d->step < steps) {
        if (d->stopWanted(job)) {
            d->save();
            throw base::Cancelled();
        }
        const bool adversarial = d->options.isAdversarialAt(d->step);
        if (d->step > 0 && d->step == d->options.contentSteps() && d->ranks->isFirst())
            d->beginAdversarialPhase();
        const BatchTensors batch = next.get().to(d->device);
        if (d->step + 1 < steps)
            next = prepare(d->step + 1);
        losses.add(d->advanceOrSave(batch));
        d->seconds = secondsBefore + watch.seconds();
        job.report(static_cast<double>(d->step) / steps, fmt::format("step {} of {}", d->step, steps));

        const bool last = d->step == steps;
        const bool validating = !validation.isEmpty() && (last || d->step % d->options.validateEvery == 0);
        if (!d->ranks->isFirst())
            continue; // rank 0 validates and writes; the others wait for it at the next exchange
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
    return d->ranks->isFirst() ? d->trained() : averaged();
}

} // namespace bitlens::train
