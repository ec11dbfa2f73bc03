// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/patternloss.h"

#include <algorithm>

namespace bitlens::train {

namespace {

/// Grid cells on a window's side: many enough for true detail to average out, few enough to see a faint local pattern.
constexpr std::int64_t kWindow = 4;

} // namespace

torch::Tensor patternLoss(const torch::Tensor &pictures, const torch::Tensor &others, int scale)
{
    const torch::Tensor cells = torch::pixel_unshuffle(pictures - others, scale);
    const std::int64_t window = std::min({kWindow, cells.size(2), cells.size(3)});
    torch::Tensor means = torch::avg_pool2d(cells, window, std::max<std::int64_t>(window / 2, 1));
    means = means.reshape({means.size(0), pictures.size(1), scale * scale, means.size(2), means.size(3)});
    return (means - means.mean(2, true)).abs().mean();
}

} // namespace bitlens::train
