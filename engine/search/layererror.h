// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/calibration.h"

#include <cstddef>
#include <vector>

namespace bitlens::search {

/// Activation width whose scales weights are folded with where the activations themselves stay FP32. Scales of all
/// widths have nearly the same ratios between channels, which is all that folding sees.
inline constexpr int kFoldingBits = 8;

/// Numbers that a layer's quantized weights stand for, and its bias after correction.
struct LayerParameters {
    std::vector<float> weight; ///< [out][in][k][k]; empty: the layer's own
    std::vector<float> bias;   ///< [out]
};

/// Quantizes one layer's weights like a plan that gives it `bits` would (activation FP32: folded with kFoldingBits).
LayerParameters quantizedParameters(const model::GeneratorPtr &generator, const quant::Calibration &calibration,
                                    std::size_t layer, quant::LayerBits bits);

/// Throws base::Error{InvalidArgument} when a calibration does not belong to a generator.
void requireFits(const model::Generator &generator, const quant::Calibration &calibration);

} // namespace bitlens::search
