// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/fakequantrunner.h"

#include "engine/run/torchnetwork.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/pixel_shuffle.h>
#include <ATen/ops/round.h>
#include <ATen/ops/upsample_nearest2d.h>

namespace bitlens::run {

namespace {

/// float32 holds every integer up to here: sums that stay below are exact in any order.
constexpr double kExactInFloat = 16'777'216.0;
/// Weights of more bits than this are cut into a high and a low part.
constexpr int kWholeWeightBits = 8;
constexpr int kLowWeightSteps = 256;

/// A part of a layer's integer weights: weight = sum of part.weight * part.factor.
struct WeightPart {
    at::Tensor weight; ///< float32 [out,in,k,k]
    double factor = 1.0;
    /// Largest sum of magnitudes over an output channel.
    double reach = 0.0;
};

WeightPart makePart(const model::ConvLayer &layer, const std::vector<std::int16_t> &values, double factor)
{
    WeightPart part;
    part.factor = factor;
    part.weight = at::empty({layer.outChannels, layer.inChannels, layer.kernel, layer.kernel}, at::kFloat);
    float *out = part.weight.data_ptr<float>();
    const std::size_t perOutput = values.size() / static_cast<std::size_t>(layer.outChannels);
    double sum = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        out[i] = static_cast<float>(values[i]);
        sum = (i % perOutput == 0 ? 0.0 : sum) + std::abs(static_cast<double>(values[i]));
        part.reach = std::max(part.reach, sum);
    }
    return part;
}

std::vector<WeightPart> splitWeights(const model::ConvLayer &layer, const quant::QuantizedWeights &weights, bool exact)
{
    if (!exact || weights.bits <= kWholeWeightBits)
        return {makePart(layer, weights.values, 1.0)};
    std::vector<std::int16_t> high(weights.values.size());
    std::vector<std::int16_t> low(weights.values.size());
    for (std::size_t i = 0; i < weights.values.size(); ++i) {
        // Rounded division, so that the low part has a sign and half the magnitude.
        const int value = weights.values[i];
        const int quotient = (value + 32768 + kLowWeightSteps / 2) / kLowWeightSteps - 32768 / kLowWeightSteps;
        high[i] = static_cast<std::int16_t>(quotient);
        low[i] = static_cast<std::int16_t>(value - quotient * kLowWeightSteps);
    }
    return {makePart(layer, high, kLowWeightSteps), makePart(layer, low, 1.0)};
}

/// What quantizes one input map: tensors of shape (1,C,1,1).
struct MapQuantizer {
    at::Tensor inverseScale;
    at::Tensor lowest;  ///< -z
    at::Tensor highest; ///< maximum - z
};

MapQuantizer makeMapQuantizer(const quant::ActivationQuantizer &quantizer)
{
    const auto channels = static_cast<std::int64_t>(quantizer.scale.size());
    MapQuantizer made{at::empty({1, channels, 1, 1}, at::kFloat), at::empty({1, channels, 1, 1}, at::kFloat),
                      at::empty({1, channels, 1, 1}, at::kFloat)};
    for (std::size_t c = 0; c < quantizer.scale.size(); ++c) {
        made.inverseScale.data_ptr<float>()[c] = quantizer.inverseScale[c];
        made.lowest.data_ptr<float>()[c] = static_cast<float>(-quantizer.zeroPoint[c]);
        made.highest.data_ptr<float>()[c] = static_cast<float>(quantizer.maximum() - quantizer.zeroPoint[c]);
    }
    return made;
}

/// q - z of a map, as float32 integers.
at::Tensor quantized(const at::Tensor &map, const MapQuantizer &quantizer)
{
    const at::Tensor steps = map.mul(quantizer.inverseScale);
    return at::round(at::minimum(at::maximum(steps, quantizer.lowest), quantizer.highest));
}

/// A layer as this runner computes it.
struct PreparedLayer {
    bool isFloat = false;
    at::Tensor floatWeight;
    at::Tensor bias; ///< (1,O,1,1), or [O] for a float layer
    std::vector<WeightPart> parts;
    at::Tensor scale; ///< (1,O,1,1)
    std::vector<MapQuantizer> inputs;
    /// Largest magnitude of q - z.
    double reach = 0.0;
};

} // namespace

struct FakeQuantRunner::Private {
    Private(quant::QuantizedModelPtr quantizedModel, int threads, const Options &chosen)
        : model(std::move(quantizedModel)), options(chosen), network(model->generator, std::max(1, threads))
    {
        for (std::size_t i = 0; i < model->layers.size(); ++i)
            layers.push_back(prepare(i));
    }

