// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/command.h"
#include "app/cli/commandline.h"
#include "app/cli/figureoptions.h"
#include "app/cli/modelchoice.h"
#include "app/cli/report.h"
#include "app/figure/figurefile.h"
#include "app/figure/figuremaker.h"
#include "app/figure/recordedversions.h"

#include "engine/base/file.h"
#include "engine/compare/bundle.h"
#include "engine/compare/comparison.h"
#include "engine/compare/regionscores.h"
#include "engine/compare/reportcsv.h"
#include "engine/image/codec.h"
#include "engine/score/mamodelstore.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace bitlens::cli {

namespace {

struct CompareOptions {
    std::string input;
    std::string reference;
    FigureOptions figure;
    std::string bundle;
    std::string maModel;
    std::string region;
    std::string csv;
    bool json = false;
    bool allowLarge = false;
    ModelOptions model;
};

/// A further plan of the figure: its argument, and the plan.
struct NamedPlan {
    std::string name;
    quant::BitPlan plan;
};

std::vector<NamedPlan> furtherPlans(const std::vector<std::string> &arguments, const model::Generator &generator)
{
    std::vector<NamedPlan> plans;
    for (const std::string &argument : arguments) {
        try {
            plans.push_back({argument, quant::planFromArgument(argument, generator)});
        } catch (const base::Error &error) {
            if (error.code() != base::ErrorCode::InvalidArgument)
                throw;
            throw UsageError(fmt::format("--figure-plan {}: {}", argument, error.detail()));
        }
    }
    return plans;
}

/// The figure's file in the bundle: a PDF, whose text can be searched.
constexpr const char *kBundledFigure = "figure.pdf";

std::vector<std::string> inputsOf(const CompareOptions &options)
{
    std::vector<std::string> inputs{options.input};
    if (!options.reference.empty())
        inputs.push_back(options.reference);
    return inputs;
}

void writeBundle(const CompareOptions &options, const compare::Request &request, const compare::Result &result,
                 int threads, const base::Job &job)
{
    compare::BundleOptions bundle;
    bundle.imagePath = options.input;
    bundle.modelArgument = options.model.model;
    bundle.versions = figure::recordedVersions(threads);
    bundle.inputs = inputsOf(options);
    figure::Maker maker(
        figure::sourceOf(request.input, request.reference, result, request.plan.toRules(*request.generator)));
    const ui::FigureSettings settings = options.figure.settings();
    bundle.figureName = kBundledFigure;
    bundle.figure = figure::figureBytes(maker.content(settings), settings, "pdf");
    compare::writeBundle(request, result, bundle, options.bundle, base::Job{job.cancel, {}});
}

void writeFigure(const CompareOptions &options, compare::Request request, const compare::Result &result,
                 const std::vector<NamedPlan> &plans, compare::Comparison &comparison, const base::Job &job)
{
    figure::Source source =
        figure::sourceOf(request.input, request.reference, result, request.plan.toRules(*request.generator));
    for (const NamedPlan &further : plans) {
        request.plan = further.plan;
        request.planName = further.name;
        // The same ranges for all, so that plans differ in their bits only.
        if (!request.calibration)
            request.calibration = result.calibration;
        const compare::Result other = comparison.run(request, base::Job{job.cancel, {}});
        source.plans.push_back(
            {further.name, further.plan.toRules(*request.generator), other.quantized, other.report.quantized});
    }
    const std::vector<std::string> inputs = inputsOf(options);
    const ui::FigureSettings settings = options.figure.settings();
    figure::Maker maker(std::move(source));
    figure::writeFigure(maker.content(settings), settings, options.figure.path, inputs, base::Job{job.cancel, {}});
}

/// Said before anything is computed when it lies outside.
std::optional<image::Rect> regionOf(const CompareOptions &options, const compare::Request &request)
{
    if (options.region.empty())
        return std::nullopt;
    const image::Rect region = regionFromArgument("--region", options.region);
    const int scale = request.generator->scale;
    const image::Size size{request.input.width() * scale, request.input.height() * scale};
    if (region.intersected({0, 0, size.width, size.height}) != region)
        throw UsageError(fmt::format("--region {}: it lies outside of the result, which has {} x {} pixels",
                                     options.region, size.width, size.height));
    return region;
}

/// The report, and the scores of the region where there is one.
void printNumbers(const CompareOptions &options, const compare::Request &request, const compare::Result &result,
                  const std::optional<image::Rect> &part, Environment &environment)
{
    std::optional<compare::RegionScores> region;
    if (part) {
        compare::PictureScoreRequest scores{
            result.fp32, result.quantized, part, request.generator->scale, request.maModel, {}};
        if (request.reference && request.reference->size() == result.fp32.size())
            scores.reference = request.reference;
        region = compare::scoreRegion(scores, environment.pool(options.model.threads), environment.newJob());
    }
    const compare::RegionScores *scored = region ? &*region : nullptr;
    if (!options.csv.empty()) {
        base::refuseInput(options.csv, inputsOf(options));
        base::writeFileAtomically(options.csv, compare::reportCsv(result.report, nullptr, scored));
    }
    if (!options.json) {
        environment.print(reportText(result.report) + (region ? regionText(*region) : std::string()));
        return;
    }
    std::string json = compare::numbersJson(result.report, nullptr, {}, scored);
    json.pop_back(); // print ends the line
    environment.print(json);
}

int compareOne(const CompareOptions &options, Environment &environment)
{
    ModelChoice choice = chooseModel(options.model, quant::kDefaultPreset);
    (void)options.figure.settings(); // what is wrong with it is said before anything is computed
    const std::vector<NamedPlan> plans = furtherPlans(options.figure.plans, *choice.generator);
    compare::Request request;
    request.input = image::readImage(options.input, {options.allowLarge});
    request.inputName = options.input;
    if (!options.reference.empty())
        request.reference = image::readImage(options.reference, {options.allowLarge});
    calibrateChoice(choice, options.model, environment);
    request.generator = choice.generator;
    request.plan = choice.plan;
    request.planName = choice.planName;
    request.calibration = choice.calibration;
    request.packed = choice.packed;
    request.memoryBudget = options.model.memory;
    const base::Job job = environment.newJob();
    request.maModel = score::loadMaModel(options.maModel, base::Job{job.cancel, {}});

    compare::Comparison comparison(environment.pool(options.model.threads),
                                   environment.calibrations(options.model.cache));
    const std::optional<image::Rect> region = regionOf(options, request);
    const compare::Result result = comparison.run(request, job);
    if (request.reference && !result.report.fp32.psnrHr.value)
        environment.warn(fmt::format("{}: {}", options.reference, result.report.fp32.psnrHr.reason));
    if (!options.figure.path.empty())
        writeFigure(options, request, result, plans, comparison, job);
    if (!options.bundle.empty())
        writeBundle(options, request, result, environment.pool(options.model.threads).threads(), job);
    printNumbers(options, request, result, region, environment);
    return kExitDone;
}

} // namespace

