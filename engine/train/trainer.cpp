// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/trainer.h"

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/base/parallel.h"
#include "engine/model/generatorjson.h"
#include "engine/model/reader.h"
#include "engine/run/floatrunner.h"
#include "engine/score/psnr.h"
#include "engine/train/checkpoint.h"
#include "engine/train/network.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <future>
#include <numbers>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adam.h>

namespace fs = std::filesystem;

namespace bitlens::train {

int TrainOptions::totalSteps() const
{
    int steps = 0;
    for (const Phase &phase : phases)
        steps += phase.steps;
    return steps;
}

double TrainOptions::learningRateAt(int step) const
{
    if (step < warmUpSteps)
        return learningRate * (step + 1) / warmUpSteps;
    const double span = std::max(1, totalSteps() - warmUpSteps);
    const double position = std::min(1.0, (step - warmUpSteps) / span);
    return finalLearningRate + 0.5 * (learningRate - finalLearningRate) * (1.0 + std::cos(std::numbers::pi * position));
}

const Phase &TrainOptions::phaseAt(int step) const
{
    for (const Phase &phase : phases) {
        if (step < phase.steps)
            return phase;
        step -= phase.steps;
    }
    return phases.back();
}

namespace {

constexpr const char *kCheckpointName = "checkpoint.safetensors";
constexpr const char *kLogName = "log.csv";

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

} // namespace

struct Trainer::Private {
    TrainOptions options;
    const PhotoSet &photos;
    Network network;
    std::vector<torch::Tensor> average;
    torch::optim::Adam optimizer;
    int step = 0;
    double seconds = 0.0;
    double bestPsnr = -1.0;
    base::ThreadPool pool{1}; // scores are cheap beside a step, and LibTorch's threads are there already

    Private(model::Generator start, const PhotoSet &set, TrainOptions wish)
        : options(std::move(wish)),
          photos(set),
          network(std::make_shared<const model::Generator>(std::move(start))),
          optimizer(network.tensors(), torch::optim::AdamOptions(options.learningRate).betas({0.9, 0.99}))
    {
        for (const torch::Tensor &tensor : network.tensors())
            average.push_back(tensor.detach().clone());
    }

    std::string path(const char *name) const { return (fs::path(options.folder) / name).string(); }

    void save() const
    {
        Checkpoint checkpoint;
        const auto &parameters = network.parameters();
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            const torch::Tensor &value = parameters[i].value;
            checkpoint.tensors.emplace_back(parameters[i].name, value);
            checkpoint.tensors.emplace_back("average." + parameters[i].name, average[i]);
            const auto state = optimizer.state().find(c10::guts::to_string(value.unsafeGetTensorImpl()));
            if (state == optimizer.state().end())
                continue;
            const auto &adam = static_cast<const torch::optim::AdamParamState &>(*state->second);
            checkpoint.tensors.emplace_back("moment1." + parameters[i].name, adam.exp_avg());
            checkpoint.tensors.emplace_back("moment2." + parameters[i].name, adam.exp_avg_sq());
        }
        checkpoint.values["step"] = std::to_string(step);
        checkpoint.values["seconds"] = fmt::format("{}", seconds);
        checkpoint.values["best_psnr"] = fmt::format("{}", bestPsnr);
        checkpoint.values["seed"] = std::to_string(options.seed);
        writeCheckpoint(checkpoint, path(kCheckpointName));
    }