    PreparedLayer prepare(std::size_t index) const
    {
        const model::ConvLayer &layer = model->generator->layers[index];
        const quant::QuantizedLayer &from = model->layers[index];
        PreparedLayer prepared;
        prepared.isFloat = from.bits.isFloat();
        if (prepared.isFloat) {
            prepared.floatWeight =
                viewOf(*layer.weight, {layer.outChannels, layer.inChannels, layer.kernel, layer.kernel});
            prepared.bias = viewOf(from.bias, {layer.outChannels});
            return prepared;
        }
        prepared.bias = viewOf(from.bias, {1, layer.outChannels, 1, 1});
        prepared.scale = viewOf(from.weights.scale, {1, layer.outChannels, 1, 1});
        prepared.parts = splitWeights(layer, from.weights, options.exact);
        for (const int map : layer.inputs) {
            const quant::ActivationQuantizer quantizer = model->activationQuantizer(map, from.bits.activation);
            prepared.inputs.push_back(makeMapQuantizer(quantizer));
            for (const std::int32_t zero : quantizer.zeroPoint)
                prepared.reach = std::max<double>(prepared.reach, std::max(zero, quantizer.maximum() - zero));
        }
        return prepared;
    }

    at::Tensor layer(std::size_t index, const std::vector<at::Tensor> &maps) const
    {
        const model::ConvLayer &conv = model->generator->layers[index];
        const PreparedLayer &prepared = layers[index];
        std::vector<at::Tensor> inputs = maps;
        for (std::size_t i = 0; i < prepared.inputs.size(); ++i)
            inputs[i] = quantized(maps[i], prepared.inputs[i]);
        at::Tensor input = inputs.size() == 1 ? inputs.front() : at::cat(inputs, 1);
        if (conv.upsample > 1)
            input = at::upsample_nearest2d(input, {input.size(2) * conv.upsample, input.size(3) * conv.upsample});
        at::Tensor values;
        if (prepared.isFloat) {
            values = convolve(input, prepared.floatWeight, prepared.bias, conv.kernel / 2, conv.kernel / 2);
        } else {
            values = accumulate(input, prepared, conv.kernel / 2);
            values.mul_(prepared.scale).add_(prepared.bias);
        }
        activate(conv, values);
        return conv.shuffle > 1 ? at::pixel_shuffle(values, conv.shuffle) : values;
    }

    /// float(acc) of rule 5.
    at::Tensor accumulate(const at::Tensor &input, const PreparedLayer &prepared, std::int64_t pad) const
    {
        const bool oneSum = prepared.parts.size() == 1 && prepared.parts[0].reach * prepared.reach <= kExactInFloat;
        if (oneSum || !options.exact)
            return convolve(input, prepared.parts[0].weight, {}, pad, pad);
        at::Tensor sum;
        for (const WeightPart &part : prepared.parts) {
            at::Tensor own = accumulatePart(input, part, prepared.reach, pad).mul_(part.factor);
            sum = sum.defined() ? sum.add_(own) : own;
        }
        return sum.to(at::kFloat);
    }

    /// The exact sum over one part of the weights, as float64.
    static at::Tensor accumulatePart(const at::Tensor &input, const WeightPart &part, double reach, std::int64_t pad)
    {
        // Steps of the input that one float32 convolution may take: a power of two.
        const double room = std::exp2(std::floor(std::log2(kExactInFloat / std::max(part.reach, 1.0))));
        if (room < 2.0)
            return at::conv2d(input.to(at::kDouble), part.weight.to(at::kDouble), {}, 1, pad);
        at::Tensor rest = input;
        at::Tensor sum;
        double factor = 1.0;
        const auto add = [&](const at::Tensor &steps) {
            const at::Tensor own = convolve(steps, part.weight, {}, pad, pad).to(at::kDouble).mul_(factor);
            sum = sum.defined() ? sum.add_(own) : own;
        };
        // rest = high * room + low with |low| <= room / 2, all of them integers; powers of two keep this exact.
        for (double largest = reach; largest > room; largest = std::floor(largest / room + 0.5)) {
            const at::Tensor high = at::round(rest.div(room));
            add(rest.sub(high.mul(room)));
            rest = high;
            factor *= room;
        }
        add(rest);
        return sum;
    }

    quant::QuantizedModelPtr model;
    Options options;
    TorchNetwork network;
    std::vector<PreparedLayer> layers;
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
        return d->layer(index, inputs);
    };
    return d->network.run(picture, layer, observer, cancel);
}

} // namespace bitlens::run
