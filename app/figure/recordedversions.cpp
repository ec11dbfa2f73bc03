// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/figure/recordedversions.h"

#include "engine/base/cpu.h"

#include <string>

namespace bitlens::figure {

compare::Versions recordedVersions(int threads)
{
    return {{"bitlens", BITLENS_VERSION},
            {"libtorch", BITLENS_TORCH_VERSION},
            {"opencv", BITLENS_OPENCV_VERSION},
            {"kernels", base::instructionSetName(base::cpuFeatures())},
            {"threads", std::to_string(threads)}};
}

} // namespace bitlens::figure
