// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/command.h"
#include "app/cli/commandline.h"
#include "app/cli/modelchoice.h"
#include "app/cli/outputnames.h"

#include "engine/compare/upscaling.h"
#include "ui/format.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <vector>

namespace bitlens::cli {

namespace {

struct UpscaleOptions {
    std::vector<std::string> inputs;
    std::string output;
    std::string pattern;
    bool allowLarge = false;
    ModelOptions model;
};

/// One image from file to file.
void upscaleOne(const compare::OutputName &names, const ModelChoice &choice, const UpscaleOptions &options,
                compare::Comparison &comparison, const std::vector<std::string> &inputs, Environment &environment)
{
    compare::UpscaleRequest request;
    request.files = names;
    request.inputs = inputs;
    request.allowLarge = options.allowLarge;
    request.generator = choice.generator;
    request.plan = choice.plan;
    request.planName = choice.planName;
    request.calibration = choice.calibration;
    request.packed = choice.packed;
    request.memoryBudget = options.model.memory;
    const compare::UpscaleResult result = compare::upscaleFile(comparison, request, environment.newJob());
    environment.print(fmt::format("{} -> {}  ({}, {}, {})", names.input, names.output,
                                  ui::formatPixels(result.size.width, result.size.height).toStdString(),
                                  ui::formatSeconds(result.seconds).toStdString(), result.backend));
}

/// The pairs of files; a wrong pattern is said before anything is computed.
std::vector<compare::OutputName> namesOf(const UpscaleOptions &options, const OutputPlace &place,
                                         const ModelChoice &choice)
{
    compare::OutputNaming naming;
    if (!options.pattern.empty())
        naming.pattern = options.pattern;
    naming.scale = choice.generator->scale;
    naming.model = std::filesystem::path(choice.generator->name).stem().string();
    naming.plan = choice.planName;
    try {
        return place.names(naming);
    } catch (const base::Error &error) {
        if (error.code() == base::ErrorCode::InvalidArgument)
            throw UsageError(fmt::format("--name {}", error.what()));
        throw;
    }
}

int upscale(const UpscaleOptions &options, Environment &environment)
{
    OutputPlace place(options.inputs, options.output);
    if (!options.pattern.empty() && !place.isFolder())
        throw UsageError(fmt::format("--name {}: the result is named {} already; a pattern is for results in a folder",
                                     options.pattern, options.output));
    ModelChoice choice = chooseModel(options.model, "fp32");
    const std::vector<compare::OutputName> files = namesOf(options, place, choice);
    calibrateChoice(choice, options.model, environment);
    place.prepare();
    compare::Comparison comparison(environment.pool(options.model.threads),
                                   environment.calibrations(options.model.cache));
    int exitCode = kExitDone;
    for (const compare::OutputName &names : files) {
        try {
            upscaleOne(names, choice, options, comparison, place.inputs(), environment);
        } catch (const base::Cancelled &) {
            throw;
        } catch (...) {
            // The others are still wanted.
            environment.report(base::currentExceptionAsError(names.input));
            exitCode = kExitFailed;
        }
    }
    return exitCode;
}

} // namespace

Action addUpscale(CLI::App &command)
{
    auto options = std::make_shared<UpscaleOptions>();
    command.add_option("IN", options->inputs, "Images, or folders of images")->required();
    command
        .add_option("-o,--output", options->output,
                    "File (png, jpg, tif, webp, bmp) or folder, where each becomes NAME_x4.png. Never an input")
        ->required()
        ->type_name("OUT");
    command
        .add_option("--name", options->pattern,
                    "Names of results in a folder, of {name}, {scale}, {model}, {plan} (default: {name}_x{scale})")
        ->type_name("PATTERN");
    options->model.addModel(command);
    options->model.addPlan(command, "fp32");
    options->model.addCalibrate(command);
    options->model.addRanges(command);
    options->model.addMemory(command);
    options->model.addThreads(command);
    command.add_flag("--allow-large", options->allowLarge, "Read images of more than 64 megapixels");
    return [options](Environment &environment) { return upscale(*options, environment); };
}

} // namespace bitlens::cli
