// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/calibration.h"

#include <span>
#include <string>
#include <vector>

namespace bitlens::quant {

/// How activation ranges are found on pictures.
enum class RangeMethod {
    MinMax,    ///< all values that were seen (calibrateMinMax)
    Exponents, ///< and channel scales by searchRanges
    Mse,       ///< and clipping where that makes squared errors smaller, too
};
/// "min-max", "exponents", "mse".
std::string rangeMethodName(RangeMethod method);
const std::vector<RangeMethod> &rangeMethods();

/// Which levers a search may pull, and for which widths.
struct RangeSearchOptions {
    bool searchExponents = true; ///< how far channel scales follow the channels' own ranges, for each map
    /// Narrower ranges where rounding errors then shrink more than clipping adds; never on maps after the body, where
    /// clipped ranges darken whites. Helps at the width that it is searched for, and costs at larger ones.
    bool searchClipping = false;
    LayerBits bits{8, 8};
};

/// The widths that most of a plan's layers that are not FP32 have (the first such ones of equally many); 8/8 for a plan
/// without any.
LayerBits commonestBits(const BitPlan &plan);

/// Ranges that hold: runs the FP32 generator on `pictures` once more, looks at samples of every feature map, and
/// chooses per map the exponent (and clipping) with the smallest expected squared error of what its readers compute:
/// rounding and clipping of the map times the readers' weights, plus rounding of the weights, into which channel scales
/// are folded, times the map. `calibration` holds the min-max ranges. Throws like calibrateMinMax.
Calibration searchRanges(const model::Generator &generator, const Calibration &calibration, const FloatForward &forward,
                         std::span<const image::Planes> pictures, const base::Job &job,
                         const RangeSearchOptions &options = {});

} // namespace bitlens::quant
