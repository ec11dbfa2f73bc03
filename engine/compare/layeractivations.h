// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/histogram.h"
#include "engine/image/image.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/calibration.h"

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

} // namespace bitlens::compare
