// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/image/image.h"
#include "engine/run/runner.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bitlens::run {

/// Overlap of tiles of generators that see further than this; see TileOptions. RRDBNet of 23 blocks sees over 300
/// pixels, but what is far away hardly counts: tiles of a photo were 78 dB from the whole and no pixel off by more than
/// 1/255 with 64; with 32 it was 61 dB and 9/255.
inline constexpr int kDefaultOverlapLimit = 64;

/// How a picture is cut. All lengths in input pixels.
struct TileOptions {
    /// Bytes that a run may use beside the program itself, picture and result included; 0 means half of what is free.
    std::size_t memoryBudget = 0;
    /// Bytes of the budget that the caller holds while tiles are run (picture, result, seams); unset: the picture and
    /// the result as float planes, which is what runTiled holds.
    std::optional<std::size_t> heldBytes = {};
    /// 0 chooses: the receptive radius where that is at most `overlapLimit`, else `overlapLimit` with feathering.
    int overlap = 0;
    int overlapLimit = kDefaultOverlapLimit;
    /// Tiles that touch this part of the input are run first (what the user looks at). Empty: in reading order.
    image::Rect focus = {};
    /// Longest side of a tile's input. 0 chooses the largest that the budget allows (smaller where there is a focus, so
    /// that it is there soon).
    int maximumTile = 0;
};

/// One tile: `core` is the part of the input it is responsible for, `input` the part it computes on: core grown by at
/// least the overlap and cut at the picture's edges. Inputs start at multiples of the generator's inputUnshuffle and
/// are, along a side that is cut, equally long (but for the rest of a division at the last); cores form a grid.
struct Tile {
    image::Rect core;
    image::Rect input;
};

struct TilePlan {
    std::vector<Tile> tiles; ///< in the order they are run
    int overlap = 0;
    int side = 0;       ///< longest side of a tile's input; as TileOptions::maximumTile it gives the same tiles again
    bool exact = false; ///< the overlap covers the receptive field (or there is one tile): tiled equals whole
};

/// Chooses tiles for a picture: as few as the budget allows. Throws base::Error{OutOfMemory} naming the budget when not
/// even a core of 32x32 fits.
TilePlan planTiles(const Runner &runner, image::Size picture, const TileOptions &options);

/// Throws base::Error{Internal} "<what> contains NaN or infinity…" when a sample of a tile's result is not finite.
void requireFinite(const image::Planes &result, const std::string &what);

/// Called after each tile with the result so far and the part of the output that has just become valid (all of it final
/// when the plan is exact; seams may still be blended otherwise).
using PartFunction = std::function<void(const image::Planes &result, const image::Rect &outputPart)>;

/// Runs a picture (3,H,W) tile by tile. Progress per tile; cancellation per tile and per layer. Where the plan is not
/// exact, neighbours are blended over the inner half of the overlap (the outer half, which the cut disturbs most, is
/// thrown away), so that no seam shows. Throws base::Error{Internal} naming the tile when a result is not finite.
image::Planes runTiled(Runner &runner, const image::Planes &picture, const TileOptions &options, const base::Job &job,
                       const PartFunction &onPart = {});

} // namespace bitlens::run
