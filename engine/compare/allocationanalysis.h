// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/compare/sensitivityanalysis.h"
#include "engine/image/image.h"
#include "engine/search/allocate.h"
#include "engine/search/kerneltimes.h"

#include <optional>
#include <string>

namespace bitlens::compare {

struct BitAllocationRequest {
    AnalysisSetting setting;
    /// By layer, of weights alone and activations alone at all widths; without entries they are estimated first.
    search::SensitivityReport sensitivities;
    search::Budget budget; ///< empty: defaultBudget
    /// Size of the picture that seconds are for.
    image::Size timedSize{128, 128};
    /// Measure kernel times (once per generator and machine, kept in the user's data folder). Else seconds are missing.
    bool measureTimes = true;
    std::vector<int> weightBits;     ///< empty: all
    std::vector<int> activationBits; ///< empty: all of at least 6
    int probes = 2;
    std::size_t frontPoints = 8;
};

/// What a plan may cost when nobody says: the size of 8-bit weights everywhere, and a fifth more time than those take
/// with activations of `activationBits` (the narrowest to choose from; at least 8); without times the size alone. The
/// preset "multi" holds plans that were found for it.
search::Budget defaultBudget(const model::GeneratorPtr &generator, const quant::Calibration &calibration,
                             const std::optional<search::KernelTimes> &times, int activationBits);

/// The allocation that window and command line share: sensitivities where they are missing, kernel times, plan. Throws
/// base::Error, base::Cancelled.
search::Allocation allocatePlan(const BitAllocationRequest &request, const base::ThreadPool &pool, const base::Job &job,
                                const search::AllocatedPlanFunction &onPlan = {});

} // namespace bitlens::compare
