// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/command.h"
#include "app/cli/commandline.h"
#include "app/cli/modelchoice.h"
#include "app/cli/sizeargument.h"

#include "engine/compare/benchmark.h"
#include "ui/format.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace bitlens::cli {

namespace {

constexpr int kLargestSide = 4096;

struct BenchOptions {
    std::string size = "128x128";
    int runs = 5;
    bool layers = false;
    bool quantizedOnly = false;
    bool json = false;
    ModelOptions model;
};

std::string sideText(const char *name, const compare::BenchmarkSide &side)
{
    return fmt::format("\n{:<10} {:>10.4f} {:>10.4f} {:>10.4f} {:>12}  {}", name, side.median(), side.minimum(),
                       side.maximum(), side.peakBytes ? ui::formatBytes(*side.peakBytes).toStdString() : "n/a",
                       side.backend);
}

std::string benchmarkText(const compare::Benchmark &benchmark)
{
    std::string text = fmt::format("{}, {} threads\nmodel {}, plan {}, input {}x{}\n", benchmark.cpu, benchmark.threads,
                                   benchmark.model, benchmark.plan, benchmark.size.width, benchmark.size.height);
    text += fmt::format("\n{:<10} {:>10} {:>10} {:>10} {:>12}", "", "median s", "min s", "max s", "peak memory");
    if (!benchmark.fp32.seconds.empty())
        text += sideText("FP32", benchmark.fp32);
    text += sideText("quantized", benchmark.quantized);
    if (!benchmark.fp32.seconds.empty())
        text += fmt::format("\n\nspeedup (FP32 / quantized) {:.2f}", benchmark.speedup());
    if (benchmark.layers.empty())
        return text;
    text += fmt::format("\n\n{:<34} {:>5} {:>10} {:>10} {:>8} {:>8}  {}", "layer", "W/A", "FP32 ms", "quant. ms",
                        "GMAC", "GMAC/s", "kernel");
    for (const compare::BenchmarkLayer &layer : benchmark.layers)
        text += fmt::format(
            "\n{:<34} {:>5} {:>10} {:>10.3f} {:>8.3f} {:>8.1f}  {} ({})", layer.name,
            ui::formatBits(layer.bits.weight).toStdString() + '/' + ui::formatBits(layer.bits.activation).toStdString(),
            layer.fp32Seconds ? fmt::format("{:.3f}", 1e3 * *layer.fp32Seconds) : "-", 1e3 * layer.seconds,
            1e-9 * layer.macs, layer.gigaMacsPerSecond(), layer.kernel, layer.arithmetic());
    return text;
}

int bench(const BenchOptions &options, Environment &environment)
{
    compare::BenchmarkRequest request;
    request.size = sizeArgument("--size", options.size, kLargestSide);
    ModelChoice choice = chooseModel(options.model, quant::kDefaultPreset);
    request.generator = choice.generator;
    request.plan = choice.plan;
    request.planName = choice.planName;
    request.packed = choice.packed;
    request.runs = options.runs;
    request.layers = options.layers;
    request.runFloat = !options.quantizedOnly;
    const compare::Benchmark benchmark =
        compare::benchmark(request, environment.pool(options.model.threads), environment.newJob());
    environment.print(options.json ? benchmark.toJson() : benchmarkText(benchmark));
    return kExitDone;
}

} // namespace

Action addBench(CLI::App &command)
{
    auto options = std::make_shared<BenchOptions>();
    options->model.addModel(command);
    options->model.addPlan(command, quant::kDefaultPreset);
    command.add_option("--size", options->size, "Size of the input")->type_name("WxH")->capture_default_str();
    command.add_option("--runs", options->runs, "Runs of each side, after one to warm up")
        ->check(CLI::Range(1, 1000).description(""))
        ->type_name("K")
        ->capture_default_str();
    command.add_flag("--layers", options->layers, "Time, kernel and arithmetic of each layer too");
    command.add_flag("--quantized-only", options->quantizedOnly, "Time only the quantized side");
    command.add_flag("--json", options->json, "Print all numbers as JSON");
    options->model.addThreads(command);
    return [options](Environment &environment) { return bench(*options, environment); };
}

} // namespace bitlens::cli
