// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"
#include "engine/model/reader.h"

#include <cstdint>

namespace bitlens::test {

/// Small generators with random weights whose outputs stay near the picture's range: for tests that need a network but
/// not a trained one. The same shape and seed always give the same weights, on every machine.
struct SrganShape {
    int blocks = 2;
    int channels = 16;
    int upsamplers = 2; ///< each doubles
    bool batchNorm = false;
    bool trunkBatchNorm = false;   ///< else the trunk ends in PReLU
    bool slopesPerChannel = false; ///< else one shared PReLU slope
    int outerKernel = 9;           ///< of head and tail
    std::uint64_t seed = 1;
};

struct RrdbShape {
    int blocks = 1;
    int channels = 16;
    int growth = 8;
    int unshuffle = 1; ///< 1: x4, 2: x2, 4: x1
    std::uint64_t seed = 1;
};

struct SrvggShape {
    int convolutions = 4; ///< at least 2
    int channels = 16;
    int scale = 2;
    std::uint64_t seed = 1;
};

/// MSRResNet: bilinear skip, leaky ReLU 0.1, no trunk end.
struct MsrShape {
    int blocks = 2;
    int channels = 16;
    int scale = 4; ///< 2, 3 or 4
    std::uint64_t seed = 1;
};

/// Tensors under the names of each family's first naming (block1.0 …, conv_first/body.0.rdb1.conv1 …, body.0 …).
model::StateDict syntheticState(const SrganShape &shape);
model::StateDict syntheticState(const RrdbShape &shape);
model::StateDict syntheticState(const SrvggShape &shape);
model::StateDict syntheticState(const MsrShape &shape);

/// The generator made of syntheticState(shape).
template <typename Shape>
model::GeneratorPtr syntheticGenerator(const Shape &shape);

extern template model::GeneratorPtr syntheticGenerator(const SrganShape &);
extern template model::GeneratorPtr syntheticGenerator(const RrdbShape &);
extern template model::GeneratorPtr syntheticGenerator(const SrvggShape &);
extern template model::GeneratorPtr syntheticGenerator(const MsrShape &);

} // namespace bitlens::test
