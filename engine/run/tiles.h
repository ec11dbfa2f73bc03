// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/image/image.h"
#include "engine/run/runner.h"

#include <cstddef>
#include <functional>
#include <vector>

namespace bitlens::run {

/// How a picture is cut. All lengths in input pixels.
struct TileOptions {
    /// Bytes that a run may use beside the program itself, picture and result included; 0 means half of what is free.
    std::size_t memoryBudget = 0;
    /// 0 chooses: the receptive radius where that is at most `overlapLimit`, else `overlapLimit` with feathering.
    int overlap = 0;
    int overlapLimit = 48;
    /// Tiles that touch this part of the input are run first (what the user looks at). Empty: in reading order.
    image::Rect focus;
    /// 0 chooses the largest that the budget allows.
    int maximumTile = 0;
};

/// One tile: `core` is the part of the input it is responsible for, `input` the part it computes on (core grown by the
/// overlap and cut at the picture's edges).
struct Tile {
    image::Rect core;
    image::Rect input;
};

struct TilePlan {
    std::vector<Tile> tiles; ///< in the order they are run
    int overlap = 0;
    bool exact = false; ///< the overlap covers the receptive field (or there is one tile): tiled equals whole
};

/// Chooses tiles for a picture. Throws base::Error{OutOfMemory} naming the budget when not even a 32x32 tile fits.
TilePlan planTiles(const Runner &runner, image::Size picture, const TileOptions &options);

/// Called after each tile with the result so far and the part of the output that has just become valid (all of it final
/// when the plan is exact; seams may still be blended otherwise).
using PartFunction = std::function<void(const image::Planes &result, const image::Rect &outputPart)>;

/// Runs a picture (3,H,W) tile by tile. Progress per tile; cancellation per tile and per layer. Where the overlap is
/// smaller than the receptive field, neighbours are blended over the overlap so that no seam shows.
image::Planes runTiled(Runner &runner, const image::Planes &picture, const TileOptions &options, const base::Job &job,
                       const PartFunction &onPart = {});

} // namespace bitlens::run
