// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/srvgg.h"

#include "engine/base/error.h"
#include "engine/model/generatorbuilder.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

/// r where channels = 3 r², or 0.
int shuffleFactor(std::int64_t channels)
{
    for (int factor = 1; factor <= 8; ++factor)
        if (channels == 3 * factor * factor)
            return factor;
    return 0;
}

/// `convolutions` and `slopes` are names in order; slopes carry the suffix of their key.
Generator buildFromNames(WeightTaker &weights, const std::vector<std::string> &convolutions,
                         const std::vector<std::string> &slopes)
{
    GeneratorBuilder builder(Family::SrvggCompact);
    const std::string &lastName = convolutions.back();
    const int factor = shuffleFactor(weights.size(lastName + ".weight", 0));
    if (factor == 0)
        throw base::Error(base::ErrorCode::BrokenFile, weights.file(),
                          fmt::format("key {}.weight makes {} channels, expected 3, 12, 27, 48 … (3 r²)", lastName,
                                      weights.size(lastName + ".weight", 0)));
    builder.generator().scale = factor;
    for (std::size_t i = 0; i < convolutions.size(); ++i) {
        const bool isLast = i + 1 == convolutions.size();
        builder.beginStage(i == 0 ? "head" : isLast ? "tail" : fmt::format("body/block{}", i));
        ConvLayer layer;
        layer.name = "conv1";
        layer.inputs = {builder.lastMap()};
        layer.inChannels = builder.generator().mapChannels(builder.lastMap());
        weights.takeConvolution(convolutions[i], layer);
        if (isLast) {
            layer.shuffle = factor;
            layer.residuals.push_back({0, 1.0F, factor == 1 ? Residual::Resample::None : Residual::Resample::Nearest});
        } else {
            weights.takeSlopes(slopes[i], layer);
        }
        builder.add(std::move(layer));
    }
    return builder.take();
}

bool recognises(const StateDict &state)
{
    return state.find("body.0.weight") != nullptr && state.find("body.1.weight") != nullptr
           && state.find("body.2.weight") != nullptr && state.find("conv_first.weight") == nullptr;
}

Generator build(WeightTaker &weights)
{
    std::vector<std::string> convolutions;
    std::vector<std::string> slopes;
    for (int index = 0; weights.has(fmt::format("body.{}.weight", index)); index += 2) {
        if (index > 0)
            slopes.push_back(fmt::format("body.{}.weight", index - 1));
        convolutions.push_back(fmt::format("body.{}", index));
    }
    return buildFromNames(weights, convolutions, slopes);
}

bool recognisesGraph(const GraphOrder &order)
{
    return order.convolutions.size() >= 2 && order.slopes.size() + 1 == order.convolutions.size();
}

Generator buildFromGraph(WeightTaker &weights, const GraphOrder &order)
{
    std::vector<std::string> slopes;
    for (const std::string &name : order.slopes)
        slopes.push_back(name + ".weight");
    return buildFromNames(weights, order.convolutions, slopes);
}

} // namespace

Architecture srvggArchitecture() { return {"SRVGGNetCompact", recognises, build, recognisesGraph, buildFromGraph}; }

} // namespace bitlens::model