    void resume()
    {
        const std::string file = path(kCheckpointName);
        const Checkpoint checkpoint = readCheckpoint(file);
        const auto value = [&](const char *key) {
            const auto found = checkpoint.values.find(key);
            if (found == checkpoint.values.end())
                throw base::Error(base::ErrorCode::BrokenFile, file, fmt::format("the value \"{}\" is missing", key));
            return found->second;
        };
        try {
            step = std::stoi(value("step"));
            seconds = std::stod(value("seconds"));
            bestPsnr = std::stod(value("best_psnr"));
        } catch (const std::logic_error &) {
            throw base::Error(base::ErrorCode::BrokenFile, file, "step, seconds or best_psnr is not a number");
        }
        if (value("seed") != std::to_string(options.seed))
            throw base::Error(base::ErrorCode::InvalidArgument, file,
                              "this run was started with seed " + value("seed") + "; resume with the same");
        const torch::NoGradGuard noGradient;
        const auto &parameters = network.parameters();
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            torch::Tensor target = parameters[i].value;
            checkpoint.restore(parameters[i].name, target, file);
            checkpoint.restore("average." + parameters[i].name, average[i], file);
            if (step == 0)
                continue;
            auto state = std::make_unique<torch::optim::AdamParamState>();
            torch::Tensor first = torch::zeros_like(target, torch::MemoryFormat::Preserve).detach();
            torch::Tensor second = torch::zeros_like(target, torch::MemoryFormat::Preserve).detach();
            checkpoint.restore("moment1." + parameters[i].name, first, file);
            checkpoint.restore("moment2." + parameters[i].name, second, file);
            state->step(step);
            state->exp_avg(first);
            state->exp_avg_sq(second);
            optimizer.state()[c10::guts::to_string(target.unsafeGetTensorImpl())] = std::move(state);
        }
    }

    /// One step; returns the loss.
    double advance(const BatchTensors &batch)
    {
        const double rate = options.learningRateAt(step);
        for (auto &group : optimizer.param_groups())
            static_cast<torch::optim::AdamOptions &>(group.options()).lr(rate);
        optimizer.zero_grad();
        const torch::Tensor loss = torch::l1_loss(network.forward(batch.low), batch.high);
        const double value = loss.item<double>();
        if (!std::isfinite(value))
            throw base::Error(
                base::ErrorCode::Internal, path(kCheckpointName),
                fmt::format("the loss is not finite at step {}; the last good checkpoint was kept", step));
        loss.backward();
        torch::nn::utils::clip_grad_norm_(network.tensors(), options.gradientNormLimit);
        optimizer.step();
        ++step;

        const torch::NoGradGuard noGradient;
        // The average follows closely at first, so that early validation is not that of the random start.
        const double decay = std::min(options.emaDecay, (1.0 + step) / (10.0 + step));
        const auto tensors = network.tensors();
        for (std::size_t i = 0; i < tensors.size(); ++i)
            average[i].lerp_(tensors[i].detach(), 1.0 - decay);
        return value;
    }

    /// Mean PSNR of the averaged weights, by the runner that the program shows pictures with.
    double validate(const std::vector<ValidationPair> &pairs) const
    {
        run::FloatRunner runner(std::make_shared<const model::Generator>(network.toGenerator(average)),
                                options.threads);
        double sum = 0.0;
        for (const ValidationPair &pair : pairs) {
            const image::Image result = image::fromPlanes(runner.run(image::toPlanes(pair.low), {}));
            score::PairOptions protocol;
            protocol.shave = network.generator().scale;
            sum += score::psnr(result, pair.high, protocol, pool).value.value_or(0.0);
        }
        return sum / static_cast<double>(pairs.size());
    }

    void appendLog(const TrainStatus &status) const
    {
        const std::string file = path(kLogName);
        std::string text;
        if (fs::exists(file)) {
            const auto bytes = base::readFile(file);
            text.assign(bytes.begin(), bytes.end());
        } else {
            text = "step,loss,learning_rate,seconds,validation_psnr\n";
        }
        text +=
            fmt::format("{},{:.6f},{:.3e},{:.1f},{}\n", status.step, status.loss, status.learningRate, status.seconds,
                        status.validationPsnr < 0 ? std::string() : fmt::format("{:.4f}", status.validationPsnr));
        base::writeFileAtomically(file, text);
    }
};

Trainer::Trainer(model::Generator start, const PhotoSet &photos, TrainOptions options)
{
    if (options.phases.empty() || options.totalSteps() <= 0)
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "a training run needs at least one step");
    for (const Phase &phase : options.phases)
        if (phase.batch.side % photos.scale() != 0 || phase.batch.side <= 0 || phase.batch.count <= 0)
            throw base::Error(base::ErrorCode::InvalidArgument, {},
                              fmt::format("crops of {} pixels do not suit scale {}", phase.batch.side, photos.scale()));
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

model::Generator Trainer::run(const std::vector<ValidationPair> &validation, const base::Job &job,
                              const StatusFunction &onStatus)
{
    at::set_num_threads(d->options.threads);
    const int steps = d->options.totalSteps();
    const auto prepare = [this](int step) {
        return std::async(std::launch::async, [this, step] {
            return makeBatch(d->photos, d->options.phaseAt(step).batch,
                             d->options.seed * 1'000'003ULL + static_cast<std::uint64_t>(step));
        });
    };

    std::future<BatchTensors> next = prepare(d->step);
    double lossSum = 0.0;
    int lossCount = 0;
    const double secondsBefore = d->seconds;
    const base::Stopwatch watch;
    while (d->step < steps) {
        if (job.cancel.isCancelled()) {
            d->save();
            throw base::Cancelled();
        }
        const BatchTensors batch = next.get();
        if (d->step + 1 < steps)
            next = prepare(d->step + 1);
        lossSum += d->advance(batch);
        ++lossCount;
        d->seconds = secondsBefore + watch.seconds();
        job.report(static_cast<double>(d->step) / steps, fmt::format("step {} of {}", d->step, steps));

        const bool last = d->step == steps;
        const bool validating = !validation.empty() && (last || d->step % d->options.validateEvery == 0);
        if (last || validating || d->step % d->options.checkpointEvery == 0) {
            TrainStatus status{d->step,    steps, lossSum / lossCount, d->options.learningRateAt(d->step - 1),
                               d->seconds, -1.0};
            lossSum = 0.0;
            lossCount = 0;
            if (validating) {
                status.validationPsnr = d->validate(validation);
                if (status.validationPsnr > d->bestPsnr) {
                    d->bestPsnr = status.validationPsnr;
                    base::writeFileAtomically(d->path(kTrainedName), model::exportGenerator(averaged()));
                }
            }
            if (validation.empty())
                base::writeFileAtomically(d->path(kTrainedName), model::exportGenerator(averaged()));
            d->save();
            d->appendLog(status);
            if (onStatus)
                onStatus(status);
        }
    }
    return *model::readGenerator(d->path(kTrainedName));
}

} // namespace bitlens::train
