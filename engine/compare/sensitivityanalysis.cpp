// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/sensitivityanalysis.h"

#include "engine/base/error.h"
#include "engine/compare/calibrationstore.h"
#include "engine/compare/selfcalibration.h"
#include "engine/compare/sharedwork.h"
#include "engine/run/floatrunner.h"
#include "engine/search/estimate.h"
#include "engine/search/sensitivityfile.h"
#include "engine/train/ranks.h"

#include <algorithm>

namespace bitlens::compare {

namespace {

CalibrationInputs inputsOf(const model::GeneratorPtr &generator, const std::vector<image::Image> &pictures, int threads)
{
    CalibrationInputs inputs{generator, {}, calibrationPixels(*generator), threads};
    for (const image::Image &picture : pictures)
        inputs.pictures.push_back(pictureDigest(picture));
    return inputs;
}

} // namespace

AnalysisSetting makeAnalysisSetting(const model::GeneratorPtr &generator, const std::vector<image::Image> &pictures,
                                    std::shared_ptr<const quant::Calibration> calibration,
                                    const std::optional<search::ProbeShape> &shape, const base::ThreadPool &pool,
                                    const base::Job &job, CalibrationStore *store)
{
    if (!generator)
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "no model is loaded");
    AnalysisSetting setting;
    setting.generator = generator;
    setting.pictures = search::probePictures(pictures, *generator, shape.value_or(search::suitableShape(*generator)));
    setting.calibration = std::move(calibration);
    if (!setting.calibration) {
        const auto make = [&] {
            run::FloatRunner runner(generator, pool.threads());
            return quant::calibrateMinMax(*generator, run::floatForward(runner, job.cancel),
                                          calibrationPictures(pictures, calibrationPixels(*generator)), job);
        };
        setting.calibration = store ? store->obtain(inputsOf(generator, pictures, pool.threads()), make)
                                    : std::make_shared<const quant::Calibration>(make());
    }
    return setting;
}

search::SensitivityReport analyseSensitivity(const SensitivityRequest &request, const base::ThreadPool &pool,
                                             const base::Job &job, const search::SensitivityFunction &onFound)
{
    const AnalysisSetting &setting = request.setting;
    search::SensitivityReport empty;
    empty.generator = setting.generator;
    empty.conditions = search::conditionsOf(*setting.generator, setting.pictures, *setting.calibration);
    empty.calibration = setting.calibration->description;
    empty.pictures = static_cast<int>(setting.pictures.size());
    empty.side = setting.pictures.empty() ? 0 : setting.pictures.front().width();
    const train::Ranks alone;
    const train::Ranks &ranks = request.ranks ? *request.ranks : alone;
    search::SensitivityFile file(ranks.isFirst() ? request.resumeFile : std::string(), empty);
    const std::vector<search::Sensitivity> known = sharedReport(ranks, file.report()).entries;
    const auto keep = [&](const search::Sensitivity &found) {
        file.add(found);
        if (onFound)
            onFound(found);
    };
    search::SensitivityReport report = empty;
    try {
        if (request.method == search::Method::Estimated) {
            report.entries = search::estimateSensitivity(
                {setting.generator, setting.calibration, setting.pictures, request.probes, 1, workShare(ranks)}, pool,
                job, onFound);
            std::for_each(report.entries.begin(), report.entries.end(),
                          [&](const search::Sensitivity &found) { file.add(found); });
        } else {
            report.entries = search::measureSensitivity(
                {setting.generator, setting.calibration, setting.pictures, request.byStage,
                 request.bits.empty() ? search::defaultBits() : request.bits, request.niqe, known, workShare(ranks)},
                pool, job, keep);
        }
    } catch (const train::RankLost &lost) {
        file.flush();
        const bool isKept = ranks.isFirst() && !request.resumeFile.empty();
        throw base::Error(lost.code(), isKept ? request.resumeFile : std::string(),
                          lost.detail() + (isKept ? "; what was found is kept here, to go on from" : ""));
    } catch (...) {
        file.flush();
        throw;
    }
    file.flush();
    return report;
}

} // namespace bitlens::compare
