// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/search/torchluma.h"

#include <algorithm>

#include <ATen/ops/clamp.h>

namespace bitlens::search {

at::Tensor lumaOf(const at::Tensor &pictures, int shave)
{
    const std::int64_t smallest = std::min(pictures.size(2), pictures.size(3));
    const std::int64_t cut = std::min<std::int64_t>(shave, (smallest - 1) / 2);
    const at::Tensor inner =
        pictures.narrow(2, cut, pictures.size(2) - 2 * cut).narrow(3, cut, pictures.size(3) - 2 * cut);
    const at::Tensor clamped = at::clamp(inner, 0.0, 1.0);
    return clamped.narrow(1, 0, 1)
        .mul(65.481 / 255.0)
        .add(clamped.narrow(1, 1, 1), 128.553 / 255.0)
        .add(clamped.narrow(1, 2, 1), 24.966 / 255.0);
}

} // namespace bitlens::search
