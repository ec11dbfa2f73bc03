// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/discriminator.h"

#include "engine/base/error.h"
#include "engine/train/device.h"
#include "engine/train/normalnumbers.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace bitlens::train {

namespace {

constexpr double kLeakySlope = 0.2;
constexpr double kSmallestNorm = 1e-12;

torch::Tensor unit(const torch::Tensor &vector) { return vector / (vector.norm() + kSmallestNorm); }

torch::Tensor randomTensor(std::vector<std::int64_t> shape, float deviation, NormalNumbers &normal)
{
    torch::Tensor tensor = torch::empty(shape);
    float *values = tensor.data_ptr<float>();
    for (std::int64_t i = 0; i < tensor.numel(); ++i)
        values[i] = deviation * normal.next();
    return tensor;
}

} // namespace

Discriminator::Discriminator(const DiscriminatorShape &shape, std::uint64_t seed) : m_shape(shape)
{
    if (shape.channels < 1 || shape.maximumChannels < shape.channels || shape.maximumChannels > 4096 || shape.levels < 1
        || shape.levels > 8 || shape.unshuffle < 1 || shape.unshuffle > 4)
        throw base::Error(base::ErrorCode::InvalidArgument, {},
                          "a discriminator has 1 to 8 levels, at most 4096 channels and unshuffles by 1 to 4");
    NormalNumbers normal(seed);
    const auto add = [&](int outputs, int inputs, int kernel, int stride, bool isNormalised) {
        Layer layer;
        // Variance 2 / ((1 + slope²) fan-in): answers of the size of the pictures, whatever the depth (He et al. 2015).
        const double gain = 2.0 / (1.0 + kLeakySlope * kLeakySlope);
        const auto deviation = static_cast<float>(std::sqrt(gain / (inputs * kernel * kernel)));
        layer.weight = randomTensor({outputs, inputs, kernel, kernel}, deviation, normal).set_requires_grad(true);
        layer.bias = torch::zeros({outputs}).set_requires_grad(true);
        layer.stride = stride;
        const std::string name = fmt::format("layer{}", m_layers.size());
        m_parameters.emplace_back(name + ".weight", layer.weight);
        m_parameters.emplace_back(name + ".bias", layer.bias);
        if (isNormalised) {
            layer.direction = unit(randomTensor({outputs}, 1.0F, normal));
            m_buffers.emplace_back(name + ".direction", layer.direction);
        }
        m_layers.push_back(std::move(layer));
    };
    int channels = shape.channels;
    add(channels, 3 * shape.unshuffle * shape.unshuffle, 3, 1, false);
    for (int level = 0; level < shape.levels; ++level) {
        const int next = std::min(2 * channels, shape.maximumChannels);
        add(next, channels, 3, 2, true);
        add(next, next, 3, 1, true);
        channels = next;
    }
    if (shape.patches) {
        add(1, channels, 3, 1, false);
    } else {
        add(2 * channels, channels, 1, 1, true);
        add(1, 2 * channels, 1, 1, false);
    }
    m_layers.back().last = true;
    updateNorms();
}

std::vector<torch::Tensor> Discriminator::tensors() const
{
    std::vector<torch::Tensor> result;
    for (const auto &[name, value] : m_parameters)
        result.push_back(value);
    return result;
}

void Discriminator::to(const torch::Device &device)
{
    moveTo(device, tensors());
    for (const auto &[name, value] : m_buffers) {
        torch::Tensor target = value;
        target.set_data(value.to(device));
    }
}

void Discriminator::setLearning(bool learning)
{
    for (const auto &[name, value] : m_parameters)
        value.set_requires_grad(learning);
}

void Discriminator::updateNorms()
{
    const torch::NoGradGuard noGradient;
    for (const Layer &layer : m_layers) {
        if (!layer.direction.defined())
            continue;
        const torch::Tensor matrix = layer.weight.flatten(1);
        const torch::Tensor right = unit(torch::mv(matrix.t(), layer.direction));
        torch::Tensor target = layer.direction;
        target.copy_(unit(torch::mv(matrix, right)));
    }
}

torch::Tensor Discriminator::normalised(const Layer &layer) const
{
    if (!layer.direction.defined())
        return layer.weight;
    const torch::Tensor matrix = layer.weight.flatten(1);
    const torch::Tensor right = unit(torch::mv(matrix.detach().t(), layer.direction));
    const torch::Tensor norm = torch::dot(layer.direction, torch::mv(matrix, right));
    return layer.weight / (norm + kSmallestNorm);
}

torch::Tensor Discriminator::forward(const torch::Tensor &pictures) const
{
    torch::Tensor x = m_shape.unshuffle > 1 ? torch::pixel_unshuffle(pictures, m_shape.unshuffle) : pictures;
    for (const Layer &layer : m_layers) {
        const bool isPoint = layer.weight.size(2) == 1;
        if (isPoint && x.size(2) > 1)
            x = x.mean({2, 3}, true);
        x = torch::conv2d(x, normalised(layer), layer.bias, layer.stride, isPoint ? 0 : 1);
        if (!layer.last)
            x = torch::leaky_relu(x, kLeakySlope);
    }
    return x;
}

} // namespace bitlens::train
