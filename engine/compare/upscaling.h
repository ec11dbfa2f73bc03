// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/compare/comparison.h"
#include "engine/compare/outputnames.h"

#include <string>
#include <vector>

namespace bitlens::compare {

/// One picture from file to file.
struct UpscaleRequest {
    OutputName files;
    std::vector<std::string> inputs; ///< never written over, as is files.input
    bool allowLarge = false;         ///< read more than image::kLargeImagePixels
    model::GeneratorPtr generator;
    quant::BitPlan plan; ///< one that is all FP32 runs the FP32 generator
    std::string planName;
    quant::QuantizedModelPtr packed;                       ///< as in Request
    std::shared_ptr<const quant::Calibration> calibration; ///< as in Request
    quant::RangeChoices chosenRanges;                      ///< as in Request
    std::size_t memoryBudget = 0;
};

struct UpscaleResult {
    image::Size size;     ///< of what was written
    double seconds = 0.0; ///< of the network's run
    std::string backend;
};

/// Reads, enlarges, writes: what `bitlens upscale` and the window's queue do with each picture. The file is there whole
/// or not at all. Lets go of what `comparison` keeps. Throws base::Error, base::Cancelled.
UpscaleResult upscaleFile(Comparison &comparison, const UpscaleRequest &request, const base::Job &job);

} // namespace bitlens::compare
