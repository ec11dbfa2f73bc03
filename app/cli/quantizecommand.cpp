// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/command.h"
#include "app/cli/commandline.h"
#include "app/cli/modelchoice.h"

#include "engine/base/file.h"
#include "engine/compare/calibrationstore.h"
#include "engine/compare/quantization.h"
#include "engine/quant/quantizedmodel.h"
#include "ui/format.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace bitlens::cli {

namespace {

struct QuantizeOptions {
    std::string output;
    std::string rounding = "nearest";
    bool feedback = false; ///< another name for a rounding
    ModelOptions model;
};

compare::Rounding roundingOf(const QuantizeOptions &options)
{
    if (options.feedback && options.rounding == "blocks")
        throw UsageError("--feedback and --rounding blocks are two ways of rounding: choose one");
    if (options.feedback)
        return compare::Rounding::Feedback;
    for (const compare::Rounding rounding : {compare::Rounding::Feedback, compare::Rounding::Blocks})
        if (compare::roundingName(rounding) == options.rounding)
            return rounding;
    return compare::Rounding::Nearest;
}

int quantizeModel(const QuantizeOptions &options, Environment &environment)
{
    if (!options.output.ends_with(".safetensors"))
        throw UsageError(fmt::format("{}: a packed model's name ends with .safetensors", options.output));
    ModelChoice choice = chooseModel(options.model, quant::kDefaultPreset);
    if (base::isSameFile(choice.generator->source, options.output))
        throw base::Error(base::ErrorCode::InvalidArgument, options.output, "is the input; it is not overwritten");
    if (choice.packed)
        throw base::Error(base::ErrorCode::InvalidArgument, choice.generator->source, "is quantized already");
    if (options.model.calibrate.empty())
        throw UsageError("a model is quantized for ranges seen on images: name a folder with --calibrate DIR");
    const quant::QuantizedModelPtr model = compare::quantizeOn(
        {choice.generator, choice.plan, options.model.calibrate, roundingOf(options), options.model.rangeMethod()},
        environment.pool(options.model.threads), environment.newJob(),
        environment.calibrations(options.model.cache).get());
    quant::writePacked(*model, options.output);
    const std::size_t before = quant::floatBytes(*choice.generator);
    const auto after = static_cast<std::size_t>(std::filesystem::file_size(options.output));
    const double change = (static_cast<double>(after) - static_cast<double>(before)) / static_cast<double>(before);
    environment.print(fmt::format("{}: {} ({} of {} in FP32), plan {}, {}", options.output,
                                  ui::formatBytes(after).toStdString(), ui::formatChange(change).toStdString(),
                                  ui::formatBytes(before).toStdString(), choice.planName,
                                  model->calibration.description));
    return kExitDone;
}

} // namespace

Action addQuantize(CLI::App &command)
{
    auto options = std::make_shared<QuantizeOptions>();
    command.add_option("MODEL", options->model.model, "Catalogue name or weight file")->required();
    options->model.addPlan(command, quant::kDefaultPreset);
    options->model.addCalibrate(command, "must be named");
    options->model.addRanges(command);
    command.add_option("-o,--output", options->output, "The packed file, named *.safetensors")
        ->required()
        ->type_name("OUT");
    command
        .add_option(
            "--rounding", options->rounding,
            "nearest: each weight to its nearest step; feedback: so that errors cancel in each layer; blocks: with "
            "scales and biases, so that each block gives what it gives in FP32 (slowest, nearest to FP32)")
        ->type_name("nearest|feedback|blocks")
        ->check(CLI::IsMember({"nearest", "feedback", "blocks"}).description(""))
        ->capture_default_str();
    command.add_flag("--feedback", options->feedback, "The same as --rounding feedback");
    options->model.addThreads(command);
    return [options](Environment &environment) { return quantizeModel(*options, environment); };
}

} // namespace bitlens::cli
