// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/parallel.h"
#include "engine/score/metric.h"
#include "engine/score/plane.h"

#include <array>
#include <vector>

namespace bitlens::score::detail {

/// Inside NIQE, for niqe.cpp and its tests.

constexpr int kNiqeBlock = 96;
constexpr std::size_t kNiqeFeatures = 36;

/// Steps of the definition that a test takes away to see that the reference values notice.
struct NiqeVariant {
    int shave = 4;
    bool luma = true;      ///< false: MATLAB's gray
    bool antialias = true; ///< false: scale 2 by plain bicubic interpolation
};

/// 18 features of scale 1, then 18 of scale 2, of each 96x96 block; NaN where a block has no sample of one sign.
using NiqeBlockFeatures = std::vector<std::array<double, kNiqeFeatures>>;

/// `luma` is cropped from the top left to multiples of 96; nothing comes back when that leaves nothing.
NiqeBlockFeatures niqeBlockFeatures(const Plane &luma, const NiqeVariant &variant, const base::ThreadPool &pool);

/// The distance between the blocks' statistics and the pristine model.
Metric niqeFromFeatures(const NiqeBlockFeatures &features);

Metric niqeOfVariant(const image::Image &image, const NiqeVariant &variant, const base::ThreadPool &pool);

} // namespace bitlens::score::detail
