// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/sensitivityanalysis.h"

#include "engine/base/error.h"
#include "engine/compare/selfcalibration.h"
#include "engine/run/floatrunner.h"
#include "engine/search/estimate.h"
#include "engine/search/sensitivityfile.h"

#include <algorithm>

namespace bitlens::compare {

AnalysisSetting makeAnalysisSetting(const model::GeneratorPtr &generator, const std::vector<image::Image> &pictures,
                                    std::shared_ptr<const quant::Calibration> calibration,
                                    const std::optional<search::ProbeShape> &shape, const base::ThreadPool &pool,
                                    const base::Job &job)
{
    if (!generator)
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "no model is loaded");
    AnalysisSetting setting;
    setting.generator = generator;
    setting.pictures = search::probePictures(pictures, *generator, shape.value_or(search::suitableShape(*generator)));
    setting.calibration = std::move(calibration);
    if (!setting.calibration) {
        run::FloatRunner runner(generator, pool.threads());
        setting.calibration = std::make_shared<quant::Calibration>(
            quant::calibrateMinMax(*generator, run::floatForward(runner, job.cancel),
                                   calibrationPictures(pictures, calibrationPixels(*generator)), job));
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
    search::SensitivityFile file(request.resumeFile, empty);
    const std::vector<search::Sensitivity> known = file.report().entries;
    const auto keep = [&](const search::Sensitivity &found) {
        file.add(found);
        if (onFound)
            onFound(found);
    };
    search::SensitivityReport report = empty;
    try {
        if (request.method == search::Method::Estimated) {
            report.entries = search::estimateSensitivity(
                {setting.generator, setting.calibration, setting.pictures, request.probes}, pool, job, onFound);
            std::for_each(report.entries.begin(), report.entries.end(),
                          [&](const search::Sensitivity &found) { file.add(found); });
        } else {
            report.entries = search::measureSensitivity(
                {setting.generator, setting.calibration, setting.pictures, request.byStage,
                 request.bits.empty() ? search::defaultBits() : request.bits, request.niqe, known},
                pool, job, keep);
        }
    } catch (...) {
        file.flush();
        throw;
    }
    file.flush();
    return report;
}

} // namespace bitlens::compare
