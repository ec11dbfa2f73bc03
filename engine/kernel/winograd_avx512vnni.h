// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/winograd_avx2.h"

namespace bitlens::kernel {

// The same arithmetic as in winograd_avx2.h with AVX-512 (F, BW) and VNNI: vpdpwssd multiplies 32 pairs and adds them,
// modulo 2^32, in one instruction. Results are equal.

void winogradInput43Avx512Vnni(const WinogradPixels &pixels, std::int16_t *v, std::ptrdiff_t positionStride);
void winogradMultiplyAvx512Vnni(const WinogradProduct &product);
void winogradOutput43Avx512Vnni(const std::int32_t *m, std::ptrdiff_t positionStride, int outStride, float *values);

} // namespace bitlens::kernel
