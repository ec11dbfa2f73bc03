// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/command.h"
#include "app/cli/commandline.h"
#include "app/cli/figure.h"
#include "app/cli/modelchoice.h"
#include "app/cli/report.h"

#include "engine/compare/comparison.h"
#include "engine/image/codec.h"
#include "engine/score/mamodelstore.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace bitlens::cli {

namespace {

struct CompareOptions {
    std::string input;
    std::string reference;
    std::string figure;
    std::string maModel;
    bool json = false;
    bool allowLarge = false;
    ModelOptions model;
};

int compareOne(const CompareOptions &options, Environment &environment)
{
    ModelChoice choice = chooseModel(options.model, quant::kDefaultPreset);
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

    compare::Comparison comparison(environment.pool(options.model.threads));
    const compare::Result result = comparison.run(request, job);
    if (request.reference && !result.report.fp32.psnrHr.value)
        environment.warn(fmt::format("{}: {}", options.reference, result.report.fp32.psnrHr.reason));
    if (!options.figure.empty())
        writeFigure({request.input, result.fp32, result.quantized, request.reference, result.report,
                     request.plan.toRules(*request.generator)},
                    options.figure);
    environment.print(options.json ? result.report.toJson() : reportText(result.report));
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
    command.add_flag("--json", options->json, "Print the report as JSON");
    command.add_option("--figure", options->figure, "Write a figure with all panels and the worst region")
        ->type_name("OUT");
    options->model.addMemory(command);
    options->model.addThreads(command);
    command.add_option("--ma-model", options->maModel, "Ma's model file, for Ma and PI")->type_name("FILE");
    command.add_flag("--allow-large", options->allowLarge, "Read images of more than 64 megapixels");
    return [options](Environment &environment) { return compareOne(*options, environment); };
}

} // namespace bitlens::cli
