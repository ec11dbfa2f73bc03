// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/engine/kernel/kernelcase.h"

namespace bitlens::test {

namespace {

constexpr int kBorder = 4; // of the largest kernel here, 9x9

} // namespace

std::int32_t KernelCase::drawn(std::mt19937 &random, std::int32_t low, std::int32_t high, std::size_t index) const
{
    switch (m_shape.fill) {
    case Fill::Highest:
        return high;
    case Fill::Lowest:
        return low;
    case Fill::Alternating:
        return index % 2 == 0 ? high : low;
    case Fill::Random:
        break;
    }
    return low + static_cast<std::int32_t>(random() % static_cast<unsigned>(high - low + 1));
}

KernelCase::KernelCase(const KernelShape &shape) : m_shape(shape)
{
    std::mt19937 random(shape.seed);
    m_spec.outChannels = shape.outChannels;
    m_spec.kernel = shape.kernel;
    m_spec.upsample = shape.upsample;
    m_spec.sourceChannels = shape.sourceChannels;
    m_spec.bits = {shape.weightBits, shape.activationBits};
    const bool isFloat = m_spec.isFloat();
    const auto weights = static_cast<std::size_t>(shape.outChannels * m_spec.inChannels() * m_spec.taps());
    for (std::size_t i = 0; i < weights; ++i) {
        if (isFloat) {
            m_floatWeights.push_back(static_cast<float>(drawn(random, -1000, 1000, i)) / 1000.0F);
        } else {
            const std::int32_t most = quant::weightMaximum(shape.weightBits);
            m_weights.push_back(static_cast<std::int16_t>(drawn(random, -most, most, i)));
        }
    }
    m_spec.weights = m_weights;
    m_spec.floatWeights = m_floatWeights;

    for (const int channels : shape.sourceChannels) {
        const kernel::MapLayout layout{shape.height, shape.width, channels, kernel::pixelStrideFor(channels), kBorder};
        if (isFloat) {
            m_valueStorage.push_back(std::make_unique<AlignedBuffer<float>>(layout.count()));
            const kernel::MapView<float> map{m_valueStorage.back()->data(), layout};
            m_values.push_back(map);
            for (int y = 0; y < shape.height; ++y)
                for (int x = 0; x < shape.width; ++x)
                    for (int c = 0; c < channels; ++c)
                        map.pixel(y, x)[c] = static_cast<float>(random() % 2001) / 1000.0F - 1.0F;
            continue;
        }
        const std::int32_t maximum = quant::activationMaximum(shape.activationBits);
        quant::ActivationQuantizer quantizer;
        quantizer.bits = shape.activationBits;
        for (int c = 0; c < channels; ++c) {
            quantizer.scale.push_back(1.0F);
            quantizer.inverseScale.push_back(1.0F);
            quantizer.zeroPoint.push_back(static_cast<std::int32_t>(random() % static_cast<unsigned>(maximum + 1)));
            if (shape.fill == Fill::Highest || shape.fill == Fill::Alternating)
                quantizer.zeroPoint.back() = 0;
            if (shape.fill == Fill::Lowest)
                quantizer.zeroPoint.back() = maximum;
        }
        const kernel::LevelCoding coding(quantizer, layout.pixelStride);
        m_levelStorage.push_back(std::make_unique<AlignedBuffer<std::int16_t>>(layout.count()));
        const kernel::MapView<std::int16_t> map{m_levelStorage.back()->data(), layout};
        coding.fillBorder(map);
        std::vector<std::int32_t> centred;
        for (int y = 0; y < shape.height; ++y) {
            for (int x = 0; x < shape.width; ++x) {
                for (int c = 0; c < channels; ++c) {
                    const std::int32_t zero = quantizer.zeroPoint[static_cast<std::size_t>(c)];
                    centred.push_back(drawn(random, -zero, maximum - zero, static_cast<std::size_t>(y + x + c)));
                    map.pixel(y, x)[c] =
                        static_cast<std::int16_t>(centred.back() - coding.correction()[static_cast<std::size_t>(c)]);
                }
            }
        }
        for (int c = 0; c < channels; ++c) {
            const auto at = static_cast<std::size_t>(c);
            m_spec.lowest.push_back(-quantizer.zeroPoint[at]);
            m_spec.highest.push_back(maximum - quantizer.zeroPoint[at]);
            m_spec.correction.push_back(coding.correction()[at]);
        }
        m_centred.push_back(std::move(centred));
        m_levels.push_back(map);
    }
}

std::vector<float> KernelCase::expected() const
{
    const image::Size size = outputSize();
    const int half = m_spec.kernel / 2;
    std::vector<float> results;
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            for (int o = 0; o < m_spec.outChannels; ++o) {
                std::int64_t sum = 0;
                int in = 0;
                for (std::size_t source = 0; source < m_centred.size(); ++source) {
                    for (int c = 0; c < m_shape.sourceChannels[source]; ++c, ++in) {
                        for (int tap = 0; tap < m_spec.taps(); ++tap) {
                            const int row = y + tap / m_spec.kernel - half;
                            const int column = x + tap % m_spec.kernel - half;
                            if (row < 0 || column < 0 || row >= size.height || column >= size.width)
                                continue;
                            const int pixel = row / m_shape.upsample * m_shape.width + column / m_shape.upsample;
                            sum += std::int64_t{m_spec.weight(o, in, tap)}
                                   * m_centred[source]
                                              [static_cast<std::size_t>(pixel * m_shape.sourceChannels[source] + c)];
                        }
                    }
                }
                results.push_back(static_cast<float>(sum));
            }
        }
    }
    return results;
}

std::vector<float> KernelCase::computed(const kernel::Convolution &convolution, std::size_t grain) const
{
    const Bench bench(*this, convolution);
    bench.runUnits(grain);
    std::vector<float> results;
    const kernel::MapView<const float> map{bench.result().data(), bench.layout()};
    for (int y = 0; y < outputSize().height; ++y)
        for (int x = 0; x < outputSize().width; ++x)
            for (int o = 0; o < m_spec.outChannels; ++o)
                results.push_back(map.pixel(y, x)[o]);
    return results;
}

KernelCase::Bench::Bench(const KernelCase &layer, const kernel::Convolution &convolution)
    : m_layer(layer),
      m_convolution(convolution),
      m_layout{layer.outputSize().height, layer.outputSize().width, layer.spec().outChannels,
               kernel::pixelStrideFor(layer.spec().outChannels), 0},
      m_result(m_layout.count()),
      m_scratch(convolution.scratchBytes(m_layout.width))
{
    m_parameters.outChannels = layer.spec().outChannels;
    m_parameters.multiplier.assign(static_cast<std::size_t>(m_parameters.outStride()), 1.0F);
    m_parameters.bias.assign(static_cast<std::size_t>(m_parameters.outStride()), 0.0F);
    kernel::EpilogueTargets targets;
    targets.values = {m_result.data(), m_layout};
    m_epilogue = std::make_unique<kernel::Epilogue>(m_parameters, targets, true);
}

void KernelCase::Bench::run() const { runUnits(m_convolution.units(m_layer.outputSize())); }

void KernelCase::Bench::runUnits(std::size_t grain) const
{
    const kernel::ConvolutionRun run{m_layer.m_levels, m_layer.m_values, m_layout.height, m_layout.width,
                                     m_epilogue.get()};
    const std::size_t units = m_convolution.units(m_layer.outputSize());
    for (std::size_t unit = 0; unit < units; unit += grain)
        m_convolution.run(run, unit, std::min(units, unit + grain), m_scratch.data());
}

} // namespace bitlens::test
