// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/quantizedmodel.h"

#include <QString>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace bitlens::test {

// quantization.md: levels of the next layer differ by at most one step, in at most 1 of 10,000 values.
inline constexpr int kLargestStep = 1;
inline constexpr double kLargestShare = 1.0e-4;
// The last map has no next layer: float order of summation in its epilogue, values near 1.
inline constexpr float kResultTolerance = 1.0e-5F;

/// Compares a feature map of two runs of a model as its consumers see it. Says what is wrong, or nothing.
inline QString disagreement(const quant::QuantizedModel &model, int map, const image::Planes &actual,
                            const image::Planes &expected)
{
    if (actual.size() != expected.size() || actual.channels() != expected.channels())
        return QStringLiteral("sizes differ");
    bool isRead = false;
    for (std::size_t i = 0; i < model.layers.size(); ++i) {
        const model::ConvLayer &reader = model.generator->layers[i];
        if (std::find(reader.inputs.begin(), reader.inputs.end(), map) == reader.inputs.end()
            || model.layers[i].bits.isFloat())
            continue;
        isRead = true;
        const quant::ActivationQuantizer quantizer = model.activationQuantizer(map, model.layers[i].bits.activation);
        std::size_t different = 0;
        for (std::size_t at = 0; at < actual.count(); ++at) {
            const std::size_t c = at / actual.planeSize();
            const auto level = [&](const image::Planes &planes) {
                return quant::quantizeActivation(planes.data()[at], quantizer.inverseScale[c], quantizer.zeroPoint[c],
                                                 quantizer.maximum());
            };
            const std::int32_t steps = std::abs(level(actual) - level(expected));
            if (steps > kLargestStep)
                return QString("map %1 differs by %2 steps").arg(map).arg(steps);
            different += steps != 0 ? 1 : 0;
        }
        // One value is always allowed: small maps have fewer than 10,000.
        if (static_cast<double>(different) > std::max(1.0, kLargestShare * static_cast<double>(actual.count())))
            return QString("map %1 differs in %2 of %3 values").arg(map).arg(different).arg(actual.count());
    }
    for (std::size_t at = 0; at < actual.count() && !isRead; ++at)
        if (!(std::fabs(actual.data()[at] - expected.data()[at]) <= kResultTolerance))
            return QString("map %1 is %2, expected %3")
                .arg(map)
                .arg(static_cast<double>(actual.data()[at]))
                .arg(static_cast<double>(expected.data()[at]));
    return {};
}

} // namespace bitlens::test
