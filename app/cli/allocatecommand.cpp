// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/analysisoptions.h"
#include "app/cli/command.h"
#include "app/cli/commandline.h"
#include "app/cli/sizeargument.h"

#include "engine/base/file.h"
#include "engine/compare/allocationanalysis.h"
#include "engine/quant/quantizedmodel.h"
#include "ui/format.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <charconv>
#include <memory>

namespace bitlens::cli {

namespace {

constexpr int kLargestSide = 65536;

struct AllocateOptions {
    AnalysisOptions analysis;
    std::string size;
    double seconds = 0.0;
    double psnr = 0.0;
    std::string timedSize = "128x128";
    std::vector<int> weightBits;
    std::vector<int> activationBits;
    std::string sensitivities;
    std::string output;
    std::string csv;
    int points = 8;
    bool noTimes = false;
    bool json = false;
};

/// "1500000", "1.5M", "400k", or "-74%": against the FP32 file. Throws UsageError.
std::size_t bytesFrom(const std::string &text, const model::Generator &generator)
{
    const auto refuse = [&text]() {
        throw UsageError(
            fmt::format("--budget-size {}: expected bytes like 1500000 or 1.5M, or a change like -74%", text));
    };
    double value = 0.0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string unit(read.ptr, text.data() + text.size());
    if (read.ec != std::errc())
        refuse();
    if (unit == "%" && value > -100.0 && value < 0.0)
        return static_cast<std::size_t>((1.0 + value / 100.0) * static_cast<double>(quant::floatBytes(generator)));
    const double factor = unit.empty() || unit == "B"   ? 1.0
                          : unit == "k" || unit == "kB" ? 1.0e3
                          : unit == "M" || unit == "MB" ? 1.0e6
                                                        : 0.0;
    if (factor <= 0.0 || !(value * factor >= 1.0) || value * factor > 1.0e15)
        refuse();
    return static_cast<std::size_t>(value * factor);
}

search::Budget budgetOf(const AllocateOptions &options, const model::Generator &generator)
{
    search::Budget budget;
    if (!options.size.empty())
        budget.bytes = bytesFrom(options.size, generator);
    if (options.seconds > 0.0)
        budget.seconds = options.seconds;
    if (options.psnr > 0.0)
        budget.psnrFp32 = options.psnr;
    return budget;
}

std::string lineOf(const search::AllocatedPlan &plan, std::size_t floatBytes, const model::Generator &generator)
{
    using Role = search::AllocatedPlan::Role;
    const char *name = plan.role == Role::Bytes ? "size" : plan.role == Role::Seconds ? "time" : "chosen";
    const double change =
        (static_cast<double>(plan.bytes) - static_cast<double>(floatBytes)) / static_cast<double>(floatBytes);
    const auto psnr = plan.psnrFp32();
    return fmt::format("{:<7} {:>10} {:>9} {:>10} {:>8}  {}", name, ui::formatBytes(plan.bytes).toStdString(),
                       ui::formatChange(change).toStdString(),
                       plan.seconds ? ui::formatSeconds(*plan.seconds).toStdString() : "-",
                       psnr ? fmt::format("{:.2f}", *psnr) : "same", plan.plan.toRules(generator));
}

int allocate(const AllocateOptions &options, Environment &environment)
{
    compare::BitAllocationRequest request;
    request.timedSize = sizeArgument("--size", options.timedSize, kLargestSide);
    request.setting = analysisSetting(options.analysis, environment);
    const model::Generator &generator = *request.setting.generator;
    request.budget = budgetOf(options, generator);
    request.weightBits = options.weightBits;
    request.activationBits = options.activationBits;
    request.measureTimes = !options.noTimes;
    request.frontPoints = static_cast<std::size_t>(options.points);
    if (!options.sensitivities.empty()) {
        const std::vector<std::uint8_t> bytes = base::readFile(options.sensitivities);
        request.sensitivities = search::SensitivityReport::fromJson(std::string(bytes.begin(), bytes.end()),
                                                                    request.setting.generator, options.sensitivities);
        if (request.sensitivities.conditions.model
            != search::conditionsOf(generator, {}, *request.setting.calibration).model)
            throw base::Error(base::ErrorCode::InvalidArgument, options.sensitivities, "belongs to another model");
    }
    const std::size_t floatBytes = quant::floatBytes(generator);
    if (!options.json)
        environment.print(fmt::format("{}: PSNR to FP32 on {}; time of a {} input\n\n"
                                      "{:<7} {:>10} {:>9} {:>10} {:>8}  {}",
                                      generator.name, picturesText(request.setting), options.timedSize, "front", "size",
                                      "change", "time", "dB", "plan"));
    const search::Allocation allocation =
        compare::allocatePlan(request, environment.pool(options.analysis.model.threads), environment.newJob(),
                              [&](const search::AllocatedPlan &plan) {
                                  if (!options.json)
                                      environment.print(lineOf(plan, floatBytes, generator));
                              });
    if (!options.output.empty())
        base::writeFileAtomically(options.output, allocation.chosen.plan.toJson(generator));
    if (!options.csv.empty())
        base::writeFileAtomically(options.csv, allocation.toCsv());
    if (options.json)
        environment.print(allocation.toJson());
    return kExitDone;
}

} // namespace

Action addAllocate(CLI::App &command)
{
    auto options = std::make_shared<AllocateOptions>();
    options->analysis.addTo(command);
    command
        .add_option("--budget-size", options->size,
                    "Bytes of the packed file, like 1.5M, or a change like -74% "
                    "(without any budget: the size of 8-bit weights everywhere, and 1.2 times their time with the "
                    "narrowest activations)")
        ->type_name("SIZE");
    command.add_option("--budget-seconds", options->seconds, "Time of the layers on an input of --size")
        ->check(CLI::PositiveNumber.description(""))
        ->type_name("SECONDS");
    command.add_option("--min-psnr", options->psnr, "PSNR to FP32 in dB that must be reached")
        ->check(CLI::PositiveNumber.description(""))
        ->type_name("DB");
    command.add_option("--size", options->timedSize, "Size of the input that times are for")
        ->type_name("WxH")
        ->capture_default_str();
    command.add_option("--weight-bits", options->weightBits, "Widths of weights to choose from (default: all)")
        ->delimiter(',')
        ->type_name("LIST");
    command
        .add_option("--activation-bits", options->activationBits,
                    "Widths of activations to choose from (default: 6 and more)")
        ->delimiter(',')
        ->type_name("LIST");
    command
        .add_option(
            "--sensitivity", options->sensitivities,
            "Sensitivities of all widths, as written by sensitivity --estimated --json (default: estimated now)")
        ->type_name("FILE");
    command.add_option("--points", options->points, "Points of each front; 0: only the chosen plan")
        ->check(CLI::Range(0, 100).description(""))
        ->type_name("N")
        ->capture_default_str();
    command.add_flag("--no-times", options->noTimes, "Do not measure kernel times");
    command.add_option("-o,--output", options->output, "Write the chosen plan as a JSON file")->type_name("PLAN");
    command.add_flag("--json", options->json, "Print all numbers as JSON");
    command.add_option("--csv", options->csv, "Write front and chosen plan to a CSV file")->type_name("OUT");
    return [options](Environment &environment) { return allocate(*options, environment); };
}

} // namespace bitlens::cli
