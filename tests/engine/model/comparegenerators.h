// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/error.h"
#include "engine/model/generator.h"
#include "engine/model/reader.h"

#include <QString>

#include <cstring>
#include <optional>

namespace bitlens::test {

/// The error that `action` throws, or nothing.
template <typename Action>
std::optional<base::Error> errorOf(Action action)
{
    try {
        action();
    } catch (const base::Error &error) {
        return error;
    }
    return std::nullopt;
}

inline bool sameBits(const std::vector<float> &a, const std::vector<float> &b)
{
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

/// Empty when two generators compute the same, number for number and bit for bit; else what differs first.
inline QString generatorDifference(const model::Generator &a, const model::Generator &b)
{
    if (a.family != b.family || a.scale != b.scale || a.inputUnshuffle != b.inputUnshuffle || a.output != b.output)
        return "family, scale or output";
    if (a.stages.size() != b.stages.size() || a.layers.size() != b.layers.size())
        return "number of stages or layers";
    for (std::size_t i = 0; i < a.layers.size(); ++i) {
        const model::ConvLayer &x = a.layers[i];
        const model::ConvLayer &y = b.layers[i];
        const QString path = QString::fromStdString(x.path) + ": ";
        if (x.path != y.path || x.inputs != y.inputs || x.inChannels != y.inChannels || x.outChannels != y.outChannels
            || x.kernel != y.kernel || x.upsample != y.upsample || x.shuffle != y.shuffle
            || x.activation != y.activation)
            return path + "form";
        if (x.residuals.size() != y.residuals.size())
            return path + "residuals";
        for (std::size_t r = 0; r < x.residuals.size(); ++r)
            if (x.residuals[r].source != y.residuals[r].source || x.residuals[r].scale != y.residuals[r].scale
                || x.residuals[r].resample != y.residuals[r].resample)
                return path + "residuals";
        if (!sameBits(*x.weight, *y.weight))
            return path + "weights";
        if (!sameBits(x.bias, y.bias))
            return path + "biases";
        if (!sameBits(x.slopes, y.slopes))
            return path + "slopes";
    }
    return {};
}

} // namespace bitlens::test
