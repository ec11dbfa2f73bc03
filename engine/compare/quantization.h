// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/model/generator.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/quant/rangesearch.h"

#include <string>

namespace bitlens::compare {

class CalibrationStore;

/// How weights are rounded to their levels.
enum class Rounding {
    Nearest,  ///< each to its nearest
    Feedback, ///< layer by layer so that errors cancel (run::roundWithFeedback): seconds to minutes
    Blocks,   ///< from there block by block, with scales and biases (train::reconstructBlocks): minutes
};
/// "nearest", "feedback", "blocks".
std::string roundingName(Rounding rounding);

/// A model to be quantized for good, with more care than while a plan is being tried.
struct QuantizationRequest {
    model::GeneratorPtr generator;
    quant::BitPlan plan;
    std::string images; ///< folder or image that ranges are taken from, see calibrateOn
    Rounding rounding = Rounding::Nearest;
    quant::RangeMethod ranges = quant::RangeMethod::MinMax; ///< searched for the plan's commonest widths
};

/// Ranges from images (taken from `store` where it is not null and has them), then weights, which are kept there too.
/// Throws base::Error, base::Cancelled.
quant::QuantizedModelPtr quantizeOn(const QuantizationRequest &request, const base::ThreadPool &pool,
                                    const base::Job &job, CalibrationStore *store = nullptr);

} // namespace bitlens::compare
