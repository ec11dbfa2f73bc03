// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/fakequantrunner.h"

#include "engine/run/fakequantlayer.h"
#include "engine/run/torchnetwork.h"

#include <algorithm>

namespace bitlens::run {

struct FakeQuantRunner::Private {
    Private(quant::QuantizedModelPtr quantizedModel, int threads, const Options &options)
        : model(std::move(quantizedModel)), network(model->generator, std::max(1, threads))
    {
        layers.reserve(model->layers.size());
        for (std::size_t i = 0; i < model->layers.size(); ++i)
            layers.push_back(FakeQuantLayer(*model, i, options.exact));
    }

    quant::QuantizedModelPtr model;
    TorchNetwork network;
    std::vector<FakeQuantLayer> layers;
};

FakeQuantRunner::FakeQuantRunner(quant::QuantizedModelPtr model, int threads)
    : FakeQuantRunner(std::move(model), threads, Options())
{
}

FakeQuantRunner::FakeQuantRunner(quant::QuantizedModelPtr model, int threads, const Options &options)
    : d(std::make_unique<Private>(std::move(model), threads, options))
{
}

FakeQuantRunner::~FakeQuantRunner() = default;

image::Planes FakeQuantRunner::runObserved(const image::Planes &picture, const quant::MapObserver &observer,
                                           const base::CancelToken &cancel)
{
    const auto layer = [this](std::size_t index, const std::vector<at::Tensor> &inputs, const base::CancelToken &) {
        return d->layers[index].run(inputs);
    };
    return d->network.run(picture, layer, observer, cancel);
}

} // namespace bitlens::run
