// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/image/image.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/calibration.h"

#include <memory>
#include <vector>

namespace bitlens::search {

/// Mean squared error of luma as Sensitivity::squaredError has it: Y of BT.601 as fractions of 255, clamped, not
/// rounded, `shave` pixels cut off. Pictures (3,H,W) of one size.
double lumaSquaredError(const image::Planes &a, const image::Planes &b, int shave);

/// Measures whole plans on fixed pictures with the integer runner. Not thread-safe. The pool must outlive it.
class PlanMeter {
public:
    /// Runs the FP32 generator on every picture. Throws base::Error, base::Cancelled.
    PlanMeter(model::GeneratorPtr generator, std::shared_ptr<const quant::Calibration> calibration,
              std::vector<image::Planes> pictures, const base::ThreadPool &pool, const base::CancelToken &cancel);

    /// Error of the plan's pictures to the FP32 ones. Throws base::Error, base::Cancelled.
    double squaredError(const quant::BitPlan &plan, const base::CancelToken &cancel) const;
    /// Bytes of the packed file of a plan.
    std::size_t bytes(const quant::BitPlan &plan) const;

    const model::GeneratorPtr &generator() const { return m_generator; }

private:
    model::GeneratorPtr m_generator;
    std::shared_ptr<const quant::Calibration> m_calibration;
    std::vector<image::Planes> m_pictures;
    std::vector<image::Planes> m_originals;
    const base::ThreadPool &m_pool;
};

} // namespace bitlens::search
