// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/layerfunctions.h"

namespace bitlens::train {

using model::ActivationKind;
using model::ConvLayer;
using model::Residual;

namespace {

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

torch::Tensor layerInput(const ConvLayer &layer, const std::vector<torch::Tensor> &sources)
{
    torch::Tensor x = sources.size() == 1 ? sources.front() : torch::cat(sources, 1);
    if (layer.upsample > 1)
        x = torch::upsample_nearest2d(x, {x.size(2) * layer.upsample, x.size(3) * layer.upsample});
    return x;
}

torch::Tensor finishedLayer(torch::Tensor y, const ConvLayer &layer, const torch::Tensor &slope,
                            const std::vector<torch::Tensor> &maps)
{
    y = activated(y, layer, slope);
    if (layer.shuffle > 1)
        y = torch::pixel_shuffle(y, layer.shuffle);
    for (const Residual &residual : layer.residuals) {
        if (residual.scale != 1.0F)
            y = y * residual.scale;
        y = y + enlarged(maps[static_cast<std::size_t>(residual.source)], residual.resample, y);
    }
    return y;
}

torch::Tensor transformedOutput(const torch::Tensor &y, model::OutputTransform transform)
{
    switch (transform) {
    case model::OutputTransform::TanhToUnit:
        return (torch::tanh(y) + 1) / 2;
    case model::OutputTransform::LinearToUnit:
        return (y + 1) / 2;
    case model::OutputTransform::None:
        break;
    }
    return y;
}

} // namespace bitlens::train
