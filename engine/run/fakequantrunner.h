// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/quantizedmodel.h"
#include "engine/run/runner.h"

#include <memory>

namespace bitlens::run {

/// The quantized generator simulated in float with LibTorch: the twin that the integer runner is checked against, and
/// the forward pass of training. Activations are rounded by the one rule to integers q - z held in float32 tensors,
/// weights are the integers of the model.
///
/// Exact (the default): convolutions are computed in oneDNN's float32 on parts of the integers that are small enough
/// for every partial sum to stay below 2^24, where float32 sums are exact in any order; the parts are put together in
/// double. Then y = float(acc) * scale[o] + bias[o] with multiplication and sum rounded separately, and activation,
/// residual sums and output as in FloatRunner. So every feature map equals the integer runner's but for the rounding of
/// what both compute in float (bilinear skips, tanh).
///
/// Not exact: one convolution per layer whatever the sums; values then differ from the exact ones in their last bits.
class FakeQuantRunner {
public:
    struct Options {
        bool exact = true;
    };

    FakeQuantRunner(quant::QuantizedModelPtr model, int threads);
    FakeQuantRunner(quant::QuantizedModelPtr model, int threads, const Options &options);
    ~FakeQuantRunner();

    /// Like FloatRunner::runObserved.
    image::Planes runObserved(const image::Planes &picture, const quant::MapObserver &observer,
                              const base::CancelToken &cancel);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::run
