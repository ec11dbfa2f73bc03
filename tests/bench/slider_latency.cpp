// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// slider_latency MODEL [PRESET] [WIDTHxHEIGHT]: how long after a change of one stage's bits the part of the quantized
// picture that the user looks at (480x320) is there again; for the last stage and for the first. Prints JSON.

#include "engine/base/clock.h"
#include "engine/base/cpu.h"
#include "engine/base/error.h"
#include "engine/compare/benchmark.h"
#include "engine/compare/comparison.h"
#include "engine/image/colour.h"
#include "engine/model/catalogue.h"
#include "engine/model/reader.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace bitlens;

namespace {

constexpr image::Size kView{480, 320}; ///< of the output
constexpr int kRounds = 5;
constexpr int kWeightBits[] = {7, 6, 5, 10, 12}; ///< one for each round: plans that were not shown before

/// Seconds until the view is there, and until the whole picture is.
struct Latency {
    std::vector<double> view;
    std::vector<double> whole;
    static double median(std::vector<double> values)
    {
        std::sort(values.begin(), values.end());
        return values.at(values.size() / 2);
    }
    nlohmann::ordered_json json() const { return {{"view_s", median(view)}, {"whole_s", median(whole)}}; }
};

void measure(compare::Comparison &comparison, const compare::Request &request, Latency &latency)
{
    const image::Rect view{request.focus.x * request.generator->scale, request.focus.y * request.generator->scale,
                           request.focus.width * request.generator->scale,
                           request.focus.height * request.generator->scale};
    const base::Stopwatch watch;
    double seen = 0.0;
    double whole = 0.0;
    std::size_t covered = 0;
    comparison.run(
        request, {},
        [&](const compare::Part &part) {
            if (part.side != compare::Side::Quantized || seen > 0.0)
                return;
            const image::Rect common = part.where.intersected(view);
            covered += image::Size{common.width, common.height}.pixels();
            if (covered >= image::Size{view.width, view.height}.pixels())
                seen = watch.seconds();
        },
        [&](compare::Side side, const compare::SideReport &) {
            if (side == compare::Side::Quantized && whole == 0.0)
                whole = watch.seconds();
        });
    latency.view.push_back(seen);
    latency.whole.push_back(whole);
}

compare::Request requestFor(const std::string &model, const std::string &preset, image::Size size)
{
    compare::Request request;
    request.generator = model::readGenerator(model::resolveModel(model));
    request.input = image::fromPlanes(compare::benchmarkPicture(size));
    request.inputName = "benchmark";
    request.plan = quant::presetPlan(preset, *request.generator);
    const int scale = request.generator->scale;
    const image::Size view{std::min(kView.width / scale, size.width), std::min(kView.height / scale, size.height)};
    request.focus = {(size.width - view.width) / 2, (size.height - view.height) / 2, view.width, view.height};
    request.runFloat = false;
    request.measureQuality = false;
    return request;
}

int report(const std::string &model, const std::string &preset, image::Size size)
{
    const base::ThreadPool pool;
    compare::Comparison comparison(pool);
    compare::Request request = requestFor(model, preset, size);
    const quant::BitPlan start = request.plan;
    const model::Generator &generator = *request.generator;
    const int lastLayers = generator.stages.back().layerCount;
    const auto layers = static_cast<int>(generator.layers.size());
    Latency unused;
    measure(comparison, request, unused);
    Latency last;
    Latency first;
    for (int round = 0; round < kRounds; ++round) {
        request.plan = start;
        for (int i = layers - lastLayers; i < layers; ++i)
            request.plan.set(static_cast<std::size_t>(i),
                             {kWeightBits[round], start.at(static_cast<std::size_t>(i)).activation});
        measure(comparison, request, last);
    }
    for (int round = 0; round < kRounds; ++round) {
        request.plan = start;
        for (int i = 0; i < generator.stages.front().layerCount; ++i)
            request.plan.set(static_cast<std::size_t>(i),
                             {kWeightBits[round], start.at(static_cast<std::size_t>(i)).activation});
        measure(comparison, request, first);
    }
    const nlohmann::ordered_json json{{"schema", 1},
                                      {"model", generator.name},
                                      {"plan", preset},
                                      {"cpu", base::cpuName()},
                                      {"threads", pool.threads()},
                                      {"input", {{"width", size.width}, {"height", size.height}}},
                                      {"view", {{"width", kView.width}, {"height", kView.height}}},
                                      {"rounds", kRounds},
                                      {"last_stage", last.json()},
                                      {"first_stage", first.json()}};
    std::puts(json.dump(2).c_str());
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    try {
        const std::string size = argc > 3 ? argv[3] : "240x180";
        image::Size input;
        if (argc < 2 || std::sscanf(size.c_str(), "%dx%d", &input.width, &input.height) != 2 || input.isEmpty()) {
            std::fputs("usage: slider_latency MODEL [PRESET] [WIDTHxHEIGHT]\n", stderr);
            return 2;
        }
        return report(argv[1], argc > 2 ? argv[2] : quant::kDefaultPreset, input);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "slider_latency: %s\n", error.what());
        return 1;
    }
}
