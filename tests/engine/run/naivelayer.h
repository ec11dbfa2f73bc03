// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"
#include "engine/quant/quantizedmodel.h"
#include "tests/engine/run/plainnetwork.h"

#include <cmath>
#include <cstdint>
#include <vector>

namespace bitlens::test {

/// Mistakes that a comparison must be able to see.
enum class Mistake { None, RoundHalfUp, Truncate, ZeroPoint, Padding };

/// THE rounding rule, or what somebody might have written instead.
inline std::int32_t naiveQuantized(float x, const quant::ActivationQuantizer &quantizer, std::size_t c, Mistake mistake)
{
    const std::int32_t zero = quantizer.zeroPoint[c];
    const float steps = x * quantizer.inverseScale[c];
    if (mistake != Mistake::RoundHalfUp && mistake != Mistake::Truncate)
        return quant::quantizeActivation(x, quantizer.inverseScale[c], zero, quantizer.maximum());
    const float rounded = mistake == Mistake::Truncate ? std::trunc(steps) : std::floor(steps + 0.5F);
    return static_cast<std::int32_t>(
               std::clamp(rounded, static_cast<float>(-zero), static_cast<float>(quantizer.maximum() - zero)))
           + zero;
}

/// One quantized layer as quantization.md words it, loop by loop: integers in 64 bits, the rest in float32. `maps` are
/// the float32 feature maps so far. The result is exact: equal to any correct runner's, bit for bit.
inline image::Planes naiveLayer(const quant::QuantizedModel &model, int index, const std::vector<image::Planes> &maps,
                                Mistake mistake = Mistake::None)
{
    const auto at = static_cast<std::size_t>(index);
    const model::ConvLayer &layer = model.generator->layers[at];
    const quant::QuantizedLayer &quantized = model.layers[at];
    const int height = maps[static_cast<std::size_t>(layer.inputs.front())].height() * layer.upsample;
    const int width = maps[static_cast<std::size_t>(layer.inputs.front())].width() * layer.upsample;
    const int half = layer.kernel / 2;

    // (q - z) of the concatenated, enlarged, padded input
    const int paddedWidth = width + 2 * half;
    const auto plane = static_cast<std::size_t>(paddedWidth) * static_cast<std::size_t>(height + 2 * half);
    std::vector<std::int64_t> input(plane * static_cast<std::size_t>(layer.inChannels));
    std::size_t channel = 0;
    for (const int number : layer.inputs) {
        const image::Planes &map = maps[static_cast<std::size_t>(number)];
        const quant::ActivationQuantizer quantizer = model.activationQuantizer(number, quantized.bits.activation);
        for (int c = 0; c < map.channels(); ++c, ++channel) {
            const auto own = static_cast<std::size_t>(c);
            const std::int32_t zero = quantizer.zeroPoint[own];
            const std::int32_t subtracted = mistake == Mistake::ZeroPoint ? zero + 1 : zero;
            const std::int32_t padding = mistake == Mistake::Padding ? 0 : zero;
            for (int y = -half; y < height + half; ++y) {
                for (int x = -half; x < width + half; ++x) {
                    const bool inside = y >= 0 && x >= 0 && y < height && x < width;
                    const std::int32_t q = inside ? naiveQuantized(map.line(c, y / layer.upsample)[x / layer.upsample],
                                                                   quantizer, own, mistake)
                                                  : padding;
                    input[channel * plane + static_cast<std::size_t>((y + half) * paddedWidth + x + half)] =
                        q - subtracted;
                }
            }
        }
    }

    const int shuffle = layer.shuffle;
    const int parts = shuffle * shuffle;
    image::Planes result(layer.mapChannels(), height * shuffle, width * shuffle);
    for (int o = 0; o < layer.outChannels; ++o) {
        const auto out = static_cast<std::size_t>(o);
        float *target = result.mutablePlane(o / parts);
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                std::int64_t sum = 0;
                const std::int16_t *weight =
                    quantized.weights.values.data()
                    + out * static_cast<std::size_t>(layer.inChannels * layer.kernel * layer.kernel);
                for (int c = 0; c < layer.inChannels; ++c)
                    for (int ky = 0; ky < layer.kernel; ++ky)
                        for (int kx = 0; kx < layer.kernel; ++kx)
                            sum += *weight++
                                   * input[static_cast<std::size_t>(c) * plane
                                           + static_cast<std::size_t>((y + ky) * paddedWidth + x + kx)];
                float value = static_cast<float>(sum) * quantized.weights.scale[out];
                value = value + quantized.bias[out];
                if (layer.activation == model::ActivationKind::Relu)
                    value = value > 0.0F ? value : 0.0F;
                else if (layer.activation != model::ActivationKind::None && !(value > 0.0F))
                    value = value * layer.slopes[layer.slopes.size() == 1 ? 0 : out];
                const int place = o % parts;
                target[(y * shuffle + place / shuffle) * result.width() + x * shuffle + place % shuffle] = value;
            }
        }
    }
    for (const model::Residual &residual : layer.residuals) {
        const image::Planes &source = maps[static_cast<std::size_t>(residual.source)];
        const int factor = result.height() / source.height();
        PlainMap plain(source.channels(), source.height(), source.width());
        plain.values.assign(source.data(), source.data() + source.count());
        for (int c = 0; c < result.channels(); ++c)
            for (int y = 0; y < result.height(); ++y)
                for (int x = 0; x < result.width(); ++x) {
                    float &value = result.mutablePlane(c)[y * result.width() + x];
                    value = value * residual.scale;
                    if (residual.resample == model::Residual::Resample::Bilinear)
                        value +=
                            static_cast<float>(bilinear(plain, c, (y + 0.5) / factor - 0.5, (x + 0.5) / factor - 0.5));
                    else
                        value += source.line(c, y / factor)[x / factor];
                }
    }
    return result;
}

} // namespace bitlens::test
