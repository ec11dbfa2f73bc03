// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/command.h"
#include "app/cli/commandline.h"
#include "app/cli/modelchoice.h"
#include "app/cli/report.h"

#include "engine/base/file.h"
#include "engine/compare/evaluation.h"
#include "engine/score/mamodelstore.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace bitlens::cli {

namespace {

struct EvaluateOptions {
    std::string folder;
    std::string csv;
    std::string maModel;
    std::string original;
    bool json = false;
    ModelOptions model;
};

int evaluateFolder(const EvaluateOptions &options, Environment &environment)
{
    ModelChoice choice = chooseModel(options.model, quant::kDefaultPreset);
    compare::evaluationPairs(options.folder, choice.generator->scale); // says what is missing before long work
    calibrateChoice(choice, options.model, environment);
    compare::EvaluationRequest request;
    request.folder = options.folder;
    request.generator = choice.generator;
    request.plan = choice.plan;
    request.planName = choice.planName;
    request.packed = choice.packed;
    if (!options.original.empty())
        request.original = chooseOriginal(options.original);
    else if (choice.packed)
        environment.warn(fmt::format("{} is a quantized model: its FP32 side has the same rounded weights. Name the "
                                     "model that it was made from with --original",
                                     choice.generator->name));
    request.calibration = choice.calibration;
    request.memoryBudget = options.model.memory;
    const base::Job job = environment.newJob();
    request.maModel = score::loadMaModel(options.maModel, base::Job{job.cancel, {}});

    const base::ThreadPool &pool = environment.pool(options.model.threads);
    compare::Comparison comparison(pool, environment.calibrations(options.model.cache));
    if (!options.json)
        environment.print(fmt::format("{}: model {}, plan {}\n\n{}", options.folder, choice.generator->name,
                                      choice.planName, evaluationHeading()));
    const compare::Evaluation evaluation =
        compare::evaluate(comparison, request, pool, job, [&](const compare::EvaluationRow &row) {
            if (!options.json)
                environment.print(evaluationLine(row));
        });
    if (!options.csv.empty())
        base::writeFileAtomically(options.csv, evaluation.toCsv());
    environment.print(options.json ? evaluation.toJson() : evaluationLine(evaluation.mean));
    return kExitDone;
}

} // namespace

Action addEvaluate(CLI::App &command)
{
    auto options = std::make_shared<EvaluateOptions>();
    command.add_option("DIR", options->folder, "Folder with HR and LRx4, images of the same names")->required();
    options->model.addModel(command);
    options->model.addPlan(command, quant::kDefaultPreset);
    options->model.addCalibrate(command);
    options->model.addRanges(command);
    command
        .add_option("--original", options->original,
                    "For a quantized model: the one that it was made from, for the FP32 side")
        ->type_name("M");
    command.add_flag("--json", options->json, "Print all numbers as JSON");
    command.add_option("--csv", options->csv, "Write all numbers to a CSV file")->type_name("OUT");
    options->model.addMemory(command);
    options->model.addThreads(command);
    command.add_option("--ma-model", options->maModel, "Ma's model file, for Ma and PI")->type_name("FILE");
    return [options](Environment &environment) { return evaluateFolder(*options, environment); };
}

} // namespace bitlens::cli
