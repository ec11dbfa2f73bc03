// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/quantizednetwork.h"

#include "engine/base/error.h"
#include "engine/run/runner.h"
#include "engine/train/layerfunctions.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <torch/csrc/autograd/custom_function.h>

namespace bitlens::train {

using model::ConvLayer;

namespace {

/// Rule 6 without the zero point: clamps, rounds to nearest with ties to even. The gradient passes where nothing was
/// clamped.
struct RoundWithin : torch::autograd::Function<RoundWithin> {
    static torch::Tensor forward(torch::autograd::AutogradContext *context, const torch::Tensor &steps,
                                 const torch::Tensor &lowest, const torch::Tensor &highest)
    {
        context->save_for_backward({steps.gt(lowest).logical_and_(steps.lt(highest))});
        return steps.clamp(lowest, highest).round_();
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                   torch::autograd::variable_list gradients)
    {
        return {gradients[0] * context->get_saved_variables()[0], torch::Tensor(), torch::Tensor()};
    }
};

torch::Tensor tensorOf(const std::vector<float> &values, std::vector<std::int64_t> shape)
{
    return torch::tensor(values, torch::kFloat32).reshape(shape).clone();
}

std::vector<float> valuesOf(const torch::Tensor &tensor)
{
    const torch::Tensor plain = tensor.detach().contiguous();
    const float *begin = plain.data_ptr<float>();
    return {begin, begin + plain.numel()};
}

double meanOf(const std::vector<float> &values)
{
    return std::accumulate(values.begin(), values.end(), 0.0)
           / static_cast<double>(std::max<std::size_t>(1, values.size()));
}

/// The float weights that give a layer's integers: the generator's own where those round to them.
std::vector<float> weightsBehind(const ConvLayer &layer, const quant::QuantizedWeights &quantized,
                                 const std::vector<float> &inputScales)
{
    std::vector<float> weights = *layer.weight;
    const auto taps = static_cast<std::size_t>(layer.kernel * layer.kernel);
    const std::size_t perOutput = taps * inputScales.size();
    const std::int32_t maximum = quant::weightMaximum(quantized.bits);
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const float scale = quantized.scale[i / perOutput];
        const float inputScale = inputScales[i / taps % inputScales.size()];
        if (quant::quantizeWeight(weights[i] * inputScale, 1.0F / scale, maximum) != quantized.values[i])
            weights[i] = static_cast<float>(quantized.values[i]) * scale / inputScale;
    }
    return weights;
}

} // namespace

QuantizedNetwork::QuantizedNetwork(quant::QuantizedModelPtr start)
    : m_start(std::move(start)), m_lastReaders(run::lastReaders(*m_start->generator))
{
    const std::size_t layers = m_start->layers.size();
    m_maps.resize(layers + 1);
    m_layers.resize(layers);
    for (std::size_t i = 0; i < layers; ++i)
        for (const int map : m_start->generator->layers[i].inputs)
            if (const quant::LayerBits bits = m_start->plan.at(i); !bits.isFloat()) {
                MapScales &scales = m_maps[static_cast<std::size_t>(map)];
                scales.isUsed = true;
                scales.widestBits = std::max(scales.widestBits, bits.activation);
            }
    for (std::size_t map = 0; map < m_maps.size(); ++map)
        if (m_maps[map].isUsed)
            addMap(static_cast<int>(map));
    for (std::size_t i = 0; i < layers; ++i)
        addLayer(i);
}

void QuantizedNetwork::addMap(int map)
{
    MapScales &scales = m_maps[static_cast<std::size_t>(map)];
    const quant::ActivationQuantizer quantizer = m_start->activationQuantizer(map, scales.widestBits);
    scales.start = quantizer.scale;
    scales.zeroPoint = quantizer.zeroPoint;
    scales.logRatio = torch::zeros({static_cast<std::int64_t>(scales.start.size())});
    if (map == 0)
        return; // pictures have 8 bits themselves: another scale would only add rounding
    m_parameters.push_back({"map" + std::to_string(map) + ".scale", Kind::ActivationScale, scales.logRatio, 1.0, map});
}

