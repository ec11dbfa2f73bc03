// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/sensitivityanalysis.h"

#include "engine/base/error.h"
#include "engine/compare/sharedwork.h"
#include "engine/search/estimate.h"
#include "engine/search/sensitivityfile.h"
#include "engine/train/ranks.h"

#include <algorithm>

namespace bitlens::compare {

search::SensitivityReport emptyReport(const AnalysisSetting &setting)
{
    search::SensitivityReport report;
    report.generator = setting.generator;
    report.conditions = search::conditionsOf(*setting.generator, setting.pictures, *setting.calibration);
    report.calibration = setting.calibration->description;
    report.pictures = static_cast<int>(setting.pictures.size());
    report.side = setting.pictures.empty() ? 0 : setting.pictures.front().width();
    return report;
}

search::SensitivityReport analyseSensitivity(const SensitivityRequest &request, const base::ThreadPool &pool,
                                             const base::Job &job, const search::SensitivityFunction &onFound)
{
    const AnalysisSetting &setting = request.setting;
    const search::SensitivityReport empty = emptyReport(setting);
    const train::Ranks alone;
    const train::Ranks &ranks = request.ranks ? *request.ranks : alone;
    search::SensitivityFile file(ranks.isFirst() ? request.resumeFile : std::string(), empty, request.filePurpose);
    const search::SensitivityReport known = sharedReport(ranks, file.report());
    const auto keep = [&](const search::Sensitivity &found) {
        file.add(found);
        if (onFound)
            onFound(found);
    };
    search::SensitivityReport report = empty;
    try {
        if (request.method == search::Method::Estimated) {
            report.entries = search::estimateSensitivity(
                {setting.generator, setting.calibration, setting.pictures, request.probes, 1, workShare(ranks), false,
                 known.estimate},
                pool, job, onFound, [&](const search::EstimateProgress &progress) { file.setEstimate(progress); });
            std::for_each(report.entries.begin(), report.entries.end(),
                          [&](const search::Sensitivity &found) { file.add(found); });
        } else {
            report.entries =
                search::measureSensitivity({setting.generator, setting.calibration, setting.pictures, request.byStage,
                                            request.bits.empty() ? search::defaultBits() : request.bits, request.niqe,
                                            known.entries, workShare(ranks), request.maModel},
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
