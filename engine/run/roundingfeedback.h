// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/quant/quantizedmodel.h"

#include <span>

namespace bitlens::run {

/// The same model with its weights rounded so that their errors cancel in what each layer computes, rather than each to
/// its nearest step (Frantar and Alistarh 2022, GPTQ; the same solution as Babai's nearest plane): with H = R^T R the
/// moments of a layer's inputs in FP32 on `pictures`, plus what rounding of activations adds, weights are rounded from
/// the last to the first, each making up for those before it. Scales, ranges and plan stay, and so do FP32 layers and
/// those of more than kMostFeedbackInputs inputs a channel. Biases are corrected as quant::quantize does. At most
/// kMostFeedbackPixels pixels of the pictures are looked at. Deterministic. Throws base::Error{InvalidArgument} without
/// pictures, {OutOfMemory}, base::Cancelled.
quant::QuantizedModelPtr roundWithFeedback(const quant::QuantizedModelPtr &model,
                                           std::span<const image::Planes> pictures, const base::ThreadPool &pool,
                                           const base::Job &job);

/// Above this the moments take more memory and time than they are worth: only the 9x9 tail of an SRGAN.
inline constexpr int kMostFeedbackInputs = 2048;
inline constexpr std::size_t kMostFeedbackPixels = 40'000;

} // namespace bitlens::run
