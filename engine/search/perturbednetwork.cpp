// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/search/perturbednetwork.h"

#include "engine/base/error.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/run/layerwisenetwork.h"
#include "engine/run/torchnetwork.h"
#include "engine/search/layererror.h"
#include "engine/search/torchluma.h"

#include <algorithm>

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/round.h>

namespace bitlens::search {

namespace {

/// A map as its quantizer would represent it: the one rounding rule (rule 6) on tensors.
at::Tensor represented(const at::Tensor &map, const quant::ActivationQuantizer &quantizer)
{
    const auto channels = static_cast<std::int64_t>(quantizer.scale.size());
    const at::Tensor lowest = at::empty({1, channels, 1, 1}, at::kFloat);
    const at::Tensor highest = at::empty({1, channels, 1, 1}, at::kFloat);
    for (std::size_t c = 0; c < quantizer.scale.size(); ++c) {
        lowest.data_ptr<float>()[c] = static_cast<float>(-quantizer.zeroPoint[c]);
        highest.data_ptr<float>()[c] = static_cast<float>(quantizer.maximum() - quantizer.zeroPoint[c]);
    }
    const at::Tensor steps = map.mul(run::viewOf(quantizer.inverseScale, {1, channels, 1, 1}));
    return at::round(at::minimum(at::maximum(steps, lowest), highest))
        .mul(run::viewOf(quantizer.scale, {1, channels, 1, 1}));
}

std::vector<image::Planes> planesOf(const at::Tensor &pictures)
{
    std::vector<image::Planes> planes;
    for (std::int64_t i = 0; i < pictures.size(0); ++i)
        planes.push_back(run::toPlanes(pictures.narrow(0, i, 1).contiguous()));
    return planes;
}

} // namespace

struct PerturbedNetwork::Private {
    Private(model::GeneratorPtr generator, std::shared_ptr<const quant::Calibration> ranges, image::Size pictureSize,
            int threadCount)
        : network(std::move(generator)), calibration(std::move(ranges)), size(pictureSize), threads(threadCount)
    {
    }

    /// Numbers of the layers that are quantized, alive while one error is computed.
    std::vector<LayerParameters> parametersOf(const std::vector<std::size_t> &layers, quant::LayerBits bits) const
    {
        std::vector<LayerParameters> parameters(network.generator().layers.size());
        for (const std::size_t layer : layers)
            if (bits.weight != quant::kFloatBits)
                parameters[layer] = quantizedParameters(network.generatorPointer(), *calibration, layer, bits);
        return parameters;
    }

    at::Tensor layerMap(std::size_t layer, const std::vector<at::Tensor> &featureMaps, quant::LayerBits bits,
                        const LayerParameters &parameters) const
    {
        const model::ConvLayer &conv = network.generator().layers[layer];
        at::Tensor input;
        if (bits.activation == quant::kFloatBits) {
            input = network.layerInput(layer, featureMaps);
        } else {
            std::vector<at::Tensor> sources;
            for (const int map : conv.inputs) {
                const auto index = static_cast<std::size_t>(map);
                sources.push_back(represented(
                    featureMaps[index],
                    quant::makeActivationQuantizer(calibration->ranges.at(index), network.generator().mapChannels(map),
                                                   bits.activation, calibration->channelExponents.at(index))));
            }
            input = at::cat(sources, 1);
        }
        if (parameters.weight.empty())
            return network.layerOutput(layer, input, network.weight(layer), network.bias(layer), featureMaps);
        return network.layerOutput(layer, input, run::viewOf(parameters.weight, network.weight(layer).sizes()),
                                   run::viewOf(parameters.bias, network.bias(layer).sizes()), featureMaps);
    }

    run::LayerwiseNetwork network;
    std::shared_ptr<const quant::Calibration> calibration;
    image::Size size;
    int threads;
    std::vector<at::Tensor> maps;
    at::Tensor original;
    at::Tensor originalLuma;
    at::Tensor latest;
};

PerturbedNetwork::PerturbedNetwork(model::GeneratorPtr generator, std::shared_ptr<const quant::Calibration> calibration,
                                   std::span<const image::Planes> pictures, int threads,
                                   const base::CancelToken &cancel)
    : d(std::make_unique<Private>(std::move(generator), std::move(calibration),
                                  pictures.empty() ? image::Size() : pictures.front().size(), std::max(1, threads)))
{
    requireFits(d->network.generator(), *d->calibration);
    try {
        const at::NoGradGuard noGradients;
        at::set_num_threads(d->threads);
        d->maps = d->network.featureMaps(d->network.networkInputs(pictures), cancel);
        d->original = d->network.pictures(d->maps.back(), d->size);
        d->originalLuma = lumaOf(d->original, d->network.generator().scale);
    } catch (...) {
        throw base::currentExceptionAsError();
    }
}

PerturbedNetwork::~PerturbedNetwork() = default;

double PerturbedNetwork::squaredError(const std::vector<std::size_t> &layers, quant::LayerBits bits,
                                      const base::CancelToken &cancel)
{
    try {
        const at::NoGradGuard noGradients;
        at::set_num_threads(d->threads);
        const std::vector<LayerParameters> parameters = d->parametersOf(layers, bits);
        const auto replace = [&](std::size_t layer, const std::vector<at::Tensor> &maps) {
            return d->layerMap(layer, maps, bits, parameters[layer]);
        };
        d->latest = d->network.pictures(d->network.lastMapWith(d->maps, layers, replace, cancel), d->size);
        const at::Tensor difference = lumaOf(d->latest, d->network.generator().scale).sub(d->originalLuma);
        const double error = difference.to(at::kDouble).square().mean().item<double>();
        if (!(error >= 0.0 && error < 1.0e30))
            throw base::Error(base::ErrorCode::Internal, {}, "the quantized generator's picture is not finite");
        return error;
    } catch (...) {
        throw base::currentExceptionAsError();
    }
}

std::vector<image::Planes> PerturbedNetwork::originals() const { return planesOf(d->original); }

std::vector<image::Planes> PerturbedNetwork::perturbed() const { return planesOf(d->latest); }

} // namespace bitlens::search
