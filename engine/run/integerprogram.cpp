// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/integerprogram.h"

#include "engine/kernel/registry.h"

#include <algorithm>
#include <numeric>

namespace bitlens::run {

namespace {

/// Moves blocks of `size` elements into packed output order.
template <typename T>
std::vector<T> reordered(const std::vector<T> &from, const std::vector<int> &order, std::size_t size)
{
    std::vector<T> to(from.size());
    for (std::size_t packed = 0; packed < order.size(); ++packed)
        std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(order[packed]) * size), size,
                    to.begin() + static_cast<std::ptrdiff_t>(packed * size));
    return to;
}

/// Per-channel numbers of a layer in packed order, 0 in padding channels. One number stands for all channels.
std::vector<float> packedChannels(const std::vector<float> &numbers, const std::vector<int> &order)
{
    std::vector<float> packed(static_cast<std::size_t>(kernel::outStrideFor(static_cast<int>(order.size()))), 0.0F);
    for (std::size_t i = 0; i < order.size(); ++i)
        packed[i] = numbers.size() == 1 ? numbers.front() : numbers[static_cast<std::size_t>(order[i])];
    return packed;
}

kernel::EpilogueParameters epilogueOf(const model::ConvLayer &layer, const quant::QuantizedLayer &quantized,
                                      const std::vector<int> &order)
{
    kernel::EpilogueParameters parameters;
    parameters.outChannels = layer.outChannels;
    parameters.shuffle = layer.shuffle;
    parameters.multiplier =
        packedChannels(quantized.bits.isFloat() ? std::vector<float>{1.0F} : quantized.weights.scale, order);
    parameters.bias = packedChannels(quantized.bias, order);
    parameters.activation = layer.activation;
    if (!layer.slopes.empty())
        parameters.slope = packedChannels(layer.slopes, order);
    return parameters;
}

} // namespace

IntegerProgram::IntegerProgram(quant::QuantizedModelPtr model, const std::string &kernels,
                               const IntegerProgram *previous)
    : m_model(std::move(model))
{
    if (previous && previous->m_model->generator != m_model->generator)
        previous = nullptr;
    const std::size_t count = generator().layers.size();
    m_layers.resize(count);
    for (std::size_t i = 0; i < count; ++i)
        pack(i, kernels, previous);
    m_resultForm = form(static_cast<int>(count), quant::kFloatBits);
    readForm(m_resultForm, static_cast<int>(count) + 1, 0);

    const int channels = generator().mapChannels(0);
    const auto stride = static_cast<std::size_t>(kernel::outStrideFor(channels));
    m_inputEpilogue.outChannels = channels;
    m_inputEpilogue.multiplier.assign(stride, 1.0F);
    m_inputEpilogue.bias.assign(stride, 0.0F);
}

std::size_t IntegerProgram::weightBytes() const
{
    return std::accumulate(
        m_layers.begin(), m_layers.end(), std::size_t{0},
        [](std::size_t sum, const PackedLayer &layer) { return sum + layer.convolution->weightBytes(); });
}

std::vector<int> IntegerProgram::formsOf(int map) const
{
    std::vector<int> found;
    for (std::size_t i = 0; i < m_forms.size(); ++i)
        if (m_forms[i].map == map)
            found.push_back(static_cast<int>(i));
    return found;
}

int IntegerProgram::form(int map, int bits)
{
    const auto same = std::find_if(m_forms.begin(), m_forms.end(),
                                   [&](const MapForm &other) { return other.map == map && other.bits == bits; });
    if (same != m_forms.end())
        return static_cast<int>(same - m_forms.begin());
    MapForm added;
    added.map = map;
    added.bits = bits;
    added.firstStep = map;
    added.lastStep = map;
    if (!added.isValues())
        added.coding = kernel::LevelCoding(m_model->activationQuantizer(map, bits),
                                           kernel::pixelStrideFor(generator().mapChannels(map)));
    m_forms.push_back(std::move(added));
    return static_cast<int>(m_forms.size()) - 1;
}

void IntegerProgram::readForm(int index, int step, int border)
{
    MapForm &read = m_forms[static_cast<std::size_t>(index)];
    read.lastStep = std::max(read.lastStep, step);
    read.border = std::max(read.border, border);
}

kernel::ConvolutionSpec IntegerProgram::specOf(std::size_t index) const
{
    const model::ConvLayer &layer = generator().layers[index];
    const PackedLayer &packed = m_layers[index];
    kernel::ConvolutionSpec spec;
    spec.outChannels = layer.outChannels;
    spec.kernel = layer.kernel;
    spec.upsample = layer.upsample;
    spec.bits = m_model->layers[index].bits;
    for (const int input : packed.inputs) {
        const MapForm &source = m_forms[static_cast<std::size_t>(input)];
        const int channels = generator().mapChannels(source.map);
        spec.sourceChannels.push_back(channels);
        for (int c = 0; c < channels && !source.isValues(); ++c) {
            const auto channel = static_cast<std::size_t>(c);
            const std::int32_t zeroPoint = source.coding.zeroPoint()[channel];
            spec.lowest.push_back(-zeroPoint);
            spec.highest.push_back(source.coding.maximum() - zeroPoint);
            spec.correction.push_back(source.coding.correction()[channel]);
        }
    }
    return spec;
}

std::shared_ptr<const kernel::Convolution>
IntegerProgram::packedConvolution(std::size_t index, const std::vector<int> &order, const std::string &kernels) const
{
    const model::ConvLayer &layer = generator().layers[index];
    const quant::QuantizedLayer &quantized = m_model->layers[index];
    const auto filter = static_cast<std::size_t>(layer.inChannels * layer.kernel * layer.kernel);
    kernel::ConvolutionSpec spec = specOf(index);
    std::vector<std::int16_t> weights;
    std::vector<float> floatWeights;
    if (quantized.bits.isFloat())
        spec.floatWeights = floatWeights = reordered(*layer.weight, order, filter);
    else
        spec.weights = weights = reordered(quantized.weights.values, order, filter);
    return kernel::packConvolution(spec, kernels);
}

void IntegerProgram::pack(std::size_t index, const std::string &kernels, const IntegerProgram *previous)
{
    const model::ConvLayer &layer = generator().layers[index];
    const quant::QuantizedLayer &quantized = m_model->layers[index];
    PackedLayer &packed = m_layers[index];
    for (const int map : layer.inputs)
        packed.inputs.push_back(form(map, quantized.bits.isFloat() ? quant::kFloatBits : quantized.bits.activation));

    const std::vector<int> order = kernel::packedOutputOrder(layer.outChannels, layer.shuffle);
    const bool isSame =
        previous && quantized.identity && quantized.identity == previous->m_model->layers[index].identity;
    packed.convolution = isSame ? previous->m_layers[index].convolution : packedConvolution(index, order, kernels);
    packed.epilogue = epilogueOf(layer, quantized, order);

    const int step = static_cast<int>(index) + 1;
    for (const int input : packed.inputs)
        readForm(input, step, packed.convolution->border());
    for (const model::Residual &residual : layer.residuals) {
        packed.residuals.push_back(form(residual.source, quant::kFloatBits));
        readForm(packed.residuals.back(), step, 0);
    }
}

} // namespace bitlens::run
