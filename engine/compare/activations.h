// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/compare/comparison.h"
#include "engine/compare/layeractivations.h"
#include "engine/image/image.h"
#include "engine/quant/quantizedmodel.h"

#include <vector>

namespace bitlens::compare {

/// Which layer of which result is looked at.
struct ActivationRequest {
    image::Image input;
    /// The model of the comparison's result, chosen ranges included.
    quant::QuantizedModelPtr model;
    quant::RangeChoices chosenRanges; ///< to tell which ranges are the user's
    int layer = 0;
    image::Rect region; ///< see activationRegion
};

/// The middle of what the user sees (input pixels; empty: of the picture), small enough to be run in a moment: at most
/// 64x64 pixels, fewer for heavy generators.
image::Rect activationRegion(const model::Generator &generator, image::Size input, const image::Rect &visible);

/// Measures layers on the runners of a Comparison. Keeps the FP32 values of the last question, so that another plan
/// costs one quantized run up to the layer. One call at a time.
class ActivationProbe {
public:
    /// Throws base::Error{InvalidArgument} for a layer or region that does not exist, base::Cancelled.
    LayerActivations measure(const ActivationRequest &request, Comparison &comparison, const base::Job &job);

private:
    model::GeneratorPtr m_generator;
    image::Image m_input;
    image::Rect m_region;
    std::vector<int> m_maps;
    std::vector<image::Planes> m_fp32;
};

/// Whether white or black of a result is no longer what it was in FP32, as clipped ranges of last layers make it.
struct EndShift {
    double white = 0.0;      ///< mean of quantized - FP32, in 8-bit steps, where FP32 is nearly white
    double black = 0.0;      ///< likewise nearly black
    double whiteShare = 0.0; ///< of the samples of the picture, nearly white in FP32
    double blackShare = 0.0;
    bool clipsWhite() const; ///< white got visibly darker
    bool clipsBlack() const; ///< black got visibly brighter
};
/// Pictures of equal size; otherwise nothing is shifted.
EndShift endShift(const image::Image &fp32, const image::Image &quantized);

} // namespace bitlens::compare
