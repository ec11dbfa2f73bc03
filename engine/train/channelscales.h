// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/calibration.h"
#include "engine/train/heldout.h"

namespace bitlens::train {

/// The calibration with the channel exponent, one for all maps, whose quantized model comes nearest to FP32 on held-out
/// crops: that of the calibration itself, 0.75 or 1. Ranges that have to suit all pictures are wide, and 8-bit weights
/// then bear full channel scales better than the activations bear shared ones (SRGAN at int8, Set5: 43.7 dB with the
/// usual exponent, 47.3 with 1); weights of few bits do not. Throws base::Error, base::Cancelled.
quant::Calibration withBestChannelScales(const model::GeneratorPtr &generator, const quant::BitPlan &plan,
                                         const quant::Calibration &calibration, const HeldOut &heldOut,
                                         const base::CancelToken &cancel);

} // namespace bitlens::train
