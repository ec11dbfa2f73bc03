// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/adversarialoptions.h"
#include "app/cli/command.h"
#include "app/cli/commandline.h"
#include "app/cli/environment.h"
#include "app/cli/rankarguments.h"
#include "app/cli/runlock.h"
#include "app/cli/trainedmodel.h"

#include "engine/train/initialgenerator.h"
#include "engine/train/startgenerator.h"
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
    std::vector<std::string> phases;
    std::vector<std::string> adversarialPhases;
    RankArguments ranks;
    TrainedModelOptions exported;
    bool onlyExport = false;
    train::GeneratorShape shape;
    train::TrainOptions train;
    int batch = 16;
};

const std::vector<std::string> kContentPhases{"3000:48", "20000:96"};

/// "3000:48": so many steps on crops of so many pixels.
train::Phase phaseFromText(const std::string &text, int batch, bool adversarial)
{
    train::Phase phase;
    phase.adversarial = adversarial;
    phase.batch.count = batch;
    char rest = 0;
    if (std::sscanf(text.c_str(), "%d:%d%c", &phase.steps, &phase.batch.side, &rest) != 2 || phase.steps < 1
        || phase.batch.side < 16)
        throw UsageError(
            fmt::format("{}: a phase is STEPS:CROP, e.g. 3000:48, with crops of at least 16 pixels", text));
    return phase;
}

void readPhases(TrainCommandOptions &options)
{
    // Who starts from a model and names adversarial phases alone wants no others.
    const bool onlyAdversarial = !options.adversarialPhases.empty() && !options.start.empty();
    if (options.phases.empty() && !onlyAdversarial)
        options.phases = kContentPhases;
    for (const std::string &text : options.phases)
        options.train.phases.push_back(phaseFromText(text, options.batch, false));
    for (const std::string &text : options.adversarialPhases)
        options.train.phases.push_back(phaseFromText(text, options.batch, true));
    if (!options.adversarialPhases.empty())
        requireBackbone(options.train.adversarial, "--gan-phase");
}

std::string statusLine(const train::TrainStatus &status)
{
    const train::StepLosses &losses = status.losses;
    std::string line = fmt::format("step {:6} of {}  L1 {:.5f}", status.step, status.steps, losses.pixel);
    if (losses.perceptual)
        line += fmt::format("  perceptual {:.4f}", *losses.perceptual);
    if (losses.adversarial)
        line += fmt::format("  adversarial {:.4f}", *losses.adversarial);
    if (losses.discriminator)
        line += fmt::format("  discriminator {:.4f} ({:.2f}/{:.2f})", *losses.discriminator, losses.real.value_or(0.0),
                            losses.fake.value_or(0.0));
    line += fmt::format("  rate {:.1e}  {:.0f} s", status.learningRate, status.seconds);
    if (status.validation.psnr)
        line += fmt::format("  PSNR {:.3f} dB", *status.validation.psnr);
    if (status.validation.niqe)
        line += fmt::format("  NIQE {:.3f}", *status.validation.niqe);
    if (status.validation.lpips)
        line += fmt::format("  LPIPS {:.4f}", *status.validation.lpips);
    return line;
}

void exportTrained(const TrainCommandOptions &options, Environment &environment)
{
    TrainedModelOptions wish = options.exported;
    wish.photos = options.photos;
    wish.folder = options.train.folder;
    wish.backbone = options.train.adversarial.backbone;
    wish.heads = options.train.adversarial.heads;
    exportTrainedModel(wish, environment);
}

int trainGenerator(TrainCommandOptions options, Environment &environment)
{
    if (options.onlyExport) {
        if (options.exported.path.empty())
            throw UsageError("--export-only needs --export FILE");
        exportTrained(options, environment);
        return kExitDone;
    }
    readPhases(options);
    options.train.ranks = meetRanks(options.ranks, environment);
    const bool first = options.train.ranks->isFirst();
    int largestCrop = 0;
    for (const train::Phase &phase : options.train.phases)
        largestCrop = std::max(largestCrop, phase.batch.side);
    options.train.threads = environment.pool(options.train.threads).threads();
    options.shape.family = options.architecture == "rrdbnet" ? model::Family::Rrdb : model::Family::Srgan;
    const model::Generator start = options.start.empty() ? train::initialGenerator(options.shape, options.train.seed)
                                                         : train::startGenerator(options.start, options.shape);
    const auto validation = validationPairs(options.validate, start.scale);
    const base::Job job = environment.newJob();
    const train::PhotoSet photos =
        train::PhotoSet::load(options.photos, start.scale, largestCrop, job, &environment.pool(options.train.threads));
    for (const std::string &skipped : photos.skipped())
        environment.warn("left out " + skipped);
    options.exported.photoCount = photos.size();

    const base::FileLock alone = first ? lockOfRun(options.train.folder) : base::FileLock();
    train::Trainer trainer(start, photos, options.train);
    environment.print(trainer.step() == 0
                          ? fmt::format("{} photos, {} parameters", photos.size(), start.parameterCount())
                          : fmt::format("resuming at step {}", trainer.step()));
    trainer.run(validation, environment.newJob(),
                [&environment](const train::TrainStatus &status) { environment.print(statusLine(status)); });
    if (!first)
        return kExitDone;
    environment.print(fmt::format("{}/{}", options.train.folder, train::kTrainedName));
    if (!options.exported.path.empty())
        exportTrained(options, environment);
    return kExitDone;
}

void addTrainAdversarialOptions(CLI::App &command, TrainCommandOptions &options)
{
    train::AdversarialOptions &adversarial = options.train.adversarial;
    addAdversarialOptions(command, adversarial);
    command.add_option("--gan-rate", adversarial.learningRate, "The generator's learning rate in adversarial phases")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command
        .add_option("--least-psnr", adversarial.leastPsnr,
                    "In adversarial phases the best is the lowest LPIPS of those with at least this PSNR in dB")
        ->capture_default_str();
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
    command
        .add_option("--start", options->start,
                    "Start from a model, or from the averaged weights of a run's checkpoint, instead of random weights")
        ->type_name("MODEL");
    command
        .add_option("--phase", options->phases,
                    "STEPS:CROP of the content phases (L1 loss), in order; crops in pixels of the large picture "
                    "[3000:48 20000:96; none with --start and --gan-phase]")
        ->type_name("STEPS:CROP");
    command
        .add_option("--gan-phase", options->adversarialPhases,
                    "STEPS:CROP of the adversarial phases that follow (pixel, perceptual and adversarial loss)")
        ->type_name("STEPS:CROP");
    command.add_option("--batch", options->batch, "Crops a step")->check(CLI::Range(1, 1024))->capture_default_str();
    command.add_option("--rate", options->train.learningRate, "Adam's learning rate after the warm-up")
        ->capture_default_str();
    addTrainAdversarialOptions(command, *options);
    addRankOptions(command, options->ranks);
    addTrainedModelOptions(command, options->exported);
    command.add_flag("--export-only", options->onlyExport, "Do not train: export what the run in --output has so far");
    command.add_option("--device", options->train.device, "cpu, cuda or cuda:NUMBER (where LibTorch has CUDA)")
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
