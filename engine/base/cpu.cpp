// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/cpu.h"

#include <cstdlib>
#include <cstring>
#include <fstream>

namespace bitlens::base {

CpuFeatures cpuFeatures()
{
    CpuFeatures features;
    const char *wish = std::getenv("BITLENS_CPU");
    if (wish && std::strcmp(wish, "reference") == 0)
        return features;
#if defined(__x86_64__) || defined(__i386__)
    __builtin_cpu_init();
    features.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    features.avx512Vnni = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
                          && __builtin_cpu_supports("avx512vnni") && !(wish && std::strcmp(wish, "avx2") == 0);
#endif
    return features;
}

std::string instructionSetName(const CpuFeatures &features)
{
    if (!features.avx2)
        return "reference";
    return features.avx512Vnni ? "AVX-512 VNNI" : "AVX2";
}

std::string cpuName()
{
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.rfind("model name", 0) != 0)
            continue;
        const auto colon = line.find(": ");
        if (colon != std::string::npos)
            return line.substr(colon + 2);
    }
    return "unknown";
}

MemoryInfo memoryInfo()
{
    MemoryInfo memory;
    std::ifstream info("/proc/meminfo");
    std::string key;
    std::size_t kibibytes = 0;
    std::string unit;
    while (info >> key >> kibibytes && std::getline(info, unit)) {
        if (key == "MemTotal:")
            memory.total = kibibytes * 1024;
        else if (key == "MemAvailable:")
            memory.available = kibibytes * 1024;
    }
    return memory;
}

} // namespace bitlens::base
