// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/compare/comparison.h"
#include "engine/compare/histogram.h"
#include "engine/image/image.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/quantizedmodel.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace bitlens::compare {

/// What quantization does to one set of values: their distribution in FP32 and as the integers stand for them, and the
/// difference.
struct ValueStatistics {
    Histogram fp32;      ///< over the same bins as `quantized`
    Histogram quantized; ///< the real values that the integers stand for
    Histogram error;     ///< quantized - FP32, symmetric about 0
    double errorMean = 0.0;
    double errorDeviation = 0.0; ///< standard deviation
    /// 10 log10(sum FP32² / sum error²) in dB; missing where nothing differs or all values are 0.
    std::optional<double> sqnr;
    double clippedShare = 0.0; ///< of the values, in [0,1], that lie beyond what the integers can stand for
    int levelsUsed = 0;        ///< different integers that occur
    int levels = 0;            ///< integers that there are; 0: not quantized
};

/// One feature map that a layer reads.
struct InputActivations {
    int map = 0;
    std::string name;         ///< path of the layer that makes it, "input" for the picture
    quant::RangeChoice range; ///< ends that calibration, or the user, gave the map
    bool chosen = false;      ///< by the user
    ValueStatistics values;
};

/// A layer at work on a part of a picture.
struct LayerActivations {
    int layer = 0;
    std::string path;
    quant::LayerBits bits;
    image::Rect region; ///< input pixels that were run
    std::vector<InputActivations> inputs;
    ValueStatistics weights; ///< nothing of them is clipped
};

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
