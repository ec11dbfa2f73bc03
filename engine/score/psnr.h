// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/parallel.h"
#include "engine/score/metric.h"
#include "engine/score/pairoptions.h"

namespace bitlens::score {

/// Peak signal-to-noise ratio in dB, 10 log10(255² / mean squared error); higher is better. +infinity when no sample
/// differs (Metric::isInfinite). Not available when nothing is left after cutting the border. Symmetric.
/// Throws base::Error{InvalidArgument} when the sizes differ.
Metric psnr(const image::Image &a, const image::Image &b, const PairOptions &options, const base::ThreadPool &pool);

} // namespace bitlens::score
