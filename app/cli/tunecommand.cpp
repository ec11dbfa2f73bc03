// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/adversarialoptions.h"
#include "app/cli/command.h"
#include "app/cli/commandline.h"
#include "app/cli/modelchoice.h"
#include "app/cli/rankarguments.h"
#include "app/cli/runlock.h"

#include "engine/base/file.h"
#include "engine/compare/evaluation.h"
#include "engine/compare/foldercalibration.h"
#include "engine/compare/photocalibration.h"
#include "engine/compare/sharedwork.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/quant/tunedmodel.h"
#include "engine/train/channelscales.h"
#include "engine/train/tuner.h"
#include "ui/format.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>

namespace bitlens::cli {

namespace {

/// Without --minutes and --steps.
constexpr double kDefaultMinutes = 20.0;
/// To FP32, of what adversarial training may return: another picture would not be a quantized version of it.
constexpr double kLeastPsnr = 40.0;

struct TuneCommandOptions {
    std::string output;
    std::string photos;
    std::string validate;
    std::string start;               ///< packed file to begin from; empty: the model quantized anew
    int crop = 0;                    ///< low-resolution pixels; 0: by the model
    int batch = 0;                   ///< 0: by the model
    std::optional<double> scaleRate; ///< missing: by the model
    std::optional<double> weightRate;
    ModelOptions model;
    RankArguments ranks;
    bool adversarial = false;
    train::AdversarialOptions gan;
    train::TuneOptions tune;
};

/// Mean quality over a folder of test pairs, as `bitlens evaluate` computes it.
compare::EvaluationRow measured(const std::string &folder, const quant::QuantizedModelPtr &model,
                                const std::string &planName, const TuneCommandOptions &options,
                                Environment &environment)
{
    const base::ThreadPool &pool = environment.pool(options.model.threads);
    compare::Comparison comparison(pool);
    compare::EvaluationRequest request;
    request.folder = folder;
    request.generator = model->generator;
    request.plan = model->plan;
    request.planName = planName;
    request.packed = model;
    request.blindScores = true;
    return compare::evaluate(comparison, request, pool, environment.newJob()).mean;
}

compare::Metric difference(const compare::Metric &a, const compare::Metric &b)
{
    return a.value && b.value ? compare::Metric::of(*a.value - *b.value) : compare::Metric::notAvailable("not scored");
}

void printMeasured(const compare::EvaluationRow &before, const compare::EvaluationRow &after, Environment &environment)
{
    const auto text = [](const compare::Metric &metric) {
        return metric.value ? fmt::format("{:8.3f}", *metric.value) : std::string("     n/a");
    };
    environment.print("mean            FP32   before    after");
    const auto line = [&](const char *name, const compare::Metric &fp32, const compare::Metric &first,
                          const compare::Metric &second) {
        environment.print(fmt::format("{:11} {} {} {}", name, text(fp32), text(first), text(second)));
    };
    line("PSNR", before.fp32.psnrHr, before.quantized.psnrHr, after.quantized.psnrHr);
    line("PSNR(FP32)", compare::Metric{{}, {}}, before.quantized.psnrFp32, after.quantized.psnrFp32);
    line("NIQE", before.fp32.niqe, before.quantized.niqe, after.quantized.niqe);
    line("NIQE-FP32", compare::Metric{{}, {}}, difference(before.quantized.niqe, before.fp32.niqe),
         difference(after.quantized.niqe, after.fp32.niqe));
}

std::string statusLine(const train::TuneStatus &status)
{
    const std::string of = status.steps > 0 ? fmt::format(" of {}", status.steps) : std::string();
    const std::string lpips = status.lpips ? fmt::format("LPIPS {:.5f}  ", *status.lpips) : std::string();
    return fmt::format("step {:5}{}  {:18}  loss {:.6f}  PSNR to FP32 {:.3f} dB  {}best {:.3f} dB  {:.0f} s",
                       status.step, of, train::tunePhaseName(status.phase), status.loss, status.psnr, lpips,
                       status.best, status.seconds);
}

void check(const TuneCommandOptions &options, const ModelChoice &choice)
{
    if (!options.output.ends_with(".safetensors"))
        throw UsageError(fmt::format("{}: a packed model's name ends with .safetensors", options.output));
    if (base::isSameFile(choice.generator->source, options.output))
        throw base::Error(base::ErrorCode::InvalidArgument, options.output, "is the input; it is not overwritten");
    if (choice.packed)
        throw base::Error(base::ErrorCode::InvalidArgument, choice.generator->source,
                          "is quantized already; tuning learns from the FP32 model: name that, and this one "
                          "with --start");
    if (!options.validate.empty())
        compare::evaluationPairs(options.validate, choice.generator->scale); // says what is missing before long work
}

/// The model of --start beside its FP32 one, and the plan that comes with it.
quant::QuantizedModelPtr namedStart(const TuneCommandOptions &options, ModelChoice &choice)
{
    if (!options.model.plan.empty() || !options.model.calibrate.empty())
        throw UsageError("--start brings its plan and ranges: leave out --plan and --calibrate");
    const auto start = quant::tunedFromBytes(base::readFile(options.start), options.start, choice.generator);
    choice.plan = start->plan;
    choice.planName = choice.plan.toRules(*choice.generator);
    return start;
}

/// The model quantized for ranges of the photographs, or of the images of --calibrate; the same on all ranks.
quant::QuantizedModelPtr newStart(const TuneCommandOptions &options, const ModelChoice &choice,
                                  const train::PhotoSet &photos, const train::HeldOut &heldOut,
                                  const base::ThreadPool &pool, Environment &environment)
{
    const auto calibration = compare::sharedCalibration(*options.tune.ranks, *choice.generator, [&] {
        const base::Job job = environment.newJob();
        const auto ranges = options.model.calibrate.empty()
                                ? compare::calibrateOnPhotos(photos, choice.generator, pool, job)
                                : compare::calibrateOn(options.model.calibrate, choice.generator, pool, job,
                                                       environment.calibrations(options.model.cache).get());
        return std::make_shared<const quant::Calibration>(
            train::withBestChannelScales(choice.generator, choice.plan, *ranges, heldOut, job.cancel));
    });
    return quant::quantize(choice.generator, choice.plan, *calibration);
}

void requireGoodEnd(const train::TuneResult &result, const std::string &output)
{
    if (result.end == train::TuneResult::End::NotFinite || result.end == train::TuneResult::End::RankLost)
        throw base::Error(base::ErrorCode::Internal, output, result.message);
}

/// Writes what was found before an error ended the run. Does not throw: the error is what is to be told.
void rescueBest(const train::Tuner &tuner, const std::string &output, Environment &environment)
{
    try {
        const train::TuneResult best = tuner.best();
        quant::writePacked(*best.model, output);
        environment.warn(best.bestStep == 0
                             ? fmt::format("{}: the start was written, nothing better had been found", output)
                             : fmt::format("{}: the best so far was written (step {}, PSNR to FP32 on held-out crops "
                                           "{:.3f} dB, {:.3f} dB before tuning)",
                                           output, best.bestStep, best.psnrAfter, best.psnrBefore));
    } catch (...) {
        environment.warn(
            fmt::format("the best so far could not be written: {}", base::currentExceptionAsError(output).what()));
    }
}

train::TuneResult run(train::Tuner &tuner, const std::string &output, bool isFirst, Environment &environment)
{
    try {
        return tuner.run(environment.newJob(),
                         [&environment](const train::TuneStatus &status) { environment.print(statusLine(status)); });
    } catch (...) {
        if (isFirst)
            rescueBest(tuner, output, environment);
        throw;
    }
}

/// On ranks other than the first, which writes.
int endedBesideOthers(const train::TuneResult &result)
{
    requireGoodEnd(result, {});
    if (result.end == train::TuneResult::End::Cancelled)
        throw base::Cancelled();
    return kExitDone;
}

int tuneModel(TuneCommandOptions options, Environment &environment)
{
    ModelChoice choice = chooseModel(options.model, quant::kDefaultPreset);
    check(options, choice);
    quant::QuantizedModelPtr start = options.start.empty() ? nullptr : namedStart(options, choice);
    train::TuneOptions &tune = options.tune;
    if (options.adversarial) {
        requireBackbone(options.gan, "--adversarial");
        tune.adversarial = options.gan;
    }
    if (tune.steps == 0 && tune.minutes <= 0.0)
        tune.minutes = kDefaultMinutes;
    tune.suit(*choice.generator);
    tune.scaleRate = options.scaleRate.value_or(tune.scaleRate);
    tune.weightRate = options.weightRate.value_or(tune.weightRate);
    if (options.crop > 0)
        tune.batch.side = options.crop * choice.generator->scale;
    if (options.batch > 0)
        tune.batch.count = options.batch;

    tune.ranks = meetRanks(options.ranks, environment);
    const bool isFirst = tune.ranks->isFirst();
    const base::ThreadPool &pool = environment.pool(options.model.threads);
    train::PhotoSet photos =
        train::PhotoSet::load(options.photos, choice.generator->scale, tune.batch.side, environment.newJob(), &pool);
    for (const std::string &skipped : isFirst ? photos.skipped() : std::vector<std::string>())
        environment.warn("left out " + skipped);
    const std::size_t found = photos.size();
    const train::HeldOut heldOut(choice.generator, photos, {}, tune.seed, pool, environment.newJob());
    if (!start)
        start = newStart(options, choice, photos, heldOut, pool, environment);

    const base::FileLock alone = isFirst ? lockOfRun(tune.folder) : base::FileLock();
    train::Tuner tuner(start, photos, heldOut, tune, pool);
    if (isFirst)
        environment.print(tuner.step() == 0 ? fmt::format("{} photos to learn from, {} held out; plan {}",
                                                          photos.size(), found - photos.size(), choice.planName)
                                            : fmt::format("resuming at step {}", tuner.step()));
    const train::TuneResult result = run(tuner, options.output, isFirst, environment);
    if (!isFirst)
        return endedBesideOthers(result);
    quant::writePacked(*result.model, options.output);
    environment.print(
        fmt::format("{}: {}, PSNR to FP32 on held-out crops {:.3f} dB, {:.3f} dB before tuning{}", options.output,
                    ui::formatBytes(std::filesystem::file_size(options.output)).toStdString(), result.psnrAfter,
                    result.psnrBefore, result.bestStep == 0 ? " (nothing better was found: this is the start)" : ""));
    if (result.lpipsBefore && result.lpipsAfter)
        environment.print(fmt::format("LPIPS to the photographs {:.5f}, {:.5f} before tuning", *result.lpipsAfter,
                                      *result.lpipsBefore));
    if (result.end == train::TuneResult::End::Cancelled)
        throw base::Cancelled();
    if (!options.validate.empty() && result.end != train::TuneResult::End::RankLost)
        printMeasured(measured(options.validate, start, choice.planName, options, environment),
                      measured(options.validate, result.model, choice.planName, options, environment), environment);
    requireGoodEnd(result, options.output);
    return kExitDone;
}

} // namespace

Action addTune(CLI::App &command)
{
    auto options = std::make_shared<TuneCommandOptions>();
    command.add_option("MODEL", options->model.model, "Catalogue name or weight file, in float")->required();
    options->model.addPlan(command, quant::kDefaultPreset);
    command
        .add_option("--start", options->start,
                    "Packed file made from MODEL to begin from, with its plan and ranges (default: MODEL, quantized "
                    "under --plan)")
        ->type_name("FILE");
    command.add_option("--photos", options->photos, "Folder with photographs to learn from")
        ->required()
        ->type_name("DIR");
    command.add_option("-o,--output", options->output, "The packed file, named *.safetensors")
        ->required()
        ->type_name("OUT");
    command
        .add_option("--minutes", options->tune.minutes,
                    fmt::format("Time to train (default: {:.0f}, unless --steps is given)", kDefaultMinutes))
        ->check(CLI::PositiveNumber.description(""))
        ->type_name("M");
    command.add_option("--steps", options->tune.steps, "Steps to train")
        ->check(CLI::PositiveNumber.description(""))
        ->type_name("N");
    command.add_option("--seed", options->tune.seed, "Of the crops")->capture_default_str();
    command.add_option("--batch", options->batch, "Crops a step (default: by the model)")
        ->check(CLI::Range(1, 256).description(""))
        ->type_name("N");
    command
        .add_option("--crop", options->crop,
                    "Side of the crops, in pixels of the small picture (default: by the model)")
        ->check(CLI::Range(8, 1024).description(""))
        ->type_name("N");
    const train::TuneOptions usual;
    command
        .add_option("--scale-rate", options->scaleRate,
                    fmt::format("Adam's rate for the logarithms of scales (default: by the model, {} for an SRGAN)",
                                usual.scaleRate))
        ->check(CLI::PositiveNumber.description(""))
        ->type_name("RATE");
    command
        .add_option(
            "--weight-rate", options->weightRate,
            fmt::format("Adam's rate for weights, relative to their size (default: by the model, {} for an SRGAN)",
                        usual.weightRate))
        ->check(CLI::PositiveNumber.description(""))
        ->type_name("RATE");
    command.add_option("--feature-weight", options->tune.featureWeight, "Of the blocks' outputs in the loss")
        ->check(CLI::NonNegativeNumber.description(""))
        ->capture_default_str();
    command.add_option("--photo-weight", options->tune.photoWeight, "Of the distance to the photographs in the loss")
        ->check(CLI::NonNegativeNumber.description(""))
        ->capture_default_str();
    command.add_flag("--adversarial", options->adversarial,
                     "Train against a discriminator too, with the losses below; the best is the lowest LPIPS to "
                     "photographs that are kept apart (without --lpips: the highest PSNR to FP32)");
    addAdversarialOptions(command, options->gan);
    options->gan.leastPsnr = kLeastPsnr;
    command
        .add_option("--least-psnr", options->gan.leastPsnr,
                    "To FP32 in dB: with --adversarial nothing below it is taken, however low its LPIPS")
        ->capture_default_str();
    command
        .add_option("--validate", options->validate,
                    "Folder with HR and LRx4, to report quality on before and after (PSNR on Y)")
        ->type_name("DIR");
    command
        .add_option("--resume", options->tune.folder,
                    "Folder for the checkpoint and log.csv; a run found there goes on")
        ->type_name("DIR");
    addRankOptions(command, options->ranks);
    options->model.addCalibrate(command, "default: the photos");
    options->model.addThreads(command);
    return [options](Environment &environment) { return tuneModel(*options, environment); };
}

} // namespace bitlens::cli