void QuantizedNetwork::addLayer(std::size_t layer)
{
    const ConvLayer &conv = m_start->generator->layers[layer];
    const quant::QuantizedLayer &from = m_start->layers[layer];
    LayerTensors &tensors = m_layers[layer];
    if (!conv.slopes.empty() && conv.activation == model::ActivationKind::PRelu)
        tensors.slope = tensorOf(conv.slopes, {static_cast<std::int64_t>(conv.slopes.size())});
    tensors.bias = tensorOf(from.bias, {conv.outChannels});
    const std::vector<std::int64_t> shape{conv.outChannels, conv.inChannels, conv.kernel, conv.kernel};
    if (from.bits.isFloat()) {
        tensors.weight = tensorOf(*conv.weight, shape);
        return;
    }
    const std::vector<float> inputScales = m_start->inputScales(static_cast<int>(layer));
    tensors.weight = tensorOf(weightsBehind(conv, from.weights, inputScales), shape);
    tensors.startScale = tensorOf(from.weights.scale, {conv.outChannels});
    tensors.scaleLogRatio = torch::zeros({conv.outChannels});

    const double weightSize = std::sqrt(tensors.weight.square().mean().item<double>());
    const MapScales &result = m_maps[layer + 1];
    const double resultStep = result.isUsed ? meanOf(result.start) : 1.0 / 255.0;
    const auto owner = static_cast<int>(layer);
    m_parameters.push_back({conv.path + ".weight", Kind::Weight, tensors.weight, weightSize, owner});
    m_parameters.push_back({conv.path + ".weight_scale", Kind::WeightScale, tensors.scaleLogRatio, 1.0, owner});
    m_parameters.push_back({conv.path + ".bias", Kind::Bias, tensors.bias, resultStep, owner});
}

std::vector<torch::Tensor> QuantizedNetwork::values() const
{
    std::vector<torch::Tensor> copies;
    for (const Parameter &parameter : m_parameters)
        copies.push_back(parameter.value.detach().clone());
    return copies;
}

void QuantizedNetwork::setValues(const std::vector<torch::Tensor> &values)
{
    if (values.size() != m_parameters.size())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "the number of tensors is not that of the parameters");
    const torch::NoGradGuard noGradient;
    for (std::size_t i = 0; i < values.size(); ++i)
        m_parameters[i].value.copy_(values[i]);
}

void QuantizedNetwork::setTrained(Kind kind, bool trained)
{
    for (Parameter &parameter : m_parameters)
        if (parameter.kind == kind) {
            parameter.value.set_requires_grad(trained);
            parameter.value.mutable_grad() = torch::Tensor();
        }
}

quant::Range QuantizedNetwork::rangeOf(int map) const
{
    const MapScales &scales = m_maps[static_cast<std::size_t>(map)];
    const std::vector<float> ratios = valuesOf(torch::exp(scales.logRatio.detach()));
    const auto maximum = static_cast<float>(quant::activationMaximum(scales.widestBits));
    quant::Range range;
    for (std::size_t c = 0; c < ratios.size(); ++c) {
        const float scale = scales.start[c] * ratios[c];
        const auto zero = static_cast<float>(scales.zeroPoint[c]);
        range.channelLow.push_back(std::min(0.0F, -zero * scale));
        range.channelHigh.push_back(std::max(0.0F, (maximum - zero) * scale));
    }
    range.low = *std::min_element(range.channelLow.begin(), range.channelLow.end());
    range.high = *std::max_element(range.channelHigh.begin(), range.channelHigh.end());
    return range;
}

QuantizedNetwork::Grid QuantizedNetwork::gridOf(int map, int bits) const
{
    const MapScales &scales = m_maps[static_cast<std::size_t>(map)];
    const auto channels = static_cast<std::int64_t>(scales.start.size());
    const quant::ActivationQuantizer quantizer =
        quant::makeActivationQuantizer(rangeOf(map), static_cast<int>(channels), bits, 1.0F);
    std::vector<float> lowest;
    std::vector<float> highest;
    for (const std::int32_t zero : quantizer.zeroPoint) {
        lowest.push_back(static_cast<float>(-zero));
        highest.push_back(static_cast<float>(quantizer.maximum() - zero));
    }
    // Exactly the stored scale, as exp(0) is 1; its gradient is that of start · exp(logRatio).
    const torch::Tensor one = torch::exp(scales.logRatio - scales.logRatio.detach());
    return {(tensorOf(quantizer.scale, {channels}) * one).view({1, channels, 1, 1}),
            tensorOf(lowest, {1, channels, 1, 1}), tensorOf(highest, {1, channels, 1, 1})};
}

torch::Tensor QuantizedNetwork::weightScale(const LayerTensors &tensors) const
{
    return tensors.startScale * torch::exp(tensors.scaleLogRatio);
}

