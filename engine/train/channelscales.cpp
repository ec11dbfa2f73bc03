// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/channelscales.h"

#include "engine/quant/quantizedmodel.h"

#include <algorithm>

namespace bitlens::train {

namespace {

constexpr float kOtherExponents[] = {0.75F, 1.0F};

} // namespace

quant::Calibration withBestChannelScales(const model::GeneratorPtr &generator, const quant::BitPlan &plan,
                                         const quant::Calibration &calibration, const HeldOut &heldOut,
                                         const base::CancelToken &cancel)
{
    quant::Calibration best = calibration;
    double highest = heldOut.psnr(quant::quantize(generator, plan, calibration), cancel);
    for (const float exponent : kOtherExponents) {
        quant::Calibration other = calibration;
        std::fill(other.channelExponents.begin(), other.channelExponents.end(), exponent);
        const double psnr = heldOut.psnr(quant::quantize(generator, plan, other), cancel);
        if (psnr > highest) {
            highest = psnr;
            best = std::move(other);
        }
    }
    return best;
}

} // namespace bitlens::train
