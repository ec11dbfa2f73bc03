// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <torch/types.h>

namespace bitlens::train {

/// How much of the difference of two batches (N,C,H,W) repeats with the period of `scale` pixels, the grid of the small
/// picture: the difference is averaged for each of the scale² places in a grid cell over windows of several cells, and
/// what then still depends on the place is the loss (its mean absolute value). Photographs have no such pattern, a
/// generator that is rewarded for fine detail alone draws one. H and W must be multiples of `scale`.
torch::Tensor patternLoss(const torch::Tensor &pictures, const torch::Tensor &others, int scale);

} // namespace bitlens::train
