// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"
#include "engine/quant/quantizedmodel.h"

#include <cstddef>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

namespace bitlens::run {

/// One layer of a quantized model simulated in float with LibTorch; see FakeQuantRunner for what exact means.
/// Immutable; safe to use from many threads. Copies share.
class FakeQuantLayer {
public:
    /// Layer `index` of `model` with its bits. The model must outlive it.
    FakeQuantLayer(const quant::QuantizedModel &model, std::size_t index, bool exact);
    /// The layer in FP32. The generator must outlive it.
    FakeQuantLayer(const model::Generator &generator, std::size_t index);

    /// Convolution, bias, activation and pixel shuffle; a TorchNetwork::LayerFunction.
    at::Tensor run(const std::vector<at::Tensor> &maps) const;

private:
    struct Prepared;
    std::shared_ptr<const Prepared> d;
};

} // namespace bitlens::run
