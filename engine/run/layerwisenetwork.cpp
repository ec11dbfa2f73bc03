// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/layerwisenetwork.h"

#include "engine/base/error.h"
#include "engine/run/runner.h"
#include "engine/run/torchnetwork.h"

#include <algorithm>

#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/pixel_shuffle.h>
#include <ATen/ops/prelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>

namespace bitlens::run {

using model::ActivationKind;
using model::ConvLayer;
using model::Residual;

namespace {

at::Tensor enlarged(const at::Tensor &source, const at::Tensor &like, Residual::Resample resample)
{
    const std::vector<std::int64_t> size{like.size(2), like.size(3)};
    switch (resample) {
    case Residual::Resample::Bilinear:
        return at::upsample_bilinear2d(source, size, /*align_corners=*/false);
    case Residual::Resample::Nearest:
        return at::upsample_nearest2d(source, size);
    case Residual::Resample::None:
        break;
    }
    return source;
}

} // namespace

LayerwiseNetwork::LayerwiseNetwork(model::GeneratorPtr generator)
    : m_generator(std::move(generator)), m_lastReaders(lastReaders(*m_generator))
{
    for (const ConvLayer &layer : m_generator->layers) {
        m_weights.push_back(viewOf(*layer.weight, {layer.outChannels, layer.inChannels, layer.kernel, layer.kernel}));
        m_biases.push_back(viewOf(layer.bias, {layer.outChannels}));
        const bool hasSlopes = layer.activation == ActivationKind::PRelu;
        m_slopes.push_back(hasSlopes ? viewOf(layer.slopes, {static_cast<std::int64_t>(layer.slopes.size())})
                                     : at::Tensor());
    }
}

at::Tensor LayerwiseNetwork::networkInputs(std::span<const image::Planes> pictures) const
{
    std::vector<at::Tensor> inputs;
    for (const image::Planes &picture : pictures) {
        if (!(picture.size() == pictures.front().size()))
            throw base::Error(base::ErrorCode::InvalidArgument, {}, "the pictures of a batch differ in size");
        const image::Planes input = networkInput(*m_generator, picture);
        inputs.push_back(at::from_blob(const_cast<float *>(input.data()),
                                       {1, input.channels(), input.height(), input.width()}, at::kFloat)
                             .clone());
    }
    if (inputs.empty())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "a batch needs pictures");
    return at::cat(inputs, 0);
}

at::Tensor LayerwiseNetwork::layerInput(std::size_t layer, const std::vector<at::Tensor> &maps) const
{
    const ConvLayer &conv = m_generator->layers[layer];
    if (conv.inputs.size() == 1) {
        const at::Tensor &map = maps[static_cast<std::size_t>(conv.inputs.front())];
        return map.view(map.sizes());
    }
    std::vector<at::Tensor> sources;
    for (const int map : conv.inputs)
        sources.push_back(maps[static_cast<std::size_t>(map)]);
    return at::cat(sources, 1);
}

at::Tensor LayerwiseNetwork::activated(const at::Tensor &values, std::size_t layer) const
{
    const ConvLayer &conv = m_generator->layers[layer];
    switch (conv.activation) {
    case ActivationKind::Relu:
        return at::relu(values);
    case ActivationKind::LeakyRelu:
        return at::leaky_relu(values, conv.slopes.front());
    case ActivationKind::PRelu:
        return at::prelu(values, m_slopes[layer]);
    case ActivationKind::None:
        break;
    }
    return values;
}

at::Tensor LayerwiseNetwork::layerOutput(std::size_t layer, const at::Tensor &input, const at::Tensor &weight,
                                         const at::Tensor &bias, const std::vector<at::Tensor> &maps) const
{
    const ConvLayer &conv = m_generator->layers[layer];
    at::Tensor values = input;
    if (conv.upsample > 1)
        values = at::upsample_nearest2d(values, {values.size(2) * conv.upsample, values.size(3) * conv.upsample});
    values = activated(convolve(values, weight, bias, conv.kernel / 2, conv.kernel / 2), layer);
    if (conv.shuffle > 1)
        values = at::pixel_shuffle(values, conv.shuffle);
    for (const Residual &residual : conv.residuals) {
        if (residual.scale != 1.0F)
            values = values.mul(residual.scale);
        values = values.add(enlarged(maps[static_cast<std::size_t>(residual.source)], values, residual.resample));
    }
    return values;
}

std::vector<at::Tensor> LayerwiseNetwork::featureMaps(const at::Tensor &networkInput,
                                                      const base::CancelToken &cancel) const
{
    std::vector<at::Tensor> maps(m_generator->layers.size() + 1);
    maps[0] = networkInput;
    for (std::size_t i = 0; i < m_generator->layers.size(); ++i) {
        cancel.throwIfCancelled();
        maps[i + 1] = layerOutput(i, layerInput(i, maps), m_weights[i], m_biases[i], maps);
    }
    return maps;
}

at::Tensor LayerwiseNetwork::lastMapWith(const std::vector<at::Tensor> &maps, const std::vector<std::size_t> &replaced,
                                         const LayerFunction &layer, const base::CancelToken &cancel) const
{
    if (replaced.empty())
        return maps.back();
    std::vector<at::Tensor> changed = maps;
    std::vector<char> differs(maps.size(), 0);
    for (std::size_t i = replaced.front(); i < m_generator->layers.size(); ++i) {
        cancel.throwIfCancelled();
        const ConvLayer &conv = m_generator->layers[i];
        const auto reached = [&](int map) { return differs[static_cast<std::size_t>(map)] != 0; };
        const bool isReplaced = std::binary_search(replaced.begin(), replaced.end(), i);
        const bool isReached = std::any_of(conv.inputs.begin(), conv.inputs.end(), reached)
                               || std::any_of(conv.residuals.begin(), conv.residuals.end(),
                                              [&](const Residual &residual) { return reached(residual.source); });
        if (!isReplaced && !isReached)
            continue;
        differs[i + 1] = 1;
        changed[i + 1] =
            isReplaced ? layer(i, changed) : layerOutput(i, layerInput(i, changed), m_weights[i], m_biases[i], changed);
        for (std::size_t map = 0; map <= i; ++map)
            if (m_lastReaders[map] == static_cast<int>(i))
                changed[map].reset();
    }
    return changed.back();
}

at::Tensor LayerwiseNetwork::pictures(const at::Tensor &lastMap, image::Size size) const
{
    at::Tensor result = lastMap.narrow(2, 0, std::int64_t{size.height} * m_generator->scale)
                            .narrow(3, 0, std::int64_t{size.width} * m_generator->scale);
    if (m_generator->output == model::OutputTransform::TanhToUnit)
        result = at::tanh(result);
    return m_generator->output == model::OutputTransform::None ? result : result.add(1.0F).mul(0.5F);
}

} // namespace bitlens::run
