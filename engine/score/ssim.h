// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/parallel.h"
#include "engine/score/metric.h"
#include "engine/score/pairoptions.h"

namespace bitlens::score {

/// Structural similarity, at most 1 (equal pictures); higher is better. Wang, Bovik, Sheikh, Simoncelli 2004: 11x11
/// Gaussian window of sigma 1.5, K1 = 0.01, K2 = 0.03, L = 255, mean over the region where the window lies inside; for
/// Rgb the mean of the three channels. Not available when less than 11x11 pixels are left inside the border. Symmetric.
/// Throws base::Error{InvalidArgument} when the sizes differ.
Metric ssim(const image::Image &a, const image::Image &b, const PairOptions &options, const base::ThreadPool &pool);

} // namespace bitlens::score
