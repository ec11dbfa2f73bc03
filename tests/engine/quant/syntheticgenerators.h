// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"

#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace bitlens::test {

/// Generators of the known families with seeded random weights, for tests that need a structure and no trained model.
class SyntheticBuilder {
public:
    SyntheticBuilder(model::Family family, const std::string &name, unsigned seed = 1) : m_random(seed)
    {
        m_generator.family = family;
        m_generator.name = name;
        m_generator.source = name;
    }

    void stage(const std::string &name)
    {
        m_generator.stages.push_back({name, static_cast<int>(m_generator.layers.size()), 0});
    }

    /// Adds a convolution with random weights of a gain that keeps activations near unit size.
    model::ConvLayer &conv(const std::string &name, std::vector<int> inputs, int out, int kernel, float gain = 0.7F)
    {
        model::ConvLayer layer;
        layer.name = name;
        layer.path = m_generator.stages.back().name + "/" + name;
        for (const int map : inputs)
            layer.inChannels += m_generator.mapChannels(map);
        layer.inputs = std::move(inputs);
        layer.outChannels = out;
        layer.kernel = kernel;
        const float fan = static_cast<float>(layer.inChannels * kernel * kernel);
        std::normal_distribution<float> weights(0.0F, gain / std::sqrt(fan));
        std::uniform_real_distribution<float> biases(-0.1F, 0.1F);
        std::vector<float> values(layer.weightCount());
        for (float &value : values)
            value = weights(m_random);
        layer.weight = std::make_shared<const std::vector<float>>(std::move(values));
        layer.bias.resize(static_cast<std::size_t>(out));
        for (float &value : layer.bias)
            value = biases(m_random);
        m_generator.layers.push_back(std::move(layer));
        ++m_generator.stages.back().layerCount;
        return m_generator.layers.back();
    }

    int lastMap() const { return static_cast<int>(m_generator.layers.size()); }
    model::Generator &generator() { return m_generator; }
    model::GeneratorPtr take() { return std::make_shared<const model::Generator>(std::move(m_generator)); }

private:
    model::Generator m_generator;
    std::mt19937 m_random;
};

/// SRResNet x4: 9x9 head and tail, PReLU (one slope per channel in the head, shared elsewhere), pixel shuffle.
inline model::GeneratorPtr syntheticSrgan(int blocks, int channels, unsigned seed = 1)
{
    SyntheticBuilder build(model::Family::Srgan, "synthetic-srgan", seed);
    build.stage("head");
    auto &head = build.conv("conv", {0}, channels, 9, 1.5F);
    head.activation = model::ActivationKind::PRelu;
    for (int c = 0; c < channels; ++c)
        head.slopes.push_back(0.1F + 0.02F * static_cast<float>(c % 10));
    const int headMap = build.lastMap();
    int stream = headMap;
    for (int block = 1; block <= blocks; ++block) {
        build.stage("body/block" + std::to_string(block));
        auto &first = build.conv("conv1", {stream}, channels, 3, 1.2F);
        first.activation = model::ActivationKind::PRelu;
        first.slopes = {0.25F};
        auto &second = build.conv("conv2", {build.lastMap()}, channels, 3);
        second.residuals = {{stream, 1.0F, model::Residual::Resample::None}};
        stream = build.lastMap();
    }
    build.stage("trunk");
    auto &trunk = build.conv("conv", {stream}, channels, 3);
    trunk.residuals = {{headMap, 1.0F, model::Residual::Resample::None}};
    for (int up = 1; up <= 2; ++up) {
        build.stage("up" + std::to_string(up));
        auto &upsampler = build.conv("conv", {build.lastMap()}, channels * 4, 3, 1.2F);
        upsampler.activation = model::ActivationKind::PRelu;
        upsampler.slopes = {0.2F};
        upsampler.shuffle = 2;
    }
    build.stage("tail");
    build.conv("conv", {build.lastMap()}, 3, 9);
    build.generator().output = model::OutputTransform::TanhToUnit;
    build.generator().scale = 4;
    return build.take();
}

/// RRDBNet: dense blocks, nearest upsampling before convolutions. `scale` 4, 2 or 1 (2 and 1 unshuffle the input).
inline model::GeneratorPtr syntheticRrdb(int blocks, int features, int growth, int scale = 4, unsigned seed = 2)
{
    SyntheticBuilder build(model::Family::Rrdb, "synthetic-rrdb", seed);
    build.generator().scale = scale;
    build.generator().inputUnshuffle = 4 / scale;
    const auto leaky = [](model::ConvLayer &layer) {
        layer.activation = model::ActivationKind::LeakyRelu;
        layer.slopes = {0.2F};
    };
    build.stage("head");
    build.conv("conv", {0}, features, 3, 1.5F);
    const int headMap = build.lastMap();
    int stream = headMap;
    for (int block = 1; block <= blocks; ++block) {
        build.stage("body/block" + std::to_string(block));
        const int blockInput = stream;
        for (int dense = 1; dense <= 3; ++dense) {
            std::vector<int> inputs{stream};
            for (int k = 1; k <= 4; ++k) {
                leaky(build.conv("rdb" + std::to_string(dense) + "/conv" + std::to_string(k), inputs, growth, 3, 1.2F));
                inputs.push_back(build.lastMap());
            }
            auto &last = build.conv("rdb" + std::to_string(dense) + "/conv5", inputs, features, 3);
            last.residuals = {{stream, 0.2F, model::Residual::Resample::None}};
            if (dense == 3)
                last.residuals.push_back({blockInput, 0.2F, model::Residual::Resample::None});
            stream = build.lastMap();
        }
    }
    build.stage("trunk");
    build.conv("conv", {stream}, features, 3).residuals = {{headMap, 1.0F, model::Residual::Resample::None}};
    for (int up = 1; up <= 2; ++up) {
        build.stage("up" + std::to_string(up));
        auto &upsampler = build.conv("conv", {build.lastMap()}, features, 3, 1.2F);
        upsampler.upsample = 2;
        leaky(upsampler);
    }
    build.stage("hr");
    leaky(build.conv("conv", {build.lastMap()}, features, 3, 1.2F));
    build.stage("tail");
    build.conv("conv", {build.lastMap()}, 3, 3);
    return build.take();
}

/// SRVGGNetCompact: PReLU convolutions, one pixel shuffle at the end, a nearest-enlarged (or bilinear) global skip.
inline model::GeneratorPtr syntheticCompact(int layers, int channels, int scale, bool bilinear = false,
                                            unsigned seed = 3)
{
    SyntheticBuilder build(model::Family::SrvggCompact, "synthetic-compact", seed);
    build.generator().scale = scale;
    for (int i = 0; i < layers; ++i) {
        build.stage(i == 0 ? "head" : "body/block" + std::to_string(i));
        auto &layer = build.conv("conv", {build.lastMap()}, channels, 3, 1.3F);
        layer.activation = model::ActivationKind::PRelu;
        for (int c = 0; c < channels; ++c)
            layer.slopes.push_back(0.05F * static_cast<float>(c % 8) - 0.1F);
    }
    build.stage("tail");
    auto &tail = build.conv("conv", {build.lastMap()}, 3 * scale * scale, 3, 0.3F);
    tail.shuffle = scale;
    tail.residuals = {{0, 1.0F, bilinear ? model::Residual::Resample::Bilinear : model::Residual::Resample::Nearest}};
    return build.take();
}

} // namespace bitlens::test
