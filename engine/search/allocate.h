// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/image/image.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/calibration.h"
#include "engine/search/kerneltimes.h"
#include "engine/search/sensitivity.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bitlens::search {

/// What a plan may cost. What is not set does not limit; at least one must be.
struct Budget {
    std::optional<std::size_t> bytes; ///< of the packed file
    std::optional<double> seconds;    ///< of the layers, on a picture of the times' input size
    std::optional<double> psnrFp32;   ///< dB, at least
    bool isEmpty() const { return !bytes && !seconds && !psnrFp32; }
};

struct AllocationRequest {
    model::GeneratorPtr generator;
    std::shared_ptr<const quant::Calibration> calibration;
    std::vector<image::Planes> pictures; ///< that plans are measured on
    /// Errors of every layer at every width of weights alone and activations alone, see estimateSensitivity.
    SensitivityReport sensitivities;
    /// Missing: seconds do not count and cannot be limited.
    std::optional<KernelTimes> times;
    std::vector<int> weightBits{2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16};
    std::vector<int> activationBits{6, 7, 8, 10, 12, 14, 16};
    Budget budget;
    std::size_t frontPoints = 8; ///< of each front; 0: no front
    int repairs = 12;            ///< plans that are measured to repair the chosen one
};

/// A plan that can be applied, and what it was measured to cost.
struct AllocatedPlan {
    enum class Role { Bytes, Seconds, Chosen };
    quant::BitPlan plan;
    std::size_t bytes = 0;
    std::optional<double> seconds;
    double squaredError = 0.0;   ///< measured with the integer runner
    double predictedError = 0.0; ///< sum of the layers' sensitivities
    Role role = Role::Chosen;    ///< the front it is a point of
    std::optional<double> psnrFp32() const { return decibels(squaredError); }
};

struct Allocation {
    model::GeneratorPtr generator;
    image::Size timedSize;
    std::size_t floatBytes = 0;
    /// Best plans against size, then against time, each from small to large.
    std::vector<AllocatedPlan> front;
    AllocatedPlan chosen;

    /// {"schema":1,"model","size":{…},"fp32_bytes","front":[{"plan","bytes","seconds","psnr_fp32","predicted_psnr_fp32",
    /// "front"}],"chosen":{…}}; plan is a rule list; seconds is null where times were not measured.
    std::string toJson() const;
    std::string toCsv() const; ///< the front and the chosen plan
};

/// Called with each plan as it is measured, on the calling thread.
using AllocatedPlanFunction = std::function<void(const AllocatedPlan &plan)>;

/// Chooses bits of weights and activations for every layer. A multiple-choice knapsack on the sensitivities finds the
/// best plan by prediction; then plans are measured, and the sensitivities of the layers that matter most are corrected
/// by what lifting each of them really gains, until no better plan is found or `repairs` are used up. The result keeps
/// the budget as measured (seconds: as summed over the layers). Throws base::Error{InvalidArgument} when nothing does,
/// naming what comes nearest; base::Error, base::Cancelled.
Allocation allocateBits(const AllocationRequest &request, const base::ThreadPool &pool, const base::Job &job,
                        const AllocatedPlanFunction &onPlan = {});

} // namespace bitlens::search
