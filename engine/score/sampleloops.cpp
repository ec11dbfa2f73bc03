// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/sampleloops.h"

#include "engine/base/cpu.h"
#include "engine/score/sampleloopsbody.h"

namespace bitlens::score {

namespace detail {
const SampleLoops kPlainSampleLoops = kLoops;
}

const SampleLoops &sampleLoops()
{
    return base::cpuFeatures().avx2 ? detail::kAvx2SampleLoops : detail::kPlainSampleLoops;
}

} // namespace bitlens::score
