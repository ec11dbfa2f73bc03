// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/image/image.h"
#include "engine/model/generator.h"
#include "engine/quant/quantizer.h"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace bitlens::quant {

/// Receives every feature map of one forward pass in order (0 is the network's input after unshuffling), C,H,W float32.
using MapObserver = std::function<void(int map, const image::Planes &values)>;

/// Runs the FP32 generator on one picture and shows every feature map to the observer. Given by run/ (which lies above
/// this folder), see run::floatForward.
using FloatForward = std::function<void(const image::Planes &picture, const MapObserver &observer)>;

/// What calibration found out about a generator: ranges per feature map, and how to blend channel scales.
struct Calibration {
    std::vector<Range> ranges;           ///< one per feature map (layers + 1)
    std::vector<float> channelExponents; ///< one per feature map, in [0,1]
    /// Mean of each channel of each map over the pictures; empty (or an empty entry): unknown. Bias correction needs
    /// it.
    std::vector<std::vector<float>> channelMeans;
    std::string description; ///< for people: "min-max, 20 images"
};

/// Ends of a feature map's range that somebody chose in place of what calibration found: low <= 0 <= high, not both 0.
struct RangeChoice {
    float low = 0.0F;
    float high = 0.0F;
    bool operator==(const RangeChoice &) const = default;
};
/// By number of the feature map.
using RangeChoices = std::map<int, RangeChoice>;

/// A calibration with chosen ranges: the map's range becomes the chosen one, and channels that reach beyond it are cut
/// to it; the channels' own ranges inside it stay as they are. Means, exponents and other maps are unchanged. Throws
/// base::Error{InvalidArgument} for an unknown map or ends that are no range.
Calibration withChosenRanges(const Calibration &calibration, const RangeChoices &choices);

/// Blend of channel scales unless somebody chooses another: the geometric mean of per-tensor and per-channel scales. It
/// costs nothing at run time, because channel scales are folded into weights (rule 4).
inline constexpr float kDefaultChannelExponent = 0.5F;

/// Min-max over all pictures, per tensor and per channel (rule 3; the input is [0, 1], where 8 bits hold 8-bit pictures
/// exactly), and the channels' means; every map gets
/// `channelExponent` (0: plain per-tensor scales). Throws base::Error: InvalidArgument without pictures, Internal when
/// a feature map is not finite (named).
Calibration calibrateMinMax(const model::Generator &generator, const FloatForward &forward,
                            std::span<const image::Planes> pictures, const base::Job &job,
                            float channelExponent = kDefaultChannelExponent);

} // namespace bitlens::quant
