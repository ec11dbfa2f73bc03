// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/search/layererror.h"

#include "engine/base/error.h"
#include "engine/quant/quantizedmodel.h"

#include <fmt/format.h>

namespace bitlens::search {

LayerParameters quantizedParameters(const model::GeneratorPtr &generator, const quant::Calibration &calibration,
                                    std::size_t layer, quant::LayerBits bits)
{
    if (bits.activation == quant::kFloatBits)
        bits.activation = kFoldingBits;
    quant::BitPlan plan(generator->layers.size(), {quant::kFloatBits, quant::kFloatBits});
    plan.set(layer, bits);
    const quant::QuantizedModelPtr model = quant::quantize(generator, plan, calibration);
    const quant::QuantizedLayer &quantized = model->layers[layer];
    const model::ConvLayer &conv = generator->layers[layer];
    const std::vector<float> inputScales = model->inputScales(static_cast<int>(layer));
    const auto taps = static_cast<std::size_t>(conv.kernel * conv.kernel);
    const std::size_t perOutput = taps * inputScales.size();
    LayerParameters parameters;
    parameters.bias = quantized.bias;
    parameters.weight.resize(quantized.weights.values.size());
    for (std::size_t i = 0; i < parameters.weight.size(); ++i)
        parameters.weight[i] = static_cast<float>(quantized.weights.values[i]) * quantized.weights.scale[i / perOutput]
                               / inputScales[i % perOutput / taps];
    return parameters;
}

void requireFits(const model::Generator &generator, const quant::Calibration &calibration)
{
    const std::size_t maps = generator.layers.size() + 1;
    if (calibration.ranges.size() != maps || calibration.channelExponents.size() != maps)
        throw base::Error(base::ErrorCode::InvalidArgument, {},
                          fmt::format("ranges of {} feature maps do not fit {}, which has {}",
                                      calibration.ranges.size(), generator.name, maps));
}

} // namespace bitlens::search
