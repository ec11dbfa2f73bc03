// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/direct_avx2.h"

namespace bitlens::kernel {

// The same sums as in direct_avx2.h with AVX-512 F and VNNI. Results are equal.

void directFloatsAvx512Vnni(const DirectProduct &product, float *values);
void directSumsAvx512Vnni(const DirectProduct &product, std::int32_t *sums);

} // namespace bitlens::kernel
