// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/modelchoice.h"

#include "app/cli/command.h"

#include "engine/base/file.h"
#include "engine/compare/foldercalibration.h"
#include "engine/model/catalogue.h"
#include "engine/model/reader.h"

#include <algorithm>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bitlens::cli {

namespace {

/// safetensors metadata lies in the header, which starts the file; ours is small.
constexpr std::size_t kHeaderBytes = std::size_t{1} << 20;

/// Path of the model that is asked for; by default the first of the catalogue that is installed.
std::string modelFile(const std::string &asked)
{
    if (!asked.empty())
        return model::resolveModel(asked);
    for (const model::CatalogueModel &known : model::catalogue())
        if (std::string path = model::modelPath(known); !path.empty())
            return path;
    const std::string &name = model::catalogue().front().name;
    throw base::Error(base::ErrorCode::NotFound, {},
                      fmt::format("no model is installed. Get the default one with: bitlens models get {}\n"
                                  "or name a weight file with --model FILE",
                                  name));
}

/// The name a catalogue model was asked for by, rather than that of its file.
model::GeneratorPtr named(model::GeneratorPtr generator, const std::string &path)
{
    for (const model::CatalogueModel &known : model::catalogue())
        if (generator->name != known.name && path.ends_with('/' + known.files.front().name)
            && model::modelPath(known) == path) {
            auto renamed = std::make_shared<model::Generator>(*generator);
            renamed->name = known.name;
            return renamed;
        }
    return generator;
}

} // namespace

void ModelOptions::addModel(CLI::App &command)
{
    command
        .add_option("--model", model,
                    "Catalogue name or weight file (default: the first of \"bitlens models list\" that is installed)")
        ->type_name("M");
}

void ModelOptions::addPlan(CLI::App &command, const std::string &whenMissing)
{
    std::string names;
    for (const quant::Preset &preset : quant::presets())
        names += (names.empty() ? "" : ", ") + preset.name;
    command
        .add_option(
            "--plan", plan,
            fmt::format("Preset ({}), JSON file, or rules like '*=8/8,up2=8/12' (default: {})", names, whenMissing))
        ->type_name("P");
}

void ModelOptions::addCalibrate(CLI::App &command, const std::string &whenMissing)
{
    command
        .add_option("--calibrate", calibrate,
                    fmt::format("Folder of images to take activation ranges from ({})", whenMissing))
        ->type_name("DIR");
    command.add_flag_callback(
        "--no-cache", [this] { cache = false; }, "Find activation ranges anew, and keep none on the disk");
}

void ModelOptions::addRanges(CLI::App &command)
{
    std::vector<std::string> names;
    for (const quant::RangeMethod method : quant::rangeMethods())
        names.push_back(quant::rangeMethodName(method));
    command
        .add_option("--ranges", ranges,
                    "How activation ranges are taken from the images of --calibrate. min-max: all values seen; "
                    "exponents: with channel scales searched; mse: with clipping searched, too (helps below 8 bits)")
        ->type_name(fmt::format("{}", fmt::join(names, "|")))
        ->check(CLI::IsMember(names).description(""))
        ->capture_default_str();
}

quant::RangeMethod ModelOptions::rangeMethod() const
{
    const std::vector<quant::RangeMethod> &methods = quant::rangeMethods();
    const quant::RangeMethod method = *std::find_if(
        methods.begin(), methods.end(), [this](quant::RangeMethod known) { return rangeMethodName(known) == ranges; });
    if (method != quant::RangeMethod::MinMax && calibrate.empty())
        throw UsageError(fmt::format("--ranges {} searches on images: name a folder with --calibrate DIR", ranges));
    return method;
}

void ModelOptions::addMemory(CLI::App &command)
{
    command.add_option("--memory", memory, "Memory to use, like 2G or 500M (default: half of what is free)")
        ->transform(CLI::AsSizeValue(false).description(""))
        ->type_name("SIZE");
}

void ModelOptions::addThreads(CLI::App &command)
{
    command.add_option("--threads", threads, "Threads to use (default: all processors)")
        ->check(CLI::Range(1, 256).description(""))
        ->type_name("N");
}

ModelChoice chooseModel(const ModelOptions &options, const std::string &defaultPlan)
{
    const std::string path = modelFile(options.model);
    ModelChoice choice;
    if (quant::isPacked(base::readFileStart(path, kHeaderBytes))) {
        choice.packed = quant::unpack(base::readFile(path), path);
        choice.generator = choice.packed->generator;
    } else {
        choice.generator = named(model::readGenerator(path), path);
    }
    if (options.plan.empty() && choice.packed) {
        choice.plan = choice.packed->plan;
        choice.planName = choice.plan.toRules(*choice.generator);
        return choice;
    }
    choice.planName = options.plan.empty() ? defaultPlan : options.plan;
    try {
        choice.plan = quant::planFromArgument(choice.planName, *choice.generator);
    } catch (const base::Error &error) {
        if (error.code() == base::ErrorCode::InvalidArgument)
            throw UsageError(fmt::format("--plan {}: {}", choice.planName, error.detail()));
        throw;
    }
    return choice;
}

model::GeneratorPtr chooseOriginal(const std::string &argument)
{
    const std::string path = modelFile(argument);
    if (quant::isPacked(base::readFileStart(path, kHeaderBytes)))
        throw base::Error(base::ErrorCode::InvalidArgument, path, "is a quantized model, not an original in FP32");
    return named(model::readGenerator(path), path);
}

void calibrateChoice(ModelChoice &choice, const ModelOptions &options, Environment &environment)
{
    const quant::RangeMethod method = options.rangeMethod();
    if (options.calibrate.empty() || choice.plan.isAllFloat())
        return;
    choice.calibration = compare::calibrateOn(options.calibrate, choice.generator, environment.pool(options.threads),
                                              environment.newJob(), environment.calibrations(options.cache).get(),
                                              {method, quant::commonestBits(choice.plan)});
}

} // namespace bitlens::cli
