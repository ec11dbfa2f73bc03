// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/command.h"
#include "app/cli/commandline.h"
#include "app/cli/environment.h"

#include "engine/compare/evaluation.h"
#include "engine/image/codec.h"
#include "engine/model/reader.h"
#include "engine/train/initialgenerator.h"
#include "engine/train/trainer.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace bitlens::cli {

namespace {

struct TrainCommandOptions {
    std::string photos;
    std::string architecture = "srgan";
    std::string start;
    std::string validate;
    std::vector<std::string> phases{"3000:48", "20000:96"};
    train::GeneratorShape shape;
    train::TrainOptions train;
    int batch = 16;
};

/// "3000:48": so many steps on crops of so many pixels.
train::Phase phaseFromText(const std::string &text, int batch)
{
    train::Phase phase;
    phase.batch.count = batch;
    char rest = 0;
    if (std::sscanf(text.c_str(), "%d:%d%c", &phase.steps, &phase.batch.side, &rest) != 2 || phase.steps < 1
        || phase.batch.side < 16)
        throw UsageError(
            fmt::format("{}: a phase is STEPS:CROP, e.g. 3000:48, with crops of at least 16 pixels", text));
    return phase;
}

std::vector<train::ValidationPair> validationPairs(const std::string &folder, int scale)
{
    std::vector<train::ValidationPair> pairs;
    if (folder.empty())
        return pairs;
    for (const compare::EvaluationPair &pair : compare::evaluationPairs(folder, scale))
        pairs.push_back({pair.name, image::readImage(pair.low), image::readImage(pair.high)});
    return pairs;
}

int trainGenerator(TrainCommandOptions options, Environment &environment)
{
    int largestCrop = 0;
    for (const std::string &text : options.phases) {
        options.train.phases.push_back(phaseFromText(text, options.batch));
        largestCrop = std::max(largestCrop, options.train.phases.back().batch.side);
    }
    options.train.threads = environment.pool(options.train.threads).threads();
    options.shape.family = options.architecture == "rrdbnet" ? model::Family::Rrdb : model::Family::Srgan;
    const model::Generator start = options.start.empty() ? train::initialGenerator(options.shape, options.train.seed)
                                                         : *model::readGenerator(options.start);
    const auto validation = validationPairs(options.validate, start.scale);
    const base::Job job = environment.newJob();
    const train::PhotoSet photos = train::PhotoSet::load(options.photos, start.scale, largestCrop, job);
    for (const std::string &skipped : photos.skipped())
        environment.warn("left out " + skipped);

    train::Trainer trainer(start, photos, options.train);
    environment.print(trainer.step() == 0
                          ? fmt::format("{} photos, {} parameters", photos.size(), start.parameterCount())
                          : fmt::format("resuming at step {}", trainer.step()));
    trainer.run(validation, environment.newJob(), [&environment](const train::TrainStatus &status) {
        std::string line = fmt::format("step {:6} of {}  L1 {:.5f}  rate {:.1e}  {:.0f} s", status.step, status.steps,
                                       status.loss, status.learningRate, status.seconds);
        if (status.validationPsnr >= 0.0)
            line += fmt::format("  PSNR {:.3f} dB", status.validationPsnr);
        environment.print(line);
    });
    environment.print(fmt::format("{}/{}", options.train.folder, train::kTrainedName));
    return kExitDone;
}

} // namespace

Action addTrain(CLI::App &command)
{
    auto options = std::make_shared<TrainCommandOptions>();
    command.add_option("PHOTOS", options->photos, "Folder with photographs to learn from")->required();
    command
        .add_option("-o,--output", options->train.folder,
                    "Folder for checkpoint, log.csv and the trained model; a run found there is resumed")
        ->required()
        ->type_name("DIR");
    command.add_option("--architecture", options->architecture, "srgan or rrdbnet")
        ->check(CLI::IsMember({"srgan", "rrdbnet"}))
        ->capture_default_str();
    command.add_option("--scale", options->shape.scale, "2 or 4")->check(CLI::IsMember({2, 4}))->capture_default_str();
    command.add_option("--blocks", options->shape.blocks, "Residual blocks")->capture_default_str();
    command.add_option("--channels", options->shape.channels, "Feature channels")->capture_default_str();
    command.add_option("--growth", options->shape.growth, "Channels that a dense layer adds (rrdbnet)")
        ->capture_default_str();
    command.add_option("--start", options->start, "Start from a model instead of random weights")->type_name("MODEL");
    command.add_option("--phase", options->phases, "STEPS:CROP, in order; crops in pixels of the large picture")
        ->capture_default_str();
    command.add_option("--batch", options->batch, "Crops a step")->check(CLI::Range(1, 1024))->capture_default_str();
    command.add_option("--rate", options->train.learningRate, "Adam's learning rate after the warm-up")
        ->capture_default_str();
    command.add_option("--seed", options->train.seed, "Of weights and crops")->capture_default_str();
    command.add_option("--validate", options->validate, "Folder with HR and LRx4 (or LRx2) to validate on")
        ->type_name("DIR");
    command.add_option("--validate-every", options->train.validateEvery, "Steps")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command.add_option("--checkpoint-every", options->train.checkpointEvery, "Steps")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    options->train.threads = 0;
    command.add_option("--threads", options->train.threads, "0: all processors")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    return [options](Environment &environment) { return trainGenerator(*options, environment); };
}

} // namespace bitlens::cli
