// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// rounding_ways MODEL FOLDER IMAGES [PLAN…] [nearest|feedback|blocks…]: PSNR (Y) to the FP32 picture and to the
// original, means over a folder with HR and LRx4, for each way of rounding weights; ranges, feedback and reconstruction
// see IMAGES.

#include "engine/base/clock.h"
#include "engine/compare/calibrationstore.h"
#include "engine/compare/evaluation.h"
#include "engine/compare/quantization.h"
#include "engine/model/catalogue.h"
#include "engine/model/reader.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

using namespace bitlens;

namespace {

using compare::Rounding;

constexpr Rounding kWays[] = {Rounding::Nearest, Rounding::Feedback, Rounding::Blocks};

void report(const std::string &model, const std::string &folder, const std::string &images,
            const std::vector<std::string> &plans, const std::vector<Rounding> &ways)
{
    const base::ThreadPool pool;
    const model::GeneratorPtr generator = model::readGenerator(model::resolveModel(model));
    compare::Comparison comparison(pool);
    const auto store = compare::CalibrationStore::ofUser();
    for (const std::string &plan : plans)
        for (const Rounding way : ways) {
            compare::EvaluationRequest request;
            request.folder = folder;
            request.generator = generator;
            request.original = generator;
            request.plan = quant::planFromArgument(plan, *generator);
            request.planName = plan;
            request.blindScores = false;
            const base::Stopwatch watch;
            request.packed = compare::quantizeOn({generator, request.plan, images, way}, pool, {}, store.get());
            const double seconds = watch.seconds();
            const compare::EvaluationRow mean = compare::evaluate(comparison, request, pool, {}).mean;
            std::puts(fmt::format("{:<12} {:<9} {:.3f} dB to FP32, {:+.4f} dB against FP32 to the original, {:.0f} s",
                                  plan, compare::roundingName(way), mean.quantized.psnrFp32.value.value_or(0.0),
                                  mean.quantized.psnrHr.value.value_or(0.0) - mean.fp32.psnrHr.value.value_or(0.0),
                                  seconds)
                          .c_str());
            std::fflush(stdout);
        }
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 4) {
        std::fputs("usage: rounding_ways MODEL FOLDER IMAGES [PLAN...] [nearest|feedback|blocks...]\n", stderr);
        return 2;
    }
    try {
        std::vector<std::string> plans;
        std::vector<Rounding> ways;
        for (int i = 4; i < argc; ++i) {
            const auto way = std::find_if(std::begin(kWays), std::end(kWays),
                                          [&](Rounding known) { return compare::roundingName(known) == argv[i]; });
            if (way != std::end(kWays))
                ways.push_back(*way);
            else
                plans.emplace_back(argv[i]);
        }
        if (plans.empty())
            plans = {"int8", "w4"};
        if (ways.empty())
            ways.assign(std::begin(kWays), std::end(kWays));
        report(argv[1], argv[2], argv[3], plans, ways);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "rounding_ways: %s\n", error.what());
        return 1;
    }
    return 0;
}
