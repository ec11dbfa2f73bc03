// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"
#include "engine/run/tiles.h"

#include <functional>
#include <map>
#include <span>
#include <vector>

namespace bitlens::compare {

/// Puts tiles together so that no seam shows, holding only what is not final yet. The picture is cut into cells: the
/// inside of a tile, the strip between two neighbours, the square between four. A cell is final, and handed on, as soon
/// as all tiles that reach into it have been run; strips and squares are blended with linear weights that sum to one.
/// The result does not depend on the order of the tiles, bit for bit. Where the plan is exact there are no strips.
class TileSeams {
public:
    /// Final samples (3,H,W) and where they belong in the output, in output pixels.
    using CellFunction = std::function<void(const image::Planes &samples, const image::Rect &where)>;

    /// The cores of `plan` must form a grid that covers `picture` (in input pixels).
    TileSeams(const run::TilePlan &plan, image::Size picture, int scale);

    /// Takes the result of tile `index` (of plan.tiles), computed on its `input` part.
    void add(std::size_t index, const image::Planes &result, const CellFunction &onCell);

    /// Input pixels on each side of a cut over which neighbours are blended.
    int feather() const { return m_feather; }

private:
    /// Along one axis: where it is cut. Even cells are insides of tiles, odd ones strips between neighbours.
    struct Axis {
        std::vector<int> cuts;  ///< 0, inner cuts, length
        std::vector<int> edges; ///< cell i is [edges[i], edges[i+1])
        /// Weight of the neighbour after the cut for each output pixel of a strip.
        std::vector<float> ramp;
    };
    struct Contribution {
        int column = 0;
        int row = 0;
        image::Planes samples;
    };

    static std::vector<int> cutsOf(std::vector<int> starts, int length);
    void makeEdges(Axis &axis) const;
    image::Planes blended(std::span<const Contribution> parts, int cellX, int cellY) const;

    std::vector<run::Tile> m_tiles;
    int m_scale;
    int m_feather = 0;
    Axis m_x;
    Axis m_y;
    std::map<std::pair<int, int>, std::vector<Contribution>> m_pending;
};

} // namespace bitlens::compare
