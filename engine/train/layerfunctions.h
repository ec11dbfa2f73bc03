// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"

#include <vector>

#include <torch/types.h>

namespace bitlens::train {

/// The parts of a layer that every network with gradients shares; tensors are (N,C,H,W). Like the runners' arithmetic:
/// multiplications and sums are rounded separately.

/// A layer's inputs, concatenated along channels and enlarged.
torch::Tensor layerInput(const model::ConvLayer &layer, const std::vector<torch::Tensor> &sources);

/// What follows the convolution and its bias: activation, pixel shuffle and residual sums. `slope` holds the PReLU
/// slopes (undefined without PReLU), `maps` the feature maps that residuals refer to.
torch::Tensor finishedLayer(torch::Tensor y, const model::ConvLayer &layer, const torch::Tensor &slope,
                            const std::vector<torch::Tensor> &maps);

/// The last feature map as a picture in [0,1], not clamped.
torch::Tensor transformedOutput(const torch::Tensor &y, model::OutputTransform transform);

} // namespace bitlens::train
