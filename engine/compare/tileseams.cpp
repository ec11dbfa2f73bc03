// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/tileseams.h"

#include "engine/base/error.h"

#include <algorithm>
#include <utility>

namespace bitlens::compare {

namespace {

bool isStrip(int cell) { return cell % 2 == 1; }

} // namespace

std::vector<int> TileSeams::cutsOf(std::vector<int> starts, int length)
{
    starts.push_back(length);
    std::sort(starts.begin(), starts.end());
    starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
    return starts;
}

TileSeams::TileSeams(const run::TilePlan &plan, image::Size picture, int scale) : m_tiles(plan.tiles), m_scale(scale)
{
    std::vector<int> left;
    std::vector<int> top;
    for (const run::Tile &tile : plan.tiles) {
        left.push_back(tile.core.x);
        top.push_back(tile.core.y);
    }
    m_x.cuts = cutsOf(std::move(left), picture.width);
    m_y.cuts = cutsOf(std::move(top), picture.height);
    const std::size_t expected = (m_x.cuts.size() - 1) * (m_y.cuts.size() - 1);
    if (plan.tiles.empty() || expected != plan.tiles.size() || m_x.cuts.front() != 0 || m_y.cuts.front() != 0)
        throw base::Error(base::ErrorCode::Internal, {}, "the tiles of a picture do not form a grid");

    if (!plan.exact && plan.tiles.size() > 1) {
        // The outermost part of a tile's overlap is the least accurate: blend over the inner half of it only.
        m_feather = std::max(1, plan.overlap / 2);
        for (const Axis *axis : {&m_x, &m_y})
            for (std::size_t i = 0; i + 1 < axis->cuts.size(); ++i)
                m_feather = std::min(m_feather, (axis->cuts[i + 1] - axis->cuts[i]) / 2);
        m_feather = std::min(m_feather, plan.overlap);
    }
    makeEdges(m_x);
    makeEdges(m_y);
}

void TileSeams::makeEdges(Axis &axis) const
{
    axis.edges.push_back(0);
    for (std::size_t i = 1; i + 1 < axis.cuts.size(); ++i) {
        axis.edges.push_back(axis.cuts[i] - m_feather);
        axis.edges.push_back(axis.cuts[i] + m_feather);
    }
    axis.edges.push_back(axis.cuts.back());
    const int length = 2 * m_feather * m_scale;
    for (int i = 0; i < length; ++i)
        axis.ramp.push_back((static_cast<float>(i) + 0.5F) / static_cast<float>(length));
}

image::Planes TileSeams::blended(std::span<const Contribution> parts, int cellX, int cellY) const
{
    const image::Planes &first = parts.front().samples;
    image::Planes sum(first.channels(), first.height(), first.width());
    for (const Contribution &part : parts) {
        const bool afterX = isStrip(cellX) && part.column > cellX / 2;
        const bool afterY = isStrip(cellY) && part.row > cellY / 2;
        float *out = sum.mutableData();
        const float *in = part.samples.data();
        for (int channel = 0; channel < first.channels(); ++channel)
            for (int y = 0; y < first.height(); ++y) {
                float rowWeight = 1.0F;
                if (isStrip(cellY))
                    rowWeight = afterY ? m_y.ramp[y] : 1.0F - m_y.ramp[y];
                for (int x = 0; x < first.width(); ++x) {
                    float weight = rowWeight;
                    if (isStrip(cellX))
                        weight *= afterX ? m_x.ramp[x] : 1.0F - m_x.ramp[x];
                    *out++ += weight * *in++;
                }
            }
    }
    return sum;
}

void TileSeams::add(std::size_t index, const image::Planes &result, const CellFunction &onCell)
{
    const run::Tile &tile = m_tiles.at(index);
    const auto columnOfCore = [](const Axis &axis, int start) {
        return static_cast<int>(std::lower_bound(axis.cuts.begin(), axis.cuts.end(), start) - axis.cuts.begin());
    };
    const int column = columnOfCore(m_x, tile.core.x);
    const int row = columnOfCore(m_y, tile.core.y);
    const int lastX = static_cast<int>(m_x.edges.size()) - 2;
    const int lastY = static_cast<int>(m_y.edges.size()) - 2;
    for (int cellY = std::max(0, 2 * row - 1); cellY <= std::min(lastY, 2 * row + 1); ++cellY)
        for (int cellX = std::max(0, 2 * column - 1); cellX <= std::min(lastX, 2 * column + 1); ++cellX) {
            const image::Rect cell{m_x.edges[cellX], m_y.edges[cellY], m_x.edges[cellX + 1] - m_x.edges[cellX],
                                   m_y.edges[cellY + 1] - m_y.edges[cellY]};
            if (cell.isEmpty())
                continue;
            const image::Rect where{cell.x * m_scale, cell.y * m_scale, cell.width * m_scale, cell.height * m_scale};
            image::Planes samples = result.cropped(
                {where.x - tile.input.x * m_scale, where.y - tile.input.y * m_scale, where.width, where.height});
            const std::size_t needed = (isStrip(cellX) ? 2U : 1U) * (isStrip(cellY) ? 2U : 1U);
            if (needed == 1) {
                onCell(samples, where);
                continue;
            }
            std::vector<Contribution> &parts = m_pending[{cellY, cellX}];
            parts.push_back({column, row, std::move(samples)});
            if (parts.size() < needed)
                continue;
            // A fixed order of summation, whatever order the tiles came in.
            std::sort(parts.begin(), parts.end(), [](const Contribution &a, const Contribution &b) {
                return std::pair(a.row, a.column) < std::pair(b.row, b.column);
            });
            onCell(blended(parts, cellX, cellY), where);
            m_pending.erase({cellY, cellX});
        }
}

} // namespace bitlens::compare
