// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/quantizedmodel.h"
#include "engine/run/runner.h"

#include <memory>

namespace bitlens::run {

/// The quantized generator simulated in float with LibTorch: activations rounded by the same rule and put back to float,
/// weights dequantized. The twin that the integer runner is checked against, and the forward pass of training.
class FakeQuantRunner {
public:
    FakeQuantRunner(quant::QuantizedModelPtr model, int threads);
    ~FakeQuantRunner();

    /// Like FloatRunner::runObserved.
    image::Planes runObserved(const image::Planes &picture, const quant::MapObserver &observer,
                              const base::CancelToken &cancel);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::run
