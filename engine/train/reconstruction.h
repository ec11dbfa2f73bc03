// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/train/reconstructioncrops.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bitlens::train {

struct ReconstructionOptions {
    CropShape crops;
    int iterations = 0; ///< of each block; 0: as many as suit the generator's size
    std::uint64_t seed = 1;

    /// Iterations that take seconds to a minute for an SRGAN, and minutes for an RRDBNet of 23 blocks.
    static int iterationsFor(const model::Generator &generator);
};

struct ReconstructionResult {
    struct Block {
        std::string name;    ///< see reconstructionBlocks
        double before = 0.0; ///< mean square distance to FP32 on held-out crops
        double after = 0.0;  ///< of what was kept: never above `before`
        bool isKept = false;
    };
    /// What the integer runner computes with: levels, scales, ranges and biases; the start itself where that is nearer
    /// to FP32 on the held-out crops.
    quant::QuantizedModelPtr model;
    std::vector<Block> blocks; ///< those with quantized layers, in order
    double psnrBefore = 0.0;   ///< dB, see HeldOut::psnr
    double psnrAfter = 0.0;    ///< never below psnrBefore
};

/// Block-wise reconstruction (Li et al., BRECQ, 2021; rounding with a straight-through estimator): block by block, in
/// order, rounding of weights, scales and biases of a quantized model are fitted so that the block, given what the
/// quantized network before it really makes of crops of `pictures`, gives what it gives in FP32. A block is kept only
/// where its error on held-out crops went down, the whole only where the picture came nearer to FP32. Deterministic for
/// a seed and a number of threads. Throws base::Error{InvalidArgument} when nothing is quantized and as
/// reconstructionCrops(), {OutOfMemory}, base::Cancelled.
ReconstructionResult reconstructBlocks(const quant::QuantizedModelPtr &start, std::span<const image::Planes> pictures,
                                       const ReconstructionOptions &options, const base::ThreadPool &pool,
                                       const base::Job &job);

} // namespace bitlens::train
