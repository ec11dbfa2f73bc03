// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/srgan.h"

#include "engine/base/error.h"
#include "engine/model/generatorbuilder.h"

#include <utility>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

/// Where the parts of an SRGAN generator are found in a file. Convolutions without ".weight"; an empty name: no such
/// part.
struct Names {
    struct Block {
        std::string conv1, norm1, slopes, conv2, norm2;
    };
    struct Upsampler {
        std::string conv, slopes;
    };
    std::string head, headSlopes;
    std::vector<Block> blocks;
    std::string trunk, trunkNorm, trunkSlopes;
    std::vector<Upsampler> upsamplers;
    std::string tail;
    OutputTransform output = OutputTransform::None;
};

/// The layers that all SRGAN code bases share.
class Builder {
public:
    explicit Builder(WeightTaker &weights) : m_weights(weights) {}

    /// A convolution on the newest map, with the file's sizes but `outChannels` where that is set.
    ConvLayer convolution(const std::string &layerName, const std::string &name, int outChannels = 0)
    {
        ConvLayer layer;
        layer.name = layerName;
        layer.inputs = {m_builder.lastMap()};
        layer.inChannels = m_builder.generator().mapChannels(m_builder.lastMap());
        layer.outChannels = outChannels;
        layer.kernel = 0;
        m_weights.takeConvolution(name, layer);
        return layer;
    }

    void norm(const std::string &name, ConvLayer &layer)
    {
        if (!name.empty() && m_weights.has(name + ".running_mean"))
            m_weights.foldBatchNorm(name, layer);
    }

    void slopes(const std::string &name, ConvLayer &layer)
    {
        if (!name.empty())
            m_weights.takeSlopes(name + ".weight", layer);
    }

    Generator build(const Names &names)
    {
        Generator &generator = m_builder.generator();
        generator.output = names.output;
        m_builder.beginStage("head");
        ConvLayer head = convolution("conv1", names.head);
        slopes(names.headSlopes, head);
        const int features = head.outChannels;
        const int headMap = m_builder.add(std::move(head));
        for (std::size_t i = 0; i < names.blocks.size(); ++i)
            residualBlock(names.blocks[i], static_cast<int>(i) + 1, features);
        m_builder.beginStage("trunk");
        ConvLayer trunk = convolution("conv1", names.trunk, features);
        norm(names.trunkNorm, trunk);
        slopes(names.trunkSlopes, trunk);
        trunk.residuals.push_back({headMap, 1.0F, Residual::Resample::None});
        m_builder.add(std::move(trunk));
        generator.scale = 1;
        for (std::size_t i = 0; i < names.upsamplers.size(); ++i) {
            m_builder.beginStage(fmt::format("up{}", i + 1));
            const Names::Upsampler &upsampler = names.upsamplers[i];
            ConvLayer layer = convolution("conv1", upsampler.conv);
            layer.shuffle = shuffled(upsampler.conv, layer);
            slopes(upsampler.slopes, layer);
            generator.scale *= layer.shuffle;
            m_builder.add(std::move(layer));
        }
        m_builder.beginStage("tail");
        m_builder.add(convolution("conv1", names.tail, 3));
        return m_builder.take();
    }

    Generator buildMsrResNet();

private:
    /// The shuffle factor of an upsampling layer that was just taken.
    int shuffled(const std::string &name, const ConvLayer &layer) const
    {
        for (int factor = 2; factor <= 4; ++factor)
            if (layer.outChannels == layer.inChannels * factor * factor)
                return factor;
        throw base::Error(base::ErrorCode::BrokenFile, m_weights.file(),
                          fmt::format("key {}.weight has shape [{},{},…], expected 4, 9 or 16 times as many outputs as "
                                      "inputs",
                                      name, layer.outChannels, layer.inChannels));
    }

    void residualBlock(const Names::Block &block, int number, int features)
    {
        m_builder.beginStage(fmt::format("body/block{}", number));
        const int input = m_builder.lastMap();
        ConvLayer first = convolution("conv1", block.conv1);
        norm(block.norm1, first);
        slopes(block.slopes, first);
        m_builder.add(std::move(first));
        ConvLayer second = convolution("conv2", block.conv2, features);
        norm(block.norm2, second);
        second.residuals.push_back({input, 1.0F, Residual::Resample::None});
        m_builder.add(std::move(second));
    }

    WeightTaker &m_weights;
    GeneratorBuilder m_builder{Family::Srgan};
};

// ---- block1.0, block2.conv1, …

constexpr const char *kNumberedKey = "block2.conv1.weight";

