// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/network.h"

#include "engine/base/error.h"

#include <torch/nn/functional.h>

namespace bitlens::train {

using model::ActivationKind;
using model::ConvLayer;
using model::Residual;

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

torch::Tensor activated(const torch::Tensor &y, const ConvLayer &layer, const torch::Tensor &slope)
{
    switch (layer.activation) {
    case ActivationKind::None:
        return y;
    case ActivationKind::Relu:
        return torch::relu(y);
    case ActivationKind::LeakyRelu:
        return torch::leaky_relu(y, layer.slopes.front());
    case ActivationKind::PRelu:
        return torch::prelu(y, slope);
    }
    return y;
}

torch::Tensor enlarged(const torch::Tensor &source, Residual::Resample resample, const torch::Tensor &like)
{
    const std::vector<std::int64_t> size{like.size(2), like.size(3)};
    switch (resample) {
    case Residual::Resample::None:
        return source;
    case Residual::Resample::Nearest:
        return torch::upsample_nearest2d(source, size);
    case Residual::Resample::Bilinear:
        return torch::upsample_bilinear2d(source, size, false);
    }
    return source;
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
        torch::Tensor x;
        if (layer.inputs.size() == 1) {
            x = maps[static_cast<std::size_t>(layer.inputs.front())];
        } else {
            std::vector<torch::Tensor> sources;
            for (const int input : layer.inputs)
                sources.push_back(maps[static_cast<std::size_t>(input)]);
            x = torch::cat(sources, 1);
        }
        if (layer.upsample > 1)
            x = torch::upsample_nearest2d(x, {x.size(2) * layer.upsample, x.size(3) * layer.upsample});
        torch::Tensor y = torch::conv2d(x, m_layers[index].weight, m_layers[index].bias, 1, layer.kernel / 2);
        y = activated(y, layer, m_layers[index].slope);
        if (layer.shuffle > 1)
            y = torch::pixel_shuffle(y, layer.shuffle);
        for (const Residual &residual : layer.residuals) {
            if (residual.scale != 1.0F)
                y = y * residual.scale;
            y = y + enlarged(maps[static_cast<std::size_t>(residual.source)], residual.resample, y);
        }
        maps[index + 1] = y;
    }
    const torch::Tensor &y = maps.back();
    switch (m_generator->output) {
    case model::OutputTransform::TanhToUnit:
        return (torch::tanh(y) + 1) / 2;
    case model::OutputTransform::LinearToUnit:
        return (y + 1) / 2;
    case model::OutputTransform::None:
        break;
    }
    return y;
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
