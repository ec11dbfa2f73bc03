// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/calibration.h"

#include <algorithm>
#include <random>

namespace bitlens::test {

/// Plausible seeded ranges for every feature map of a generator: asymmetric, different per channel, some one-sided.
inline quant::Calibration syntheticCalibration(const model::Generator &generator, unsigned seed = 11,
                                               float channelExponent = quant::kDefaultChannelExponent)
{
    std::mt19937 random(seed);
    quant::Calibration calibration;
    calibration.description = "synthetic";
    for (int map = 0; map <= static_cast<int>(generator.layers.size()); ++map) {
        quant::Range range;
        for (int c = 0; c < generator.mapChannels(map); ++c) {
            const auto share = [&] { return static_cast<float>(random() % 1000) / 1000.0F; };
            const float low = c % 5 == 1 ? 0.0F : -2.0F * share();
            const float high = c % 7 == 2 ? 0.0F : 0.01F + 2.0F * share();
            range.channelLow.push_back(low);
            range.channelHigh.push_back(high);
            range.low = std::min(range.low, low);
            range.high = std::max(range.high, high);
        }
        calibration.ranges.push_back(range);
        calibration.channelExponents.push_back(channelExponent);
    }
    return calibration;
}

} // namespace bitlens::test