Names numberedNames(const WeightTaker &weights)
{
    Names names;
    names.output = OutputTransform::TanhToUnit;
    names.head = "block1.0";
    names.headSlopes = "block1.1";
    int number = 2;
    for (; weights.has(fmt::format("block{}.conv1.weight", number)); ++number) {
        const std::string block = fmt::format("block{}.", number);
        names.blocks.push_back({block + "conv1", block + "bn1", block + "prelu", block + "conv2", block + "bn2"});
    }
    const std::string trunk = fmt::format("block{}.", number);
    names.trunk = trunk + "0";
    (weights.has(trunk + "1.running_mean") ? names.trunkNorm : names.trunkSlopes) = trunk + "1";
    const std::string end = fmt::format("block{}.", number + 1);
    int index = 0;
    for (; weights.has(fmt::format("{}{}.conv.weight", end, index)); ++index)
        names.upsamplers.push_back({fmt::format("{}{}.conv", end, index), fmt::format("{}{}.prelu", end, index)});
    names.tail = fmt::format("{}{}", end, index);
    return names;
}

// ---- conv1.0, trunk.0.rcb.0, …

constexpr const char *kTrunkKey = "trunk.0.rcb.0.weight";

Names trunkNames(const WeightTaker &weights)
{
    Names names;
    names.head = "conv1.0";
    names.headSlopes = "conv1.1";
    for (int number = 0; weights.has(fmt::format("trunk.{}.rcb.0.weight", number)); ++number) {
        const std::string block = fmt::format("trunk.{}.rcb.", number);
        names.blocks.push_back({block + "0", block + "1", block + "2", block + "3", block + "4"});
    }
    names.trunk = "conv2.0";
    names.trunkNorm = "conv2.1";
    for (int index = 0; weights.has(fmt::format("upsampling.{}.upsample_block.0.weight", index)); ++index) {
        const std::string block = fmt::format("upsampling.{}.upsample_block.", index);
        names.upsamplers.push_back({block + "0", block + "2"});
    }
    names.tail = "conv3";
    return names;
}

// ---- MSRResNet

constexpr const char *kMsrKey = "body.0.conv1.weight";
constexpr float kMsrLeakySlope = 0.1F;

Generator Builder::buildMsrResNet()
{
    const auto leaky = [](ConvLayer layer) {
        layer.activation = ActivationKind::LeakyRelu;
        layer.slopes = {kMsrLeakySlope};
        return layer;
    };
    m_builder.beginStage("head");
    m_builder.add(leaky(convolution("conv1", "conv_first")));
    for (int index = 0; m_weights.has(fmt::format("body.{}.conv1.weight", index)); ++index) {
        m_builder.beginStage(fmt::format("body/block{}", index + 1));
        const int input = m_builder.lastMap();
        ConvLayer first = convolution("conv1", fmt::format("body.{}.conv1", index));
        first.activation = ActivationKind::Relu;
        m_builder.add(std::move(first));
        ConvLayer second = convolution("conv2", fmt::format("body.{}.conv2", index));
        second.residuals.push_back({input, 1.0F, Residual::Resample::None});
        m_builder.add(std::move(second));
    }
    Generator &generator = m_builder.generator();
    generator.scale = 1;
    for (int number = 1; number == 1 || m_weights.has(fmt::format("upconv{}.weight", number)); ++number) {
        m_builder.beginStage(fmt::format("up{}", number));
        const std::string name = fmt::format("upconv{}", number);
        ConvLayer layer = leaky(convolution("conv1", name));
        layer.shuffle = shuffled(name, layer);
        generator.scale *= layer.shuffle;
        m_builder.add(std::move(layer));
    }
    m_builder.beginStage("hr");
    m_builder.add(leaky(convolution("conv1", "conv_hr")));
    m_builder.beginStage("tail");
    ConvLayer last = convolution("conv1", "conv_last", 3);
    last.residuals.push_back({0, 1.0F, Residual::Resample::Bilinear});
    m_builder.add(std::move(last));
    return m_builder.take();
}

bool recognises(const StateDict &state)
{
    return state.find(kNumberedKey) != nullptr || state.find(kTrunkKey) != nullptr || state.find(kMsrKey) != nullptr;
}

Generator build(WeightTaker &weights)
{
    Builder builder(weights);
    if (weights.has(kNumberedKey))
        return builder.build(numberedNames(weights));
    if (weights.has(kTrunkKey))
        return builder.build(trunkNames(weights));
    return builder.buildMsrResNet();
}

} // namespace

Architecture srganArchitecture() { return {"SRGAN/SRResNet", recognises, build, nullptr, nullptr}; }

} // namespace bitlens::model
