// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/fakequantlayer.h"

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

} // namespace

struct FakeQuantLayer::Prepared {
    const model::ConvLayer *conv = nullptr;
    bool exact = true;
    bool isFloat = false;
    at::Tensor floatWeight;
    at::Tensor bias; ///< (1,O,1,1), or [O] for a float layer
    std::vector<WeightPart> parts;
    at::Tensor scale; ///< (1,O,1,1)
    std::vector<MapQuantizer> inputs;
    /// Largest magnitude of q - z.
    double reach = 0.0;

    /// float(acc) of rule 5.
    at::Tensor accumulate(const at::Tensor &input) const;
};

namespace {

/// The exact sum over one part of the weights, as float64.
at::Tensor accumulatePart(const at::Tensor &input, const WeightPart &part, double reach, std::int64_t pad)
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

} // namespace

at::Tensor FakeQuantLayer::Prepared::accumulate(const at::Tensor &input) const
{
    const std::int64_t pad = conv->kernel / 2;
    const bool oneSum = parts.size() == 1 && parts[0].reach * reach <= kExactInFloat;
    if (oneSum || !exact)
        return convolve(input, parts[0].weight, {}, pad, pad);
    at::Tensor sum;
    for (const WeightPart &part : parts) {
        at::Tensor own = accumulatePart(input, part, reach, pad).mul_(part.factor);
        sum = sum.defined() ? sum.add_(own) : own;
    }
    return sum.to(at::kFloat);
}

FakeQuantLayer::FakeQuantLayer(const model::Generator &generator, std::size_t index)
{
    auto prepared = std::make_shared<Prepared>();
    const model::ConvLayer &layer = generator.layers[index];
    prepared->conv = &layer;
    prepared->isFloat = true;
    prepared->floatWeight = viewOf(*layer.weight, {layer.outChannels, layer.inChannels, layer.kernel, layer.kernel});
    prepared->bias = viewOf(layer.bias, {layer.outChannels});
    d = std::move(prepared);
}

FakeQuantLayer::FakeQuantLayer(const quant::QuantizedModel &model, std::size_t index, bool exact)
{
    const model::ConvLayer &layer = model.generator->layers[index];
    const quant::QuantizedLayer &from = model.layers[index];
    auto prepared = std::make_shared<Prepared>();
    prepared->conv = &layer;
    prepared->exact = exact;
    prepared->isFloat = from.bits.isFloat();
    if (prepared->isFloat) {
        prepared->floatWeight =
            viewOf(*layer.weight, {layer.outChannels, layer.inChannels, layer.kernel, layer.kernel});
        prepared->bias = viewOf(from.bias, {layer.outChannels});
        d = std::move(prepared);
        return;
    }
    prepared->bias = viewOf(from.bias, {1, layer.outChannels, 1, 1});
    prepared->scale = viewOf(from.weights.scale, {1, layer.outChannels, 1, 1});
    prepared->parts = splitWeights(layer, from.weights, exact);
    for (const int map : layer.inputs) {
        const quant::ActivationQuantizer quantizer = model.activationQuantizer(map, from.bits.activation);
        prepared->inputs.push_back(makeMapQuantizer(quantizer));
        for (const std::int32_t zero : quantizer.zeroPoint)
            prepared->reach = std::max<double>(prepared->reach, std::max(zero, quantizer.maximum() - zero));
    }
    d = std::move(prepared);
}

at::Tensor FakeQuantLayer::run(const std::vector<at::Tensor> &maps) const
{
    const model::ConvLayer &conv = *d->conv;
    std::vector<at::Tensor> inputs = maps;
    for (std::size_t i = 0; i < d->inputs.size(); ++i)
        inputs[i] = quantized(maps[i], d->inputs[i]);
    at::Tensor input = inputs.size() == 1 ? inputs.front() : at::cat(inputs, 1);
    if (conv.upsample > 1)
        input = at::upsample_nearest2d(input, {input.size(2) * conv.upsample, input.size(3) * conv.upsample});
    at::Tensor values;
    if (d->isFloat) {
        values = convolve(input, d->floatWeight, d->bias, conv.kernel / 2, conv.kernel / 2);
    } else {
        values = d->accumulate(input);
        values.mul_(d->scale).add_(d->bias);
    }
    activate(conv, values);
    return conv.shuffle > 1 ? at::pixel_shuffle(values, conv.shuffle) : values;
}

} // namespace bitlens::run
