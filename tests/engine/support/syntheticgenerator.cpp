// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/engine/support/syntheticgenerator.h"

#include "engine/model/architecture.h"

#include <cmath>
#include <string>
#include <utility>

namespace bitlens::test {

namespace {

/// Fills tensors with reproducible numbers (splitmix64; std distributions differ between libraries).
class StateWriter {
public:
    explicit StateWriter(std::uint64_t seed) : m_state(seed * 0x9E3779B97F4A7C15ULL + 1) {}

    /// Kernel [out,in,k,k] with a variance that keeps activations near their size, and a small bias.
    void convolution(const std::string &name, int outChannels, int inChannels, int kernel, float gain = 1.0F,
                     float biasCentre = 0.0F)
    {
        const float bound = gain * std::sqrt(3.0F / static_cast<float>(inChannels * kernel * kernel));
        uniform(name + ".weight", {outChannels, inChannels, kernel, kernel}, -bound, bound);
        uniform(name + ".bias", {outChannels}, biasCentre - 0.05F, biasCentre + 0.05F);
    }

    void slopes(const std::string &name, int count) { uniform(name + ".weight", {count}, 0.05F, 0.35F); }

    void batchNorm(const std::string &name, int channels)
    {
        uniform(name + ".weight", {channels}, 0.5F, 1.5F);
        uniform(name + ".bias", {channels}, -0.1F, 0.1F);
        uniform(name + ".running_mean", {channels}, -0.1F, 0.1F);
        uniform(name + ".running_var", {channels}, 0.3F, 2.0F);
        m_dict.entries.push_back({name + ".num_batches_tracked", model::Tensor{{}, {1.0F}, {}}});
    }

    model::StateDict take() { return std::move(m_dict); }

private:
    void uniform(const std::string &key, std::vector<std::int64_t> shape, float low, float high)
    {
        std::int64_t count = 1;
        for (const std::int64_t size : shape)
            count *= size;
        model::Tensor tensor{std::move(shape), std::vector<float>(static_cast<std::size_t>(count)), {}};
        for (float &value : tensor.values)
            value = low + (high - low) * next();
        m_dict.entries.emplace_back(key, std::move(tensor));
    }

    /// In [0,1).
    float next()
    {
        std::uint64_t z = (m_state += 0x9E3779B97F4A7C15ULL);
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
        return static_cast<float>((z ^ (z >> 31U)) >> 40U) * 0x1p-24F;
    }

    std::uint64_t m_state;
    model::StateDict m_dict;
};

} // namespace

model::StateDict syntheticState(const SrganShape &shape)
{
    StateWriter state(shape.seed);
    const int channels = shape.channels;
    const int slopes = shape.slopesPerChannel ? channels : 1;
    state.convolution("block1.0", channels, 3, shape.outerKernel);
    state.slopes("block1.1", slopes);
    for (int i = 0; i < shape.blocks; ++i) {
        const std::string block = "block" + std::to_string(i + 2) + ".";
        state.convolution(block + "conv1", channels, channels, 3);
        if (shape.batchNorm)
            state.batchNorm(block + "bn1", channels);
        state.slopes(block + "prelu", slopes);
        state.convolution(block + "conv2", channels, channels, 3, 0.5F);
        if (shape.batchNorm)
            state.batchNorm(block + "bn2", channels);
    }
    const std::string trunk = "block" + std::to_string(shape.blocks + 2) + ".";
    state.convolution(trunk + "0", channels, channels, 3);
    if (shape.trunkBatchNorm)
        state.batchNorm(trunk + "1", channels);
    else
        state.slopes(trunk + "1", slopes);
    const std::string end = "block" + std::to_string(shape.blocks + 3) + ".";
    for (int i = 0; i < shape.upsamplers; ++i) {
        state.convolution(end + std::to_string(i) + ".conv", channels * 4, channels, 3);
        state.slopes(end + std::to_string(i) + ".prelu", slopes);
    }
    state.convolution(end + std::to_string(shape.upsamplers), 3, channels, shape.outerKernel, 0.5F);
    return state.take();
}

model::StateDict syntheticState(const RrdbShape &shape)
{
    StateWriter state(shape.seed);
    const int channels = shape.channels;
    state.convolution("conv_first", channels, 3 * shape.unshuffle * shape.unshuffle, 3);
    for (int block = 0; block < shape.blocks; ++block)
        for (int dense = 1; dense <= 3; ++dense)
            for (int layer = 1; layer <= 5; ++layer)
                state.convolution("body." + std::to_string(block) + ".rdb" + std::to_string(dense) + ".conv"
                                      + std::to_string(layer),
                                  layer < 5 ? shape.growth : channels, channels + (layer - 1) * shape.growth, 3);
    state.convolution("conv_body", channels, channels, 3, 0.5F);
    state.convolution("conv_up1", channels, channels, 3);
    state.convolution("conv_up2", channels, channels, 3);
    state.convolution("conv_hr", channels, channels, 3);
    state.convolution("conv_last", 3, channels, 3, 0.5F, 0.5F);
    return state.take();
}

model::StateDict syntheticState(const SrvggShape &shape)
{
    StateWriter state(shape.seed);
    for (int i = 0; i < shape.convolutions; ++i) {
        const bool last = i + 1 == shape.convolutions;
        state.convolution("body." + std::to_string(2 * i), last ? 3 * shape.scale * shape.scale : shape.channels,
                          i == 0 ? 3 : shape.channels, 3, last ? 0.3F : 1.0F);
        if (!last)
            state.slopes("body." + std::to_string(2 * i + 1), shape.channels);
    }
    return state.take();
}

model::StateDict syntheticState(const MsrShape &shape)
{
    StateWriter state(shape.seed);
    const int channels = shape.channels;
    state.convolution("conv_first", channels, 3, 3);
    for (int i = 0; i < shape.blocks; ++i) {
        state.convolution("body." + std::to_string(i) + ".conv1", channels, channels, 3);
        state.convolution("body." + std::to_string(i) + ".conv2", channels, channels, 3, 0.5F);
    }
    const int factor = shape.scale == 4 ? 2 : shape.scale;
    state.convolution("upconv1", channels * factor * factor, channels, 3);
    if (shape.scale == 4)
        state.convolution("upconv2", channels * 4, channels, 3);
    state.convolution("conv_hr", channels, channels, 3);
    state.convolution("conv_last", 3, channels, 3, 0.3F);
    return state.take();
}

template <typename Shape>
model::GeneratorPtr syntheticGenerator(const Shape &shape)
{
    return std::make_shared<const model::Generator>(model::generatorFromState(syntheticState(shape), "synthetic"));
}

template model::GeneratorPtr syntheticGenerator(const SrganShape &);
template model::GeneratorPtr syntheticGenerator(const RrdbShape &);
template model::GeneratorPtr syntheticGenerator(const SrvggShape &);
template model::GeneratorPtr syntheticGenerator(const MsrShape &);

} // namespace bitlens::test
