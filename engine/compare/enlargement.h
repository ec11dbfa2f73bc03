// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/image/image.h"
#include "engine/run/runner.h"

#include <cstddef>
#include <functional>

namespace bitlens::compare {

struct EnlargeOptions {
    /// Bytes that the run may use, `input` and result included; 0: half of what is free.
    std::size_t memoryBudget = 0;
    /// Bytes of that budget that the caller holds beside `input`.
    std::size_t heldBytes = 0;
    /// Input pixels to do first; empty: in reading order.
    image::Rect focus;
    /// Longest side of a tile; 0: as long as the budget allows.
    int maximumTile = 0;
};

/// A part of the result that is final, as 8-bit pixels (gray or RGB, without alpha), and where it belongs.
using EnlargedPartFunction = std::function<void(const image::Image &pixels, const image::Rect &where)>;

/// Enlarges a picture: Image to Image, tile by tile, the float result never in memory as a whole. The result has the
/// input's kind: 8 or 16 bit, gray stays gray (luma of what the network makes of it), alpha is enlarged in a pass of
/// its own with the same runner and with the colour beneath it filled in, so that there are no fringes; the ICC profile
/// is carried over. `tileSide` receives the longest side of a tile. Throws base::Cancelled, base::Error{OutOfMemory}.
image::Image enlarge(run::Runner &runner, const image::Image &input, const EnlargeOptions &options,
                     const base::Job &job, const EnlargedPartFunction &onPart = {}, int *tileSide = nullptr);

} // namespace bitlens::compare