torch::Tensor QuantizedNetwork::mapOf(std::size_t index, const std::vector<torch::Tensor> &maps, Levels &levels) const
{
    const ConvLayer &layer = m_start->generator->layers[index];
    const LayerTensors &tensors = m_layers[index];
    const quant::LayerBits bits = m_start->plan.at(index);
    std::vector<torch::Tensor> sources;
    std::vector<torch::Tensor> scales;
    for (const int map : layer.inputs) {
        if (bits.isFloat()) {
            sources.push_back(maps[static_cast<std::size_t>(map)]);
            continue;
        }
        auto &[grid, quantized] = levels[{map, bits.activation}];
        if (!quantized.defined()) {
            grid = gridOf(map, bits.activation);
            quantized = RoundWithin::apply(maps[static_cast<std::size_t>(map)] * grid.scale.reciprocal(), grid.lowest,
                                           grid.highest);
        }
        sources.push_back(quantized);
        scales.push_back(grid.scale);
    }
    const torch::Tensor x = layerInput(layer, sources);
    torch::Tensor y;
    if (bits.isFloat()) {
        y = torch::conv2d(x, tensors.weight, tensors.bias, 1, layer.kernel / 2);
    } else {
        const std::int64_t out = layer.outChannels;
        const torch::Tensor scale = weightScale(tensors);
        const torch::Tensor folded = tensors.weight * (scales.size() == 1 ? scales.front() : torch::cat(scales, 1));
        const auto maximum = torch::full({1}, static_cast<float>(quant::weightMaximum(bits.weight)));
        const torch::Tensor integers =
            RoundWithin::apply(folded * scale.reciprocal().view({out, 1, 1, 1}), -maximum, maximum);
        y = torch::conv2d(x, integers, {}, 1, layer.kernel / 2) * scale.view({1, out, 1, 1})
            + tensors.bias.view({1, out, 1, 1});
    }
    return finishedLayer(y, layer, tensors.slope, maps);
}

void QuantizedNetwork::runLayers(std::size_t first, std::size_t end, std::vector<torch::Tensor> &maps) const
{
    Levels levels;
    for (std::size_t index = first; index < end; ++index)
        maps[index + 1] = mapOf(index, maps, levels);
}

QuantizedNetwork::Output QuantizedNetwork::forward(const torch::Tensor &pictures, const std::vector<int> &wanted) const
{
    const model::Generator &generator = *m_start->generator;
    std::vector<torch::Tensor> maps(generator.layers.size() + 1);
    Levels levels;
    maps[0] = generator.inputUnshuffle > 1 ? torch::pixel_unshuffle(pictures, generator.inputUnshuffle) : pictures;
    Output output;
    output.maps.resize(wanted.size());
    const auto keepWanted = [&](std::size_t map) {
        for (std::size_t i = 0; i < wanted.size(); ++i)
            if (wanted[i] == static_cast<int>(map))
                output.maps[i] = maps[map];
    };
    keepWanted(0);
    for (std::size_t index = 0; index < generator.layers.size(); ++index) {
        maps[index + 1] = mapOf(index, maps, levels);
        keepWanted(index + 1);
        for (std::size_t map = 0; map <= index; ++map)
            if (m_lastReaders[map] == static_cast<int>(index)) {
                maps[map].reset();
                std::erase_if(levels, [&](const auto &item) { return item.first.first == static_cast<int>(map); });
            }
    }
    output.picture = transformedOutput(maps.back(), generator.output);
    return output;
}

quant::QuantizedModelPtr QuantizedNetwork::toModel(const std::string &description) const
{
    const torch::NoGradGuard noGradient;
    auto model = std::make_shared<quant::QuantizedModel>(*m_start);
    model->calibration.description = description;
    for (std::size_t map = 0; map < m_maps.size(); ++map)
        if (m_maps[map].isUsed) {
            model->calibration.ranges[map] = rangeOf(static_cast<int>(map));
            model->calibration.channelExponents[map] = 1.0F;
        }
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        quant::QuantizedLayer &layer = model->layers[i];
        layer.identity.reset();
        if (layer.bits.isFloat())
            continue;
        layer.bias = valuesOf(m_layers[i].bias);
        layer.weights.scale = valuesOf(weightScale(m_layers[i]));
        const std::vector<float> weights = valuesOf(m_layers[i].weight);
        const std::vector<float> inputScales = model->inputScales(static_cast<int>(i));
        const std::size_t taps = weights.size() / (layer.bias.size() * inputScales.size());
        const std::size_t perOutput = taps * inputScales.size();
        const std::int32_t maximum = quant::weightMaximum(layer.bits.weight);
        for (std::size_t w = 0; w < weights.size(); ++w)
            layer.weights.values[w] =
                static_cast<std::int16_t>(quant::quantizeWeight(weights[w] * inputScales[w / taps % inputScales.size()],
                                                                1.0F / layer.weights.scale[w / perOutput], maximum));
    }
    return model;
}

} // namespace bitlens::train
