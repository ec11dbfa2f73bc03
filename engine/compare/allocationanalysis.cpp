// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/allocationanalysis.h"

#include "engine/base/file.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/search/estimate.h"

#include <algorithm>

namespace bitlens::compare {

namespace {

/// Shares of progress: estimating, timing, then choosing.
constexpr double kEstimated = 0.4;
constexpr double kTimed = 0.6;

/// Time of a default plan / time of the narrowest activations. For SRGAN less than half of what 12-bit activations
/// everywhere take more than 8-bit ones (about 1.55), for most of their gain.
constexpr double kDefaultTime = 1.2;

} // namespace

search::Budget defaultBudget(const model::GeneratorPtr &generator, const quant::Calibration &calibration,
                             const std::optional<search::KernelTimes> &times, int activationBits)
{
    const std::size_t layers = generator->layers.size();
    search::Budget budget;
    budget.bytes =
        quant::packedBytes(*quant::quantize(generator, quant::BitPlan(layers, quant::LayerBits{8, 12}), calibration));
    if (times)
        budget.seconds = kDefaultTime * times->seconds(quant::BitPlan(layers, quant::LayerBits{8, activationBits}));
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
    const auto narrowest = std::min_element(search.activationBits.begin(), search.activationBits.end());
    search.budget = !request.budget.isEmpty()
                        ? request.budget
                        : defaultBudget(setting.generator, *setting.calibration, search.times,
                                        narrowest == search.activationBits.end() ? 8 : std::max(*narrowest, 8));
    return search::allocateBits(search, pool, job.part(kTimed, 1.0), onPlan);
}

} // namespace bitlens::compare
