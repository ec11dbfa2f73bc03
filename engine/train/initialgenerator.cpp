// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/initialgenerator.h"

#include "engine/base/error.h"
#include "engine/model/generatorbuilder.h"
#include "engine/train/normalnumbers.h"

#include <algorithm>
#include <cmath>

namespace bitlens::train {

using model::ActivationKind;
using model::ConvLayer;
using model::Family;

namespace {

constexpr float kResidualBranchGain = 0.1F;
constexpr float kPReluStart = 0.25F;
constexpr float kLeakySlope = 0.2F;

struct LayerShape {
    std::string name;
    std::vector<int> inputs;
    int inChannels;
    int outChannels;
    int kernel = 3;
    ActivationKind activation = ActivationKind::None;
    float gain = 1.0F;
};

ConvLayer randomLayer(const LayerShape &shape, NormalNumbers &normal)
{
    ConvLayer layer;
    layer.name = shape.name;
    layer.inputs = shape.inputs;
    layer.inChannels = shape.inChannels;
    layer.outChannels = shape.outChannels;
    layer.kernel = shape.kernel;
    layer.activation = shape.activation;
    if (shape.activation == ActivationKind::PRelu)
        layer.slopes = {kPReluStart};
    else if (shape.activation == ActivationKind::LeakyRelu)
        layer.slopes = {kLeakySlope};
    const float slope = layer.slopes.empty() ? 1.0F : layer.slopes.front();
    const int fanIn = shape.inChannels * shape.kernel * shape.kernel;
    const float deviation = shape.gain * std::sqrt(2.0F / ((1.0F + slope * slope) * static_cast<float>(fanIn)));
    std::vector<float> weight(layer.weightCount());
    for (float &w : weight)
        w = deviation * normal.next();
    layer.weight = std::make_shared<const std::vector<float>>(std::move(weight));
    layer.bias.assign(static_cast<std::size_t>(shape.outChannels), 0.0F);
    return layer;
}

/// The weights of all sub-pixels of an upsampler start equal (Aitken et al. 2017), so that no checkerboard is learned
/// first: the output channels of one shuffled channel copy the first of them.
void equalSubPixels(ConvLayer &layer)
{
    auto weight = *layer.weight;
    const int group = layer.shuffle * layer.shuffle;
    const std::size_t row = layer.weightCount() / static_cast<std::size_t>(layer.outChannels);
    for (int out = 0; out < layer.outChannels; ++out) {
        const auto first = weight.begin() + static_cast<std::ptrdiff_t>(row) * (out - out % group);
        std::copy_n(first, row, weight.begin() + static_cast<std::ptrdiff_t>(row) * out);
    }
    layer.weight = std::make_shared<const std::vector<float>>(std::move(weight));
}

void buildSrgan(model::GeneratorBuilder &builder, const GeneratorShape &shape, NormalNumbers &normal)
{
    const int n = shape.channels;
    builder.beginStage("head");
    const int head = builder.add(randomLayer({"conv", {0}, 3, n, 9, ActivationKind::PRelu}, normal));
    for (int block = 1; block <= shape.blocks; ++block) {
        const int input = builder.lastMap();
        builder.beginStage("body/block" + std::to_string(block));
        const int middle = builder.add(randomLayer({"conv1", {input}, n, n, 3, ActivationKind::PRelu}, normal));
        ConvLayer second = randomLayer({"conv2", {middle}, n, n, 3, ActivationKind::None, kResidualBranchGain}, normal);
        second.residuals.push_back({.source = input});
        builder.add(std::move(second));
    }
    builder.beginStage("trunk");
    ConvLayer trunk =
        randomLayer({"conv", {builder.lastMap()}, n, n, 3, ActivationKind::None, kResidualBranchGain}, normal);
    trunk.residuals.push_back({.source = head});
    builder.add(std::move(trunk));
    for (int up = 1, scale = 1; scale < shape.scale; scale *= 2, ++up) {
        builder.beginStage("up" + std::to_string(up));
        ConvLayer layer = randomLayer({"conv", {builder.lastMap()}, n, 4 * n, 3, ActivationKind::PRelu}, normal);
        layer.shuffle = 2;
        equalSubPixels(layer);
        builder.add(std::move(layer));
    }
    builder.beginStage("tail");
    builder.add(randomLayer({"conv", {builder.lastMap()}, n, 3, 9, ActivationKind::None, kResidualBranchGain}, normal));
}

void buildRrdb(model::GeneratorBuilder &builder, const GeneratorShape &shape, NormalNumbers &normal)
{
    constexpr float kResidualScale = 0.2F;
    const int n = shape.channels;
    builder.beginStage("head");
    const int head = builder.add(randomLayer({"conv", {0}, 3, n}, normal));
    for (int block = 1; block <= shape.blocks; ++block) {
        const int blockInput = builder.lastMap();
        builder.beginStage("body/block" + std::to_string(block));
        for (int dense = 1; dense <= 3; ++dense) {
            const std::string prefix = "rdb" + std::to_string(dense) + "/conv";
            const int denseInput = builder.lastMap();
            std::vector<int> sources{denseInput};
            for (int conv = 1; conv <= 4; ++conv) {
                const int in = n + (conv - 1) * shape.growth;
                sources.push_back(builder.add(randomLayer({prefix + std::to_string(conv), sources, in, shape.growth, 3,
                                                           ActivationKind::LeakyRelu, kResidualBranchGain},
                                                          normal)));
            }
            ConvLayer last = randomLayer(
                {prefix + "5", sources, n + 4 * shape.growth, n, 3, ActivationKind::None, kResidualBranchGain}, normal);
            last.residuals.push_back({.source = denseInput, .scale = kResidualScale});
            if (dense == 3)
                last.residuals.push_back({.source = blockInput, .scale = kResidualScale});
            builder.add(std::move(last));
        }
    }
    builder.beginStage("trunk");
    ConvLayer trunk = randomLayer({"conv", {builder.lastMap()}, n, n}, normal);
    trunk.residuals.push_back({.source = head});
    builder.add(std::move(trunk));
    for (int up = 1, scale = 1; scale < shape.scale; scale *= 2, ++up) {
        builder.beginStage("up" + std::to_string(up));
        ConvLayer layer = randomLayer({"conv", {builder.lastMap()}, n, n, 3, ActivationKind::LeakyRelu}, normal);
        layer.upsample = 2;
        builder.add(std::move(layer));
    }
    builder.beginStage("hr");
    builder.add(randomLayer({"conv", {builder.lastMap()}, n, n, 3, ActivationKind::LeakyRelu}, normal));
    builder.beginStage("tail");
    builder.add(randomLayer({"conv", {builder.lastMap()}, n, 3, 3, ActivationKind::None, kResidualBranchGain}, normal));
}

} // namespace

model::Generator initialGenerator(const GeneratorShape &shape, std::uint64_t seed)
{
    const auto require = [](bool condition, const char *what) {
        if (!condition)
            throw base::Error(base::ErrorCode::InvalidArgument, {}, what);
    };
    require(shape.scale == 2 || shape.scale == 4, "the scale of a generator to train is 2 or 4");
    require(shape.blocks >= 1 && shape.blocks <= 64, "a generator to train has 1 to 64 blocks");
    require(shape.channels >= 4 && shape.channels <= 256, "a generator to train has 4 to 256 channels");
    require(shape.growth >= 4 && shape.growth <= 128, "a dense block grows by 4 to 128 channels");
    require(shape.family == Family::Srgan || shape.family == Family::Rrdb,
            "generators that can be trained from random weights are SRGAN and RRDBNet");

    NormalNumbers normal(seed);
    model::GeneratorBuilder builder(shape.family);
    if (shape.family == Family::Srgan)
        buildSrgan(builder, shape, normal);
    else
        buildRrdb(builder, shape, normal);
    model::Generator generator = builder.take();
    generator.scale = shape.scale;
    generator.name = shape.family == Family::Srgan ? "srgan" : "rrdbnet";
    generator.validate("the new generator");
    return generator;
}

} // namespace bitlens::train
