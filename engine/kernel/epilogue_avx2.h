// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/epilogue.h"

namespace bitlens::kernel {

/// Residual sources, and level targets, that the vector code takes.
inline constexpr int kMostVectorTargets = 4;

/// Equal to applyReference, bit for bit. Needs AVX2, and suitsVectors (epilogue.cpp).
void applyEpilogueAvx2(const EpilogueParameters &parameters, const EpilogueTargets &targets,
                       const AccumulatorBlock &block);

} // namespace bitlens::kernel
