// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Compiled for AVX2, without fused multiply-add, whose single rounding would give other bits.

#include "engine/score/sampleloopsbody.h"

namespace bitlens::score::detail {

const SampleLoops kAvx2SampleLoops = kLoops;

} // namespace bitlens::score::detail
