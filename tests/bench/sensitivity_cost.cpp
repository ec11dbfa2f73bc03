// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// sensitivity_cost MODEL FOLDER [PROBES [CROPS [SIDE [THREADS [measure]]]]]: what an estimate of all layers and widths
// costs in seconds of processor time (of all threads together: independent of what else the machine does), and with
// "measure" how well it agrees with measuring each layer: Spearman's rank correlation, mean and root mean square of
// the difference in dB. Zero for a number takes the program's default.

#include "engine/base/clock.h"
#include "engine/compare/foldercalibration.h"
#include "engine/compare/sensitivityanalysis.h"
#include "engine/image/codec.h"
#include "engine/model/reader.h"
#include "tests/engine/search/rankcorrelation.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

using namespace bitlens;
using quant::kFloatBits;

namespace {

double processorSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void printAgreement(const search::SensitivityReport &estimate, const compare::AnalysisSetting &setting,
                    quant::LayerBits bits, const base::ThreadPool &pool)
{
    compare::SensitivityRequest request;
    request.setting = setting;
    request.bits = {bits};
    std::vector<double> measured;
    std::vector<double> estimated;
    for (const search::Sensitivity &entry : compare::analyseSensitivity(request, pool, {}).entries) {
        const search::Sensitivity *other = estimate.find(entry.target, bits, search::Method::Estimated);
        measured.push_back(entry.psnrFp32().value_or(200.0));
        estimated.push_back(other ? other->psnrFp32().value_or(200.0) : 0.0);
    }
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t i = 0; i < measured.size(); ++i) {
        sum += estimated[i] - measured[i];
        squares += (estimated[i] - measured[i]) * (estimated[i] - measured[i]);
    }
    const double count = static_cast<double>(measured.size());
    std::printf("W%d A%d: rank correlation %.3f, estimate - measurement %+.2f dB, root mean square %.2f dB\n",
                bits.weight, bits.activation, test::rankCorrelation(measured, estimated), sum / count,
                std::sqrt(squares / count));
}

int numberAt(int count, char **arguments, int index) { return index < count ? std::atoi(arguments[index]) : 0; }

} // namespace

int main(int count, char **arguments)
{
    if (count < 3) {
        std::fprintf(stderr, "usage: sensitivity_cost MODEL FOLDER [PROBES [CROPS [SIDE [THREADS [measure]]]]]\n");
        return 2;
    }
    const model::GeneratorPtr generator = model::readGenerator(arguments[1]);
    std::vector<image::Image> pictures;
    for (const std::string &file : compare::imagesOf(arguments[2]))
        pictures.push_back(image::readImage(file));
    search::ProbeShape shape = search::suitableShape(*generator);
    const int crops = numberAt(count, arguments, 4);
    const int side = numberAt(count, arguments, 5);
    shape.count = crops > 0 ? crops : shape.count;
    shape.side = side > 0 ? side : shape.side;
    const int threads = numberAt(count, arguments, 6);
    const base::ThreadPool pool(threads > 0 ? threads : 2);

    double start = processorSeconds();
    compare::SensitivityRequest request;
    request.setting = compare::makeAnalysisSetting(generator, pictures, nullptr, shape, pool, {});
    std::printf("ranges: %.1f s of processor time\n", processorSeconds() - start);
    request.method = search::Method::Estimated;
    const int probes = numberAt(count, arguments, 3);
    request.probes = probes > 0 ? probes : request.probes;
    start = processorSeconds();
    const base::Stopwatch stopwatch;
    const search::SensitivityReport estimate = compare::analyseSensitivity(request, pool, {});
    std::printf("estimate, %zu crops of %dx%d, %d probes: %.1f s of processor time, %.1f s by the clock\n",
                request.setting.pictures.size(), shape.side, shape.side, request.probes, processorSeconds() - start,
                stopwatch.seconds());
    if (count > 7 && std::string(arguments[7]) == "measure")
        for (const quant::LayerBits bits :
             {quant::LayerBits{kFloatBits, 8}, {4, kFloatBits}, {8, kFloatBits}, {kFloatBits, 6}})
            printAgreement(estimate, request.setting, bits, pool);
    return 0;
}
