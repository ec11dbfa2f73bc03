// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/image/image.h"
#include "engine/quant/quantizedmodel.h"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace bitlens::compare {

/// Which layers' quantization causes the error at a place of the picture.
///
/// Each layer is quantized alone, all others in FP32, on the region with its surroundings; what that changes there is
/// the layer's own error. The other way round - all quantized, one restored - explains less: on a photo with SRGAN and
/// the preset "multi", the own errors added up leave 9 % of the error's energy unexplained, the changes by restoring 49
/// %, and restoring the three layers that are named first takes the same share (over 91 %) of the error away either way
/// (tests/bench/blame_methods). Errors are small enough to add up nearly linearly, while restoring one layer also
/// changes how the others round.
struct BlameRequest {
    image::Image input;
    std::string inputName;
    quant::QuantizedModelPtr model; ///< plan, ranges and generator
    image::Rect region;             ///< output pixels, cut to the picture
};

/// What one layer, or one stage with all of its layers, does to the region.
struct BlameEntry {
    std::size_t stage = 0;
    /// Index in the generator; -1: all quantized layers of the stage together.
    int layer = -1;
    std::string path;      ///< of the layer or the stage
    int layers = 1;        ///< quantized layers in it
    quant::LayerBits bits; ///< of the layer; of the first one of a stage
    /// Error with only this quantized: root of the mean square over the region's samples, in 8-bit levels.
    double ownError = 0.0;
    /// Its part in the error with everything quantized: projection of its own error on that one, relative to its
    /// energy. The parts of all layers add up to nearly 1 where errors add up; below 0 it works against the others.
    double part = 0.0;
};

struct Blame {
    image::Rect region;             ///< what was looked at, output pixels
    double error = 0.0;             ///< with everything quantized, as ownError
    std::vector<BlameEntry> layers; ///< quantized layers, the largest ownError first
    double explained = 0.0;         ///< sum of their parts
    /// input, model, plan, region[x,y,w,h], error_levels, explained, layers[{stage, layer, weight_bits,
    /// activation_bits, error_levels, part}]; "schema":1.
    std::string toJson(const BlameRequest &request) const;
};

/// Called with each entry as it is found, on the calling thread: first the stages, then the layers of those that have
/// more than one, the guiltiest stage first.
using BlameFunction = std::function<void(const BlameEntry &entry, double error)>;

/// Input pixels around the region that are computed with it, at most: enough for SRGAN's whole receptive field of 5
/// blocks; farther ones hardly count (see run::kDefaultOverlapLimit).
inline constexpr int kBlameContext = 24;
/// Longest side of a region in input pixels; a larger one is looked at in its middle.
inline constexpr int kLargestBlamedSide = 96;

/// Runs the generator's stages and layers one at a time on the region. A layer in FP32 causes no error and has no
/// entry. Throws base::Error{InvalidArgument} for a region outside the picture or a request without picture or model,
/// base::Error, base::Cancelled.
Blame blame(const BlameRequest &request, const base::ThreadPool &pool, const base::Job &job,
            const BlameFunction &onEntry = {});

} // namespace bitlens::compare
