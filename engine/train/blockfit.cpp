// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/blockfit.h"

#include "engine/train/layerfunctions.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include <torch/optim/adam.h>

namespace bitlens::train {

namespace {

using Kind = QuantizedNetwork::Kind;

// Adam's rates, an iteration moves a parameter by about so much: found on an SRGAN of five blocks at 4 and 8 bits.
/// Of the logarithms of scales.
constexpr double kActivationScaleRate = 3e-3;
constexpr double kWeightScaleRate = 1e-3;
/// Of weights in quantization steps, and of biases in those of the feature map that they make.
constexpr double kWeightRate = 0.012;
constexpr double kBiasRate = 1e-2;
/// Rates rise over the first iterations, and fall along a cosine to this part.
constexpr double kRisingIterations = 5.0;
constexpr double kLastRate = 0.02;
/// Multiply-accumulates that an iteration should take, forwards: batches are the larger the smaller the block.
constexpr double kIterationMacs = 4e8;
constexpr double kMostCrops = 8.0;
/// Keeps a block without any error from dividing by it.
constexpr double kSmallestError = 1e-20;

double rateAt(double progress, int iteration)
{
    const double fallen = kLastRate + (1.0 - kLastRate) * 0.5 * (1.0 + std::cos(std::numbers::pi * progress));
    return fallen * std::min(1.0, (iteration + 1) / kRisingIterations);
}

} // namespace

BlockFit::BlockFit(QuantizedNetwork &network, const ReconstructionBlock &block, const BlockData &data,
                   std::uint64_t seed)
    : m_network(network), m_block(block), m_data(data), m_random(seed)
{
    for (const QuantizedNetwork::Parameter &parameter : network.parameters())
        addParameter(parameter);
}

void BlockFit::addParameter(const QuantizedNetwork::Parameter &parameter)
{
    const auto owner = static_cast<std::size_t>(parameter.owner);
    const bool isOwn = parameter.kind == Kind::ActivationScale ? isOwnMap(parameter.owner)
                                                               : owner >= m_block.first && owner < m_block.end;
    if (!isOwn)
        return;
    switch (parameter.kind) {
    case Kind::ActivationScale:
        m_fitted.push_back({parameter.value, kActivationScaleRate});
        break;
    case Kind::WeightScale:
        m_fitted.push_back({parameter.value, kWeightScaleRate});
        break;
    case Kind::Weight:
        m_fitted.push_back({parameter.value, kWeightRate * meanWeightStep(owner)});
        break;
    case Kind::Bias:
        m_fitted.push_back({parameter.value, kBiasRate * parameter.unit});
        break;
    }
}

/// Whether all layers that quantize a map are the block's.
bool BlockFit::isOwnMap(int map) const
{
    const quant::QuantizedModel &model = m_network.start();
    for (std::size_t i = 0; i < model.layers.size(); ++i) {
        const std::vector<int> &inputs = model.generator->layers[i].inputs;
        if ((i < m_block.first || i >= m_block.end) && !model.plan.at(i).isFloat()
            && std::find(inputs.begin(), inputs.end(), map) != inputs.end())
            return false;
    }
    return true;
}

/// A layer's quantization step in units of its weights.
double BlockFit::meanWeightStep(std::size_t layer) const
{
    double inverse = 0.0;
    const std::vector<float> inputScales = m_network.start().inputScales(static_cast<int>(layer));
    for (const float scale : inputScales)
        inverse += 1.0 / static_cast<double>(scale);
    double steps = 0.0;
    const std::vector<float> &scales = m_network.start().layers[layer].weights.scale;
    for (const float scale : scales)
        steps += static_cast<double>(scale);
    return steps / static_cast<double>(scales.size()) * inverse / static_cast<double>(inputScales.size());
}

std::int64_t BlockFit::batch() const
{
    const double macs = std::max(1.0, m_block.macs * static_cast<double>(m_data.pixels));
    return static_cast<std::int64_t>(std::clamp(std::round(kIterationMacs / macs), 1.0, kMostCrops));
}

torch::Tensor BlockFit::error(const torch::Tensor &crops) const
{
    std::vector<torch::Tensor> maps;
    for (const torch::Tensor &input : m_data.inputs)
        maps.push_back(input.defined() ? input.index_select(0, crops) : input);
    m_network.runLayers(m_block.first, m_block.end, maps);
    const model::Generator &generator = *m_network.start().generator;
    torch::Tensor sum = torch::zeros({});
    for (const int output : m_block.outputs) {
        torch::Tensor actual = maps[static_cast<std::size_t>(output)];
        torch::Tensor expected = m_data.targets[static_cast<std::size_t>(output)].index_select(0, crops);
        if (output == static_cast<int>(generator.layers.size())) {
            actual = transformedOutput(actual, generator.output);
            expected = transformedOutput(expected, generator.output);
        }
        sum = sum + (actual - expected).square().mean();
    }
    return sum;
}

double BlockFit::heldOutError() const
{
    const torch::NoGradGuard noGradient;
    const std::int64_t end = m_data.targets[static_cast<std::size_t>(m_block.outputs.front())].size(0);
    double sum = 0.0;
    for (std::int64_t crop = m_data.learned; crop < end; ++crop)
        sum += error(torch::full({1}, crop, torch::kInt64)).item<double>();
    return sum / static_cast<double>(end - m_data.learned);
}

void BlockFit::learn(int iterations, const base::Job &job)
{
    std::vector<torch::optim::OptimizerParamGroup> groups;
    for (Fitted &fitted : m_fitted) {
        fitted.value.set_requires_grad(true);
        groups.emplace_back(std::vector<torch::Tensor>{fitted.value},
                            // Gradients may be far below Adam's usual epsilon.
                            std::make_unique<torch::optim::AdamOptions>(
                                torch::optim::AdamOptions(fitted.rate).betas({0.9, 0.99}).eps(1e-12)));
    }
    torch::optim::Adam adam(groups, torch::optim::AdamOptions(1.0));
    const auto learned = static_cast<std::uint64_t>(m_data.learned);
    for (int i = 0; i < iterations; ++i) {
        job.cancel.throwIfCancelled();
        job.report(static_cast<double>(i) / iterations, m_block.name);
        std::vector<std::int64_t> crops(static_cast<std::size_t>(batch()));
        for (std::int64_t &crop : crops)
            crop = static_cast<std::int64_t>(m_random() % learned);
        const double rate = rateAt(static_cast<double>(i) / iterations, i);
        for (std::size_t g = 0; g < m_fitted.size(); ++g)
            static_cast<torch::optim::AdamOptions &>(adam.param_groups()[g].options()).lr(m_fitted[g].rate * rate);
        adam.zero_grad();
        error(torch::tensor(crops)).backward();
        adam.step();
    }
    for (Fitted &fitted : m_fitted) {
        fitted.value.set_requires_grad(false);
        fitted.value.mutable_grad() = torch::Tensor();
    }
}

BlockErrors BlockFit::run(int iterations, const base::Job &job)
{
    std::vector<torch::Tensor> start;
    for (const Fitted &fitted : m_fitted)
        start.push_back(fitted.value.detach().clone());
    BlockErrors errors;
    errors.before = heldOutError();
    learn(iterations, job);
    errors.after = heldOutError();
    errors.isKept = errors.after < errors.before;
    if (!errors.isKept) {
        const torch::NoGradGuard noGradient;
        for (std::size_t i = 0; i < start.size(); ++i)
            m_fitted[i].value.copy_(start[i]);
        errors.after = errors.before;
    }
    return errors;
}

} // namespace bitlens::train
