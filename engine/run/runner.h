// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/image/image.h"
#include "engine/model/generator.h"

#include <cstddef>
#include <string>
#include <vector>

namespace bitlens::run {

/// What one layer cost in the last run.
struct LayerCost {
    std::string kernel;   ///< e.g. "winograd-f43-avx2", "oneDNN"
    bool integer = false; ///< computed in integer arithmetic
    double seconds = 0.0;
    double macs = 0.0;
};

/// Runs a generator on one tile. Not thread-safe: one call at a time; keeps buffers between calls of equal size.
class Runner {
public:
    virtual ~Runner() = default;

    virtual const model::Generator &generator() const = 0;

    /// Picture (3,H,W) in [0,1] to picture (3,scale*H,scale*W), not clamped. Any H, W >= 1. Cancellation is polled per
    /// layer (throws base::Cancelled). Throws base::Error{OutOfMemory}.
    virtual image::Planes run(const image::Planes &picture, const base::CancelToken &cancel) = 0;

    /// Upper estimate of the bytes that run() holds at its peak for a tile of that input size, output included.
    virtual std::size_t peakBytes(image::Size tile) const = 0;

    /// For reports: "LibTorch 1.13.1, oneDNN, 2 threads" or "integer, AVX2, 2 threads".
    virtual std::string backend() const = 0;

    /// Costs per layer of the last run() while profiling is on; empty otherwise.
    virtual void setProfiling(bool on) = 0;
    virtual std::vector<LayerCost> layerCosts() const = 0;

    /// Lets go of buffers kept between calls.
    virtual void releaseMemory() = 0;
};

/// What a runner computes on: feature map 0 (3·u², H/u, W/u) of a picture (3,H,W), u = inputUnshuffle. Sides that are
/// no multiple of u are first padded on the right and at the bottom by reflection (the edge itself is not repeated,
/// unless the side has one pixel); then torch's pixel_unshuffle: row dy, column dx of channel c goes to channel c·u² +
/// dy·u + dx. Throws base::Error{InvalidArgument} when the picture has not 3 channels.
image::Planes networkInput(const model::Generator &generator, const image::Planes &picture);

/// For every feature map, the index of the last layer that reads it (as input or residual source); the number of layers
/// for the last map, -1 for a map that nobody reads. A runner lets a map go after that layer.
std::vector<int> lastReaders(const model::Generator &generator);

/// Multiply-accumulates of one layer on a network input of that size (width and height of feature map 0).
double layerMacs(const model::Generator &generator, std::size_t layer, image::Size networkInput);

} // namespace bitlens::run
