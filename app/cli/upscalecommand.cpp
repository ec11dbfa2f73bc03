// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/command.h"
#include "app/cli/commandline.h"
#include "app/cli/modelchoice.h"
#include "app/cli/outputnames.h"

#include "engine/compare/comparison.h"
#include "engine/image/codec.h"
#include "ui/format.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <vector>

namespace bitlens::cli {

namespace {

struct UpscaleOptions {
    std::vector<std::string> inputs;
    std::string output;
    bool allowLarge = false;
    ModelOptions model;
};

/// One image from file to file.
void upscaleOne(const OutputName &names, const ModelChoice &choice, const UpscaleOptions &options,
                compare::Comparison &comparison, const std::vector<std::string> &inputs, Environment &environment)
{
    const base::Job job = environment.newJob();
    compare::Request request;
    request.input = image::readImage(names.input, {options.allowLarge});
    request.inputName = names.input;
    request.generator = choice.generator;
    request.plan = choice.plan;
    request.planName = choice.planName;
    request.calibration = choice.calibration;
    request.packed = choice.packed;
    request.memoryBudget = options.model.memory;
    request.runQuantized = !choice.plan.isAllFloat();
    request.runFloat = !request.runQuantized;
    request.measureQuality = false;
    compare::Result result = comparison.run(request, job);
    // What is not needed for encoding goes first: encoding a large picture takes as much again.
    comparison.releaseMemory();
    request.input = {};
    image::Image picture = request.runFloat ? std::move(result.fp32) : std::move(result.quantized);
    const compare::SideReport &side = request.runFloat ? result.report.fp32 : result.report.quantized;
    job.cancel.throwIfCancelled();
    job.report(1.0, "saving");
    image::writeImage(picture, names.output, inputs);
    environment.print(fmt::format("{} -> {}  ({}, {}, {})", names.input, names.output,
                                  ui::formatPixels(picture.width(), picture.height()).toStdString(),
                                  ui::formatSeconds(side.seconds).toStdString(), side.backend));
}

int upscale(const UpscaleOptions &options, Environment &environment)
{
    OutputPlace place(options.inputs, options.output);
    ModelChoice choice = chooseModel(options.model, "fp32");
    calibrateChoice(choice, options.model, environment);
    place.prepare();
    compare::Comparison comparison(environment.pool(options.model.threads));
    int exitCode = kExitDone;
    for (const OutputName &names : place.names(choice.generator->scale)) {
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
    options->model.addModel(command);
    options->model.addPlan(command, "fp32");
    options->model.addCalibrate(command);
    options->model.addMemory(command);
    options->model.addThreads(command);
    command.add_flag("--allow-large", options->allowLarge, "Read images of more than 64 megapixels");
    return [options](Environment &environment) { return upscale(*options, environment); };
}

} // namespace bitlens::cli
