// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/rrdb.h"

#include "engine/base/error.h"
#include "engine/model/generatorbuilder.h"

#include <functional>
#include <utility>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

constexpr float kLeakySlope = 0.2F;
constexpr float kResidualScale = 0.2F;
constexpr int kDenseLayers = 5;
constexpr int kDenseBlocks = 3;

/// Where the parts of an RRDBNet are found in a file: names of convolutions, without ".weight".
struct Names {
    int blocks = 0;
    std::string first;
    std::function<std::string(int block, int denseBlock, int layer)> dense; ///< block from 0, the others from 1
    std::string trunk;
    std::vector<std::string> up;
    std::string beforeLast;
    std::string last;
};

bool hasKey(const StateDict &state, const std::string &key) { return state.find(key) != nullptr; }

int countBlocks(const Names &names, const std::function<bool(const std::string &)> &has)
{
    int blocks = 0;
    while (has(names.dense(blocks, 1, 1) + ".weight"))
        ++blocks;
    return blocks;
}

Names basicSrNames()
{
    Names names;
    names.first = "conv_first";
    names.dense = [](int block, int denseBlock, int layer) {
        return fmt::format("body.{}.rdb{}.conv{}", block, denseBlock, layer);
    };
    names.trunk = "conv_body";
    names.up = {"conv_up1", "conv_up2"};
    names.beforeLast = "conv_hr";
    names.last = "conv_last";
    return names;
}

Names esrganNames()
{
    Names names;
    names.first = "conv_first";
    names.dense = [](int block, int denseBlock, int layer) {
        return fmt::format("RRDB_trunk.{}.RDB{}.conv{}", block, denseBlock, layer);
    };
    names.trunk = "trunk_conv";
    names.up = {"upconv1", "upconv2"};
    names.beforeLast = "HRconv";
    names.last = "conv_last";
    return names;
}

/// The first release numbers its modules: 0 head, 1 body with trunk end, then [2 enlarge, 3 convolution, 4 leaky] for
/// each doubling, and two more convolutions.
Names sequentialNames(const std::function<bool(const std::string &)> &has)
{
    Names names;
    names.first = "model.0";
    names.dense = [](int block, int denseBlock, int layer) {
        return fmt::format("model.1.sub.{}.RDB{}.conv{}.0", block, denseBlock, layer);
    };
    int next = 3;
    while (has(fmt::format("model.{}.weight", next)) && next < 3 + 3 * 4) {
        names.up.push_back(fmt::format("model.{}", next));
        next += 3;
    }
    names.beforeLast = fmt::format("model.{}", next - 1);
    names.last = fmt::format("model.{}", next + 1);
    names.trunk = fmt::format("model.1.sub.{}", countBlocks(names, has));
    return names;
}

int unshuffleOf(const WeightTaker &weights, const std::string &first)
{
    switch (weights.size(first + ".weight", 1)) {
    case 3:
        return 1;
    case 12:
        return 2;
    case 48:
        return 4;
    default:
        throw base::Error(
            base::ErrorCode::BrokenFile, weights.file(),
            fmt::format("key {}.weight takes {} channels, expected shape [*,3,3,3], [*,12,3,3] or [*,48,3,3]", first,
                        weights.size(first + ".weight", 1)));
    }
}

/// Builds one RRDBNet. Each member adds one part and leaves the newest map as the input of the next.
class Builder {
public:
    Builder(WeightTaker &weights, const Names &names) : m_weights(weights), m_names(names) {}

    Generator build()
    {
        Generator &generator = m_builder.generator();
        generator.inputUnshuffle = unshuffleOf(m_weights, m_names.first);
        const int enlarged = 1 << m_names.up.size();
        if (enlarged % generator.inputUnshuffle != 0)
            throw base::Error(base::ErrorCode::BrokenFile, m_weights.file(),
                              fmt::format("{} upsampling convolutions do not fit an input unshuffled by {}",
                                          m_names.up.size(), generator.inputUnshuffle));
        generator.scale = enlarged / generator.inputUnshuffle;
        m_builder.beginStage("head");
        const int head = convolution(m_names.first, {}, 0);
        for (int block = 0; block < m_names.blocks; ++block)
            residualInResidual(block);
        m_builder.beginStage("trunk");
        convolution(m_names.trunk, {{head, 1.0F, Residual::Resample::None}}, m_features);
        for (std::size_t i = 0; i < m_names.up.size(); ++i) {
            m_builder.beginStage(fmt::format("up{}", i + 1));
            convolution(m_names.up[i], {}, m_features, true, 2);
        }
        m_builder.beginStage("hr");
        convolution(m_names.beforeLast, {}, m_features, true);
        m_builder.beginStage("tail");
        convolution(m_names.last, {}, 3);
        return m_builder.take();
    }

private:
    int convolution(const std::string &name, std::vector<Residual> residuals, int outChannels, bool leaky = false,
                    int upsample = 1)
    {
        ConvLayer layer;
        layer.name = "conv1";
        layer.inputs = {m_builder.lastMap()};
        layer.inChannels = m_builder.generator().mapChannels(m_builder.lastMap());
        layer.outChannels = outChannels;
        layer.upsample = upsample;
        layer.residuals = std::move(residuals);
        if (leaky)
            activate(layer);
        m_weights.takeConvolution(name, layer);
        if (m_features == 0)
            m_features = layer.outChannels;
        return m_builder.add(std::move(layer));
    }