Action addCompare(CLI::App &command)
{
    auto options = std::make_shared<CompareOptions>();
    command.add_option("IN", options->input, "Image to enlarge")->required();
    command.add_option("--reference", options->reference, "The large original, for PSNR and SSIM")->type_name("HR");
    options->model.addModel(command);
    options->model.addPlan(command, quant::kDefaultPreset);
    options->model.addCalibrate(command);
    options->model.addRanges(command);
    command.add_flag("--json", options->json, "Print the report as JSON");
    command.add_option("--csv", options->csv, "Write all numbers to a CSV file")->type_name("OUT");
    command
        .add_option("--region", options->region, "Also score this part, as X,Y,WIDTH,HEIGHT in pixels of the result")
        ->type_name("REGION");
    options->model.addMemory(command);
    options->model.addThreads(command);
    command.add_option("--ma-model", options->maModel, "Ma's model file, for Ma and PI")->type_name("FILE");
    command.add_flag("--allow-large", options->allowLarge, "Read images of more than 64 megapixels");
    command
        .add_option("--bundle", options->bundle,
                    "Write a bundle that \"bitlens replay\" makes again: a folder, or a .zip archive")
        ->type_name("OUT");
    options->figure.add(command);
    return [options](Environment &environment) { return compareOne(*options, environment); };
}

} // namespace bitlens::cli
