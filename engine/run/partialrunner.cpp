// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/partialrunner.h"

#include "engine/base/error.h"
#include "engine/run/fakequantlayer.h"
#include "engine/run/torchnetwork.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace bitlens::run {

struct PartialRunner::Private {
    Private(model::GeneratorPtr description, int threads)
        : generator(std::move(description)), network(generator, std::max(1, threads))
    {
        floatLayers.reserve(generator->layers.size());
        for (std::size_t i = 0; i < generator->layers.size(); ++i)
            floatLayers.push_back(FakeQuantLayer(*generator, i));
    }

    TorchNetwork::LayerFunction floatLayer() const
    {
        return [this](std::size_t index, const std::vector<at::Tensor> &inputs, const base::CancelToken &) {
            return floatLayers[index].run(inputs);
        };
    }

    /// The FP32 state before `layer`; kept for the next call.
    const TorchNetwork::State &stateBefore(std::size_t layer, const base::CancelToken &cancel)
    {
        const auto stage = std::prev(
            std::upper_bound(stageStarts.begin(), stageStarts.end(), layer,
                             [](std::size_t index, const TorchNetwork::State &state) { return index < state.next; }));
        if (!cursor || cursor->next > layer || cursor->next < stage->next)
            cursor = *stage;
        network.advance(*cursor, layer, floatLayer(), cancel);
        return *cursor;
    }

    void clear()
    {
        stageStarts.clear();
        cursor.reset();
        size = {};
        result = {};
    }

    model::GeneratorPtr generator;
    TorchNetwork network;
    std::vector<FakeQuantLayer> floatLayers;
    image::Size size; ///< of the picture
    image::Planes result;
    std::vector<TorchNetwork::State> stageStarts; ///< of FP32, ascending
    std::optional<TorchNetwork::State> cursor;    ///< of FP32, where the last run forked
};

PartialRunner::PartialRunner(model::GeneratorPtr generator, int threads)
    : d(std::make_unique<Private>(std::move(generator), threads))
{
}

PartialRunner::~PartialRunner() = default;

const model::Generator &PartialRunner::generator() const { return *d->generator; }

const image::Planes &PartialRunner::fp32() const { return d->result; }

void PartialRunner::setPicture(const image::Planes &picture, const base::CancelToken &cancel)
{
    d->clear();
    try {
        d->network.guarded([&] {
            TorchNetwork::State state = d->network.begin(picture);
            for (const model::Stage &stage : d->generator->stages) {
                d->network.advance(state, static_cast<std::size_t>(stage.firstLayer), d->floatLayer(), cancel);
                d->stageStarts.push_back(state);
            }
            d->network.advance(state, d->generator->layers.size(), d->floatLayer(), cancel);
            d->result = d->network.finish(std::move(state), picture.size());
        });
    } catch (...) {
        d->clear();
        throw;
    }
    d->size = picture.size();
}

image::Planes PartialRunner::run(const quant::QuantizedModel &model, std::span<const std::size_t> layers,
                                 const base::CancelToken &cancel)
{
    const std::size_t count = d->generator->layers.size();
    if (model.generator != d->generator || d->result.isNull() || !std::is_sorted(layers.begin(), layers.end())
        || (!layers.empty() && layers.back() >= count))
        throw base::Error(base::ErrorCode::InvalidArgument, {},
                          "a partial run needs a picture and ascending layers of its own generator");
    if (layers.empty())
        return d->result;
    image::Planes result;
    d->network.guarded([&] {
        std::map<std::size_t, FakeQuantLayer> chosen;
        for (const std::size_t layer : layers)
            chosen.emplace(layer, FakeQuantLayer(model, layer, /*exact=*/false));
        const auto layer = [&](std::size_t index, const std::vector<at::Tensor> &inputs, const base::CancelToken &) {
            const auto found = chosen.find(index);
            return (found == chosen.end() ? d->floatLayers[index] : found->second).run(inputs);
        };
        TorchNetwork::State state = d->stateBefore(layers.front(), cancel);
        d->network.advance(state, count, layer, cancel);
        result = d->network.finish(std::move(state), d->size);
    });
    return result;
}

void PartialRunner::releaseMemory() { d->clear(); }

} // namespace bitlens::run
