// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"

#include <cstddef>
#include <string>
#include <vector>

namespace bitlens::train {

/// Layers [first, end) whose weights and scales are fitted together.
struct ReconstructionBlock {
    std::string name; ///< stage, or stage/part: "body/block3", "body/block3/rdb2"
    std::size_t first = 0;
    std::size_t end = 0;
    /// Feature maps of the block that later layers read, or the generator's last one.
    std::vector<int> outputs;
    double macs = 0.0; ///< multiply-accumulates per pixel of the network's input
};

/// The generator's blocks in order: a stage each, or the parts of a stage whose layers' names have one ("rdb2/conv5").
/// So a block is a residual block of an SRGAN, a dense block of an ESRGAN, an upsampler, the head or the tail.
std::vector<ReconstructionBlock> reconstructionBlocks(const model::Generator &generator);

} // namespace bitlens::train
