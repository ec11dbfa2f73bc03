// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/benchmark.h"

#include "engine/base/clock.h"
#include "engine/base/cpu.h"
#include "engine/base/error.h"
#include "engine/compare/reportjson.h"
#include "engine/run/floatrunner.h"
#include "engine/run/integerrunner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <span>
#include <sstream>

namespace bitlens::compare {

namespace {

/// A field of /proc/self/status in bytes, e.g. "VmHWM:"; missing elsewhere than on Linux.
std::optional<std::size_t> processMemory(const std::string &field)
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.rfind(field, 0) == 0) {
            std::size_t kilobytes = 0;
            std::istringstream(line.substr(field.size())) >> kilobytes;
            return kilobytes * 1024;
        }
    return std::nullopt;
}

/// Starts the high-water mark of resident memory anew; false where the system does not allow it.
bool resetPeakMemory()
{
    std::ofstream clear("/proc/self/clear_refs");
    clear << "5" << std::flush;
    return clear.good();
}

std::optional<std::size_t> peakOfRun(run::Runner &runner, const image::Planes &picture, const base::CancelToken &cancel)
{
    runner.releaseMemory();
    const std::optional<std::size_t> before = processMemory("VmRSS:");
    if (!before || !resetPeakMemory())
        return std::nullopt;
    runner.run(picture, cancel);
    const std::optional<std::size_t> peak = processMemory("VmHWM:");
    runner.releaseMemory();
    return peak && *peak > *before ? std::optional(*peak - *before) : std::nullopt;
}

double timeOf(run::Runner &runner, const image::Planes &picture, const base::CancelToken &cancel)
{
    const base::Stopwatch watch;
    runner.run(picture, cancel);
    return watch.seconds();
}

/// `floatRunner` may be null: its times are then missing.
std::vector<BenchmarkLayer> layerCosts(const model::Generator &generator, const quant::BitPlan &plan,
                                       run::FloatRunner *floatRunner, run::IntegerRunner &integerRunner,
                                       const image::Planes &picture, const base::CancelToken &cancel)
{
    const auto profile = [&](run::Runner &runner) {
        runner.setProfiling(true);
        runner.run(picture, cancel);
        std::vector<run::LayerCost> costs = runner.layerCosts();
        runner.setProfiling(false);
        return costs;
    };
    const std::vector<run::LayerCost> floatCosts = floatRunner ? profile(*floatRunner) : std::vector<run::LayerCost>();
    const std::vector<run::LayerCost> quantizedCosts = profile(integerRunner);
    std::vector<BenchmarkLayer> layers;
    for (std::size_t i = 0; i < generator.layers.size() && i < quantizedCosts.size(); ++i) {
        const run::LayerCost &cost = quantizedCosts[i];
        layers.push_back({generator.layers[i].path, cost.kernel, cost.integer, cost.seconds,
                          i < floatCosts.size() ? std::optional(floatCosts[i].seconds) : std::nullopt, cost.macs,
                          plan.at(i)});
    }
    return layers;
}

Json sideJson(const BenchmarkSide &side)
{
    Json json;
    json["median_s"] = side.median();
    json["min_s"] = side.minimum();
    json["max_s"] = side.maximum();
    json["backend"] = side.backend;
    json["peak_bytes"] = side.peakBytes ? Json(*side.peakBytes) : Json(nullptr);
    json["runs_s"] = side.seconds;
    return json;
}

} // namespace

double BenchmarkSide::median() const
{
    if (seconds.empty())
        return 0.0;
    std::vector<double> sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    const std::size_t middle = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
}

double BenchmarkSide::minimum() const
{
    return seconds.empty() ? 0.0 : *std::min_element(seconds.begin(), seconds.end());
}

double BenchmarkSide::maximum() const
{
    return seconds.empty() ? 0.0 : *std::max_element(seconds.begin(), seconds.end());
}

double Benchmark::speedup() const { return quantized.median() > 0.0 ? fp32.median() / quantized.median() : 0.0; }

