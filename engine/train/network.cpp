// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/network.h"

#include "engine/base/error.h"
#include "engine/train/layerfunctions.h"

namespace bitlens::train {

using model::ActivationKind;
using model::ConvLayer;

namespace {

torch::Tensor tensorOf(const std::vector<float> &values, std::vector<std::int64_t> shape)
{
    return torch::tensor(values, torch::kFloat32).reshape(shape).clone().set_requires_grad(true);
}

std::vector<float> valuesOf(const torch::Tensor &tensor)
{
    const torch::Tensor plain = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
    const float *begin = plain.data_ptr<float>();
    return {begin, begin + plain.numel()};
}

} // namespace

Network::Network(model::GeneratorPtr generator) : m_generator(std::move(generator))
{
    for (const ConvLayer &layer : m_generator->layers) {
        LayerTensors tensors;
        tensors.weight = tensorOf(*layer.weight, {layer.outChannels, layer.inChannels, layer.kernel, layer.kernel});
        tensors.bias = tensorOf(layer.bias, {layer.outChannels});
        m_parameters.push_back({layer.path + ".weight", tensors.weight});
        m_parameters.push_back({layer.path + ".bias", tensors.bias});
        if (layer.activation == ActivationKind::PRelu) {
            tensors.slope = tensorOf(layer.slopes, {static_cast<std::int64_t>(layer.slopes.size())});
            m_parameters.push_back({layer.path + ".slope", tensors.slope});
        }
        m_layers.push_back(std::move(tensors));
    }
}

std::vector<torch::Tensor> Network::tensors() const
{
    std::vector<torch::Tensor> result;
    for (const Parameter &parameter : m_parameters)
        result.push_back(parameter.value);
    return result;
}

torch::Tensor Network::forward(const torch::Tensor &pictures) const
{
    const auto &layers = m_generator->layers;
    std::vector<torch::Tensor> maps(layers.size() + 1);
    maps[0] =
        m_generator->inputUnshuffle > 1 ? torch::pixel_unshuffle(pictures, m_generator->inputUnshuffle) : pictures;
    for (std::size_t index = 0; index < layers.size(); ++index) {
        const ConvLayer &layer = layers[index];
        std::vector<torch::Tensor> sources;
        for (const int input : layer.inputs)
            sources.push_back(maps[static_cast<std::size_t>(input)]);
        const torch::Tensor y = torch::conv2d(layerInput(layer, sources), m_layers[index].weight, m_layers[index].bias,
                                              1, layer.kernel / 2);
        maps[index + 1] = finishedLayer(y, layer, m_layers[index].slope, maps);
    }
    return transformedOutput(maps.back(), m_generator->output);
}

model::Generator Network::toGenerator(const std::vector<torch::Tensor> &tensors) const
{
    if (tensors.size() != m_parameters.size())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "the number of tensors is not that of the parameters");
    model::Generator generator = *m_generator;
    std::size_t next = 0;
    for (ConvLayer &layer : generator.layers) {
        layer.weight = std::make_shared<const std::vector<float>>(valuesOf(tensors[next++]));
        layer.bias = valuesOf(tensors[next++]);
        if (layer.activation == ActivationKind::PRelu)
            layer.slopes = valuesOf(tensors[next++]);
    }
    return generator;
}

} // namespace bitlens::train