    void residualInResidual(int block)
    {
        m_builder.beginStage(fmt::format("body/block{}", block + 1));
        const int blockInput = m_builder.lastMap();
        for (int denseBlock = 1; denseBlock <= kDenseBlocks; ++denseBlock) {
            std::vector<int> inputs{m_builder.lastMap()};
            for (int number = 1; number <= kDenseLayers; ++number)
                inputs.push_back(denseLayer(block, denseBlock, number, inputs, blockInput));
        }
    }

    int denseLayer(int block, int denseBlock, int number, const std::vector<int> &inputs, int blockInput)
    {
        ConvLayer layer;
        layer.name = fmt::format("rdb{}/conv{}", denseBlock, number);
        layer.inputs = inputs;
        layer.inChannels = m_features + (number - 1) * m_growth;
        layer.outChannels = m_growth;
        if (number < kDenseLayers) {
            activate(layer);
        } else {
            layer.outChannels = m_features;
            layer.residuals.push_back({inputs.front(), kResidualScale, Residual::Resample::None});
            if (denseBlock == kDenseBlocks)
                layer.residuals.push_back({blockInput, kResidualScale, Residual::Resample::None});
        }
        m_weights.takeConvolution(m_names.dense(block, denseBlock, number), layer);
        if (m_growth == 0)
            m_growth = layer.outChannels;
        return m_builder.add(std::move(layer));
    }

    static void activate(ConvLayer &layer)
    {
        layer.activation = ActivationKind::LeakyRelu;
        layer.slopes = {kLeakySlope};
    }

    WeightTaker &m_weights;
    const Names &m_names;
    GeneratorBuilder m_builder{Family::Rrdb};
    int m_features = 0; ///< channels of the residual stream; read from the first convolution
    int m_growth = 0;   ///< channels of a dense layer; read from the first one
};

bool recognises(const StateDict &state)
{
    return hasKey(state, basicSrNames().dense(0, 1, 1) + ".weight")
           || hasKey(state, esrganNames().dense(0, 1, 1) + ".weight")
           || hasKey(state, "model.1.sub.0.RDB1.conv1.0.weight");
}

Generator build(WeightTaker &weights)
{
    const auto has = [&](const std::string &key) { return weights.has(key); };
    Names names = basicSrNames();
    if (has("model.1.sub.0.RDB1.conv1.0.weight"))
        names = sequentialNames(has);
    else if (has(esrganNames().dense(0, 1, 1) + ".weight"))
        names = esrganNames();
    names.blocks = countBlocks(names, has);
    return Builder(weights, names).build();
}

constexpr int kLayersOutsideBlocks = 6;

bool recognisesGraph(const GraphOrder &order)
{
    const int count = static_cast<int>(order.convolutions.size());
    const int perBlock = kDenseBlocks * kDenseLayers;
    return order.slopes.empty() && count >= kLayersOutsideBlocks + perBlock
           && (count - kLayersOutsideBlocks) % perBlock == 0;
}

Generator buildFromGraph(WeightTaker &weights, const GraphOrder &order)
{
    const std::vector<std::string> &list = order.convolutions;
    const std::size_t count = list.size();
    Names names;
    names.blocks = static_cast<int>(count - kLayersOutsideBlocks) / (kDenseBlocks * kDenseLayers);
    names.first = list[0];
    names.dense = [&list](int block, int denseBlock, int layer) {
        return list[static_cast<std::size_t>(((block * kDenseBlocks) + denseBlock - 1) * kDenseLayers + layer)];
    };
    names.trunk = list[count - 5];
    names.up = {list[count - 4], list[count - 3]};
    names.beforeLast = list[count - 2];
    names.last = list[count - 1];
    return Builder(weights, names).build();
}

} // namespace

Architecture rrdbArchitecture()
{
    return {"RRDBNet (ESRGAN, Real-ESRGAN)", recognises, build, recognisesGraph, buildFromGraph};
}

} // namespace bitlens::model
