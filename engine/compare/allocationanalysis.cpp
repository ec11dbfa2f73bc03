// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/allocationanalysis.h"

#include "engine/base/file.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/search/estimate.h"

namespace bitlens::compare {

namespace {

/// Shares of progress: estimating, timing, then choosing.
constexpr double kEstimated = 0.4;
constexpr double kTimed = 0.6;

} // namespace

search::Budget defaultBudget(const model::GeneratorPtr &generator, const quant::Calibration &calibration)
{
    const quant::BitPlan plan(generator->layers.size(), quant::LayerBits{8, 12});
    search::Budget budget;
    budget.bytes = quant::packedBytes(*quant::quantize(generator, plan, calibration));
    return budget;
}

search::Allocation allocatePlan(const BitAllocationRequest &request, const base::ThreadPool &pool, const base::Job &job,
                                const search::AllocatedPlanFunction &onPlan)
{
    const AnalysisSetting &setting = request.setting;
    search::AllocationRequest search;
    search.generator = setting.generator;
    search.calibration = setting.calibration;
    search.pictures = setting.pictures;
    search.sensitivities = request.sensitivities;
    search.sensitivities.generator = setting.generator;
    search.budget = request.budget.isEmpty() ? defaultBudget(setting.generator, *setting.calibration) : request.budget;
    search.frontPoints = request.frontPoints;
    if (!request.weightBits.empty())
        search.weightBits = request.weightBits;
    if (!request.activationBits.empty())
        search.activationBits = request.activationBits;
    if (search.sensitivities.entries.empty())
        search.sensitivities.entries =
            search::estimateSensitivity({setting.generator, setting.calibration, setting.pictures, request.probes},
                                        pool, job.part(0.0, kEstimated));
    if (request.measureTimes || request.budget.seconds)
        search.times = search::kernelTimes(setting.generator, *setting.calibration, request.timedSize,
                                           base::userDataFolder() + "/kerneltimes", pool, job.part(kEstimated, kTimed));
    return search::allocateBits(search, pool, job.part(kTimed, 1.0), onPlan);
}

} // namespace bitlens::compare
