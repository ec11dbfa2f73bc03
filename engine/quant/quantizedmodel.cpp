// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/quant/quantizedmodel.h"

#include "engine/base/error.h"

#include <fmt/format.h>

namespace bitlens::quant {

namespace {

void checkFits(const model::Generator &generator, const BitPlan &plan, const Calibration &calibration)
{
    const auto refuse = [](const std::string &detail) {
        throw base::Error(base::ErrorCode::InvalidArgument, {}, detail);
    };
    const std::size_t layers = generator.layers.size();
    if (plan.size() != layers)
        refuse(fmt::format("a plan of {} layers does not fit {}, which has {}", plan.size(), generator.name, layers));
    if (plan.isAllFloat())
        return;
    if (calibration.ranges.size() != layers + 1 || calibration.channelExponents.size() != layers + 1)
        refuse(fmt::format("ranges of {} feature maps do not fit {}, which has {}", calibration.ranges.size(),
                           generator.name, layers + 1));
}

} // namespace

ActivationQuantizer QuantizedModel::activationQuantizer(int map, int bits) const
{
    const auto index = static_cast<std::size_t>(map);
    return makeActivationQuantizer(calibration.ranges.at(index), generator->mapChannels(map), bits,
                                   calibration.channelExponents.at(index));
}

std::vector<float> QuantizedModel::inputScales(int layer) const
{
    const auto index = static_cast<std::size_t>(layer);
    std::vector<float> scales;
    for (const int map : generator->layers.at(index).inputs) {
        const ActivationQuantizer quantizer = activationQuantizer(map, plan.at(index).activation);
        scales.insert(scales.end(), quantizer.scale.begin(), quantizer.scale.end());
    }
    return scales;
}

QuantizedModelPtr quantize(model::GeneratorPtr generator, const BitPlan &plan, const Calibration &calibration)
{
    checkFits(*generator, plan, calibration);
    auto model = std::make_shared<QuantizedModel>();
    model->generator = std::move(generator);
    model->plan = plan;
    model->calibration = calibration;
    model->layers.resize(plan.size());
    for (std::size_t i = 0; i < plan.size(); ++i) {
        const model::ConvLayer &layer = model->generator->layers[i];
        QuantizedLayer &quantized = model->layers[i];
        quantized.bits = plan.at(i);
        quantized.bias = layer.bias;
        if (quantized.bits.isFloat())
            continue;
        quantized.weights =
            quantizeWeights(*layer.weight, layer.outChannels, layer.inChannels, layer.kernel * layer.kernel,
                            model->inputScales(static_cast<int>(i)), quantized.bits.weight);
    }
    return model;
}

} // namespace bitlens::quant
