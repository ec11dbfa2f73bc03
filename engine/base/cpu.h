// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <string>

namespace bitlens::base {

/// Instruction sets found at run time. `BITLENS_CPU=reference` in the environment hides all of them, so that the plain
/// kernels can be tested on any machine; `avx2` hides what is newer than AVX2.
struct CpuFeatures {
    bool avx2 = false;       ///< AVX2 and FMA, usable under this operating system
    bool avx512Vnni = false; ///< AVX-512 F, BW and VNNI, likewise
};

CpuFeatures cpuFeatures();

/// What the integer kernels use of it, for people: "AVX-512 VNNI", "AVX2" or "reference".
std::string instructionSetName(const CpuFeatures &features);

/// The processor's marketing name, e.g. "AMD EPYC"; "unknown" where the system does not tell.
std::string cpuName();

/// Bytes of memory: installed, and available without swapping. 0 where the system does not tell.
struct MemoryInfo {
    std::size_t total = 0;
    std::size_t available = 0;
};
MemoryInfo memoryInfo();

} // namespace bitlens::base
