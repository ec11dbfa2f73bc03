// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/quantizer.h"

#include <cstddef>

namespace bitlens::search {

/// Sum of a[i]·b[i].
double dotProduct(const float *a, const float *b, std::size_t count);

/// Sum of Δ(values[i]) · weights[i], where Δ(x) is what quantizing x for channel `channel` changes (rule 6). Written
/// for speed: all widths of all layers pass through here for every probe.
double roundingProduct(const float *values, const float *weights, std::size_t count,
                       const quant::ActivationQuantizer &quantizer, std::size_t channel);

} // namespace bitlens::search
