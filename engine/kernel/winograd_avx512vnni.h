// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/winograd_avx2.h"

namespace bitlens::kernel {

/// On AVX-512 (F, BW) and VNNI: vpdpwssd multiplies 32 pairs and adds them, modulo 2^32, in one instruction.
extern const WinogradFunctions kWinogradAvx512Vnni;

} // namespace bitlens::kernel
