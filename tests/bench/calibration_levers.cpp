// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// calibration_levers MODEL FOLDER [PLAN…]: PSNR (Y) to the FP32 picture and to the original, means over a folder with
// HR and LRx4, for each way of finding ranges on the pictures themselves.

#include "engine/compare/comparison.h"
#include "engine/compare/evaluation.h"
#include "engine/image/codec.h"
#include "engine/image/colour.h"
#include "engine/model/catalogue.h"
#include "engine/model/reader.h"
#include "engine/quant/rangesearch.h"
#include "engine/run/floatrunner.h"

#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

using namespace bitlens;

namespace {

struct Means {
    double fp32 = 0.0;
    double hr = 0.0;
};

using Calibrations = std::vector<std::pair<std::string, std::shared_ptr<const quant::Calibration>>>;

Calibrations calibrationsFor(const model::Generator &generator, run::FloatRunner &runner, const image::Planes &picture)
{
    const std::span<const image::Planes> pictures(&picture, 1);
    const quant::FloatForward forward = run::floatForward(runner, {});
    const quant::Calibration plain = quant::calibrateMinMax(generator, forward, pictures, {});
    Calibrations found{{"min-max", std::make_shared<const quant::Calibration>(plain)}};
    const auto add = [&](const char *name, const quant::RangeSearchOptions &options) {
        found.emplace_back(name, std::make_shared<const quant::Calibration>(
                                     quant::searchRanges(generator, plain, forward, pictures, {}, options)));
    };
    add("exponents", {true, false, {8, 8}});
    add("clipping", {false, true, {8, 8}});
    add("both", {true, true, {8, 8}});
    return found;
}

void report(const std::string &model, const std::string &folder, const std::vector<std::string> &plans)
{
    const base::ThreadPool pool;
    const model::GeneratorPtr generator = model::readGenerator(model::resolveModel(model));
    run::FloatRunner runner(generator, pool.threads());
    compare::Comparison comparison(pool);
    const std::vector<compare::EvaluationPair> pairs = compare::evaluationPairs(folder, generator->scale);
    std::map<std::pair<std::string, std::string>, Means> means;
    for (const compare::EvaluationPair &pair : pairs) {
        compare::Request request;
        request.input = image::readImage(pair.low);
        request.reference = image::readImage(pair.high);
        request.generator = generator;
        request.blindScores = false;
        for (const auto &[name, calibration] : calibrationsFor(*generator, runner, image::toPlanes(request.input))) {
            request.calibration = calibration;
            for (const std::string &plan : plans) {
                request.plan = quant::planFromArgument(plan, *generator);
                const compare::Result result = comparison.run(request, {});
                Means &sum = means[{plan, name}];
                sum.fp32 += result.report.quantized.psnrFp32.value.value_or(0.0) / static_cast<double>(pairs.size());
                sum.hr += result.report.quantized.psnrHr.value.value_or(0.0) / static_cast<double>(pairs.size());
            }
        }
    }
    for (const auto &[key, mean] : means)
        std::puts(fmt::format("{:<12} {:<12} {:.3f} dB to FP32, {:.3f} dB to the original", key.first, key.second,
                              mean.fp32, mean.hr)
                      .c_str());
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 3) {
        std::fputs("usage: calibration_levers MODEL FOLDER [PLAN...]\n", stderr);
        return 2;
    }
    try {
        std::vector<std::string> plans(argv + 3, argv + argc);
        if (plans.empty())
            plans = {"int8", "multi"};
        report(argv[1], argv[2], plans);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "calibration_levers: %s\n", error.what());
        return 1;
    }
    return 0;
}