std::string Benchmark::toJson() const
{
    Json json;
    json["schema"] = kJsonSchema;
    json["cpu"] = cpu;
    json["threads"] = threads;
    json["model"] = model;
    json["plan"] = plan;
    json["size"] = {{"width", size.width}, {"height", size.height}};
    json["fp32"] = sideJson(fp32);
    json["quantized"] = sideJson(quantized);
    json["speedup"] = speedup();
    json["layers"] = Json::array();
    for (const BenchmarkLayer &layer : layers)
        json["layers"].push_back({{"name", layer.name},
                                  {"kernel", layer.kernel},
                                  {"integer", layer.integer},
                                  {"arithmetic", layer.arithmetic()},
                                  {"seconds", layer.seconds},
                                  {"fp32_seconds", layer.fp32Seconds ? Json(*layer.fp32Seconds) : Json(nullptr)},
                                  {"macs", layer.macs},
                                  {"gmac_per_s", layer.gigaMacsPerSecond()},
                                  {"weight_bits", layer.bits.weight},
                                  {"activation_bits", layer.bits.activation}});
    return json.dump(2);
}

image::Planes benchmarkPicture(image::Size size)
{
    image::Planes picture(3, size.height, size.width);
    float *out = picture.mutableData();
    std::uint32_t random = 1;
    for (int channel = 0; channel < 3; ++channel)
        for (int y = 0; y < size.height; ++y)
            for (int x = 0; x < size.width; ++x) {
                const double wave = std::sin(0.11 * x + 0.7 * channel) * std::cos(0.07 * y);
                const double edge = ((x / 23 + y / 31) % 2 == 0) ? 0.2 : -0.2;
                random = random * 1664525U + 1013904223U;
                const double grain = static_cast<double>(random >> 8) / double(1U << 24) - 0.5;
                *out++ = static_cast<float>(std::clamp(0.5 + 0.25 * wave + edge + 0.1 * grain, 0.0, 1.0));
            }
    return picture;
}

Benchmark benchmark(const BenchmarkRequest &request, const base::ThreadPool &pool, const base::Job &job)
{
    if (!request.generator)
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "no model is loaded");
    if (request.size.isEmpty() || request.runs < 1)
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "a benchmark needs a size and at least one run");
    Benchmark result;
    result.cpu = base::cpuName();
    result.threads = pool.threads();
    result.model = request.generator->name;
    result.plan = request.planName.empty() ? request.plan.toRules(*request.generator) : request.planName;
    result.size = request.size;

    const image::Planes picture = benchmarkPicture(request.size);
    run::FloatRunner floatRunner(request.generator, pool.threads());
    job.report(0.0, "calibrating");
    quant::QuantizedModelPtr model = request.packed;
    if (!model || !(model->plan == request.plan))
        model = quant::quantize(request.generator, request.plan,
                                quant::calibrateMinMax(*request.generator, run::floatForward(floatRunner, job.cancel),
                                                       std::span(&picture, 1), base::Job{job.cancel, {}}));
    run::IntegerRunner integerRunner(model, pool);

    // The warm-up runs are those that memory is measured on.
    job.report(0.0, "warming up");
    if (request.runFloat)
        result.fp32.peakBytes = peakOfRun(floatRunner, picture, job.cancel);
    result.quantized.peakBytes = peakOfRun(integerRunner, picture, job.cancel);
    if (request.runFloat)
        timeOf(floatRunner, picture, job.cancel);
    timeOf(integerRunner, picture, job.cancel);
    for (int i = 0; i < request.runs; ++i) {
        // By turns: what slows the machine down for a while slows both.
        const auto begin = [&](const char *side, double within) {
            job.cancel.throwIfCancelled();
            job.report((1.0 + i + within) / (2.0 + request.runs),
                       fmt::format("{}, run {} of {}", side, i + 1, request.runs));
        };
        if (request.runFloat) {
            begin("FP32", 0.0);
            result.fp32.seconds.push_back(timeOf(floatRunner, picture, job.cancel));
        }
        begin("quantized", 0.5);
        result.quantized.seconds.push_back(timeOf(integerRunner, picture, job.cancel));
    }
    result.fp32.backend = floatRunner.backend();
    result.quantized.backend = integerRunner.backend();
    if (request.layers)
        result.layers = layerCosts(*request.generator, request.plan, request.runFloat ? &floatRunner : nullptr,
                                   integerRunner, picture, job.cancel);
    job.cancel.throwIfCancelled();
    job.report(1.0, "done");
    return result;
}

} // namespace bitlens::compare
