// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/tiles.h"

#include "engine/base/cpu.h"
#include "engine/base/error.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace bitlens::run {

namespace {

/// The smallest core worth running: below, the overlap costs dozens of times the work.
constexpr int kSmallestCore = 32;
/// With a focus: sides of tiles relative to the overlap, and the least of them. Eight overlaps keep the work that is
/// done twice below 1.8 times the picture's.
constexpr int kFocusOverlaps = 8;
constexpr int kFocusTile = 256;
/// Where the system does not say how much memory is free.
constexpr std::size_t kUnknownBudget = std::size_t(2) << 30;

int roundedUp(int value, int step) { return (value + step - 1) / step * step; }

std::size_t planeBytes(image::Size size, int scale)
{
    return 3 * sizeof(float) * size.pixels() * static_cast<std::size_t>(scale * scale);
}

std::string megabytes(std::size_t bytes) { return fmt::format("{} MB", (bytes + 999'999) / 1'000'000); }

/// What tiles of a picture are chosen by.
struct Limits {
    int overlap = 0;
    int step = 1;     ///< tile inputs start at multiples of this
    int smallest = 0; ///< tile input that holds a core worth running; or the picture
    int longest = 0;
    std::size_t budget = 0; ///< of the whole
    std::size_t held = 0;   ///< of that, beside a tile's run
};

bool fits(const Runner &runner, image::Size tile, const Limits &limits)
{
    // A tile's own cut of the picture comes on top; its result is part of the peak.
    return limits.held + planeBytes(tile, 1) + runner.peakBytes(tile) <= limits.budget;
}

/// The largest tile side that the limits and the budget allow; 0 when none does. Sides longer than the picture
/// count as the picture's.
int largestTile(const Runner &runner, image::Size picture, const Limits &limits)
{
    const auto fitsSide = [&](int side) {
        return fits(runner, {std::min(side, picture.width), std::min(side, picture.height)}, limits);
    };
    if (!fitsSide(limits.smallest))
        return 0;
    int good = limits.smallest;
    int bad = limits.longest + 1;
    while (bad - good > 1) {
        const int middle = good + (bad - good) / 2;
        (fitsSide(middle) ? good : bad) = middle;
    }
    return good;
}

/// Along one side of a picture: where tile inputs and cores begin and end.
struct Span {
    int inputBegin = 0;
    int inputEnd = 0;
    int coreBegin = 0;
    int coreEnd = 0;
};

/// Cuts a side into as few inputs of at most `tile` pixels as possible, then makes them equal and spreads them evenly;
/// cores meet in the middle of the overlaps.
std::vector<Span> cutSide(int length, int tile, const Limits &limits)
{
    if (tile >= length)
        return {{0, length, 0, length}};
    const int step = limits.step;
    // Rounding starts down to the step may cost an overlap up to one step.
    const int shared = 2 * limits.overlap + (step - 1);
    const int advance = std::max(1, tile - shared);
    const int count = std::max(2, 1 + (length - tile + advance - 1) / advance);
    const int equal = std::min(tile, roundedUp((length + (count - 1) * shared + count - 1) / count, step));
    std::vector<Span> spans;
    for (int i = 0; i < count; ++i) {
        const auto place = static_cast<std::int64_t>(length - equal) * i / (count - 1);
        const int begin = static_cast<int>(place) / step * step;
        const int end = i + 1 == count ? length : std::min(begin + equal, length);
        spans.push_back({begin, end, begin, end});
    }
    for (std::size_t i = 1; i < spans.size(); ++i) {
        const int middle = (spans[i].inputBegin + spans[i - 1].inputEnd) / 2;
        spans[i - 1].coreEnd = middle;
        spans[i].coreBegin = middle;
    }
    return spans;
}

/// Squared distance between centres, in half pixels.
std::int64_t distance(const image::Rect &a, const image::Rect &b)
{
    const std::int64_t x = 2 * a.x + a.width - 2 * b.x - b.width;
    const std::int64_t y = 2 * a.y + a.height - 2 * b.y - b.height;
    return x * x + y * y;
}

void orderByFocus(std::vector<Tile> &tiles, const image::Rect &focus)
{
    if (focus.isEmpty())
        return;
    std::stable_sort(tiles.begin(), tiles.end(), [&](const Tile &a, const Tile &b) {
        const bool aTouches = !a.core.intersected(focus).isEmpty();
        const bool bTouches = !b.core.intersected(focus).isEmpty();
        if (aTouches != bTouches)
            return aTouches;
        return distance(a.core, focus) < distance(b.core, focus);
    });
}

Limits limitsFor(const Runner &runner, image::Size picture, const TileOptions &options)
{
    const model::Generator &generator = runner.generator();
    Limits limits;
    limits.step = generator.inputUnshuffle;
    const int radius = generator.receptiveRadius();
    limits.overlap = options.overlap > 0 ? options.overlap : std::min(radius, options.overlapLimit);
    const int side = std::max(picture.width, picture.height);
    limits.smallest = std::min(kSmallestCore + 2 * limits.overlap + limits.step, side);
    limits.longest = side;
    if (options.maximumTile > 0) {
        limits.longest = std::clamp(options.maximumTile, limits.smallest, side);
    } else if (!options.focus.isEmpty()) {
        const int wanted = std::max(options.focus.width, options.focus.height) + 2 * limits.overlap;
        limits.longest =
            std::min(side, std::max({wanted, limits.smallest, kFocusOverlaps * limits.overlap, kFocusTile}));
    }
    limits.budget = options.memoryBudget;
    if (limits.budget == 0) {
        const std::size_t available = base::memoryInfo().available;
        limits.budget = available == 0 ? kUnknownBudget : available / 2;
    }
    limits.held = options.heldBytes.value_or(planeBytes(picture, 1) + planeBytes(picture, generator.scale));
    return limits;
}

/// Along one side of the output: weight of a tile at each position of its blended part. Cores end where the weights of
/// both neighbours are one half.
class Ramp {
public:
    /// [begin, end) is the core; half of the ramp lies on each side of its inner ends.
    Ramp(int begin, int end, int half, int length) : m_half(half)
    {
        m_hasBefore = begin > 0 && half > 0;
        m_hasAfter = end < length && half > 0;
        m_begin = begin;
        m_end = end;
    }

    int first() const { return m_hasBefore ? m_begin - m_half : m_begin; }
    int last() const { return m_hasAfter ? m_end + m_half : m_end; } ///< one past
    float weight(int at) const
    {
        if (at < first() || at >= last())
            return 0.0F;
        float weight = 1.0F;
        if (m_hasBefore && at < m_begin + m_half)
            weight = rising(at - m_begin);
        if (m_hasAfter && at >= m_end - m_half)
            weight *= 1.0F - rising(at - m_end);
        return weight;
    }

private:
    float rising(int fromCut) const
    {
        return (static_cast<float>(fromCut + m_half) + 0.5F) / static_cast<float>(2 * m_half);
    }

    int m_half;
    int m_begin = 0;
    int m_end = 0;
    bool m_hasBefore = false;
    bool m_hasAfter = false;
};

/// A result into which tiles are laid one by one; always normalised, so that it can be shown at any moment.
class Canvas {
public:
    Canvas(const TilePlan &plan, image::Size picture, int scale)
        : m_result(3, picture.height * scale, picture.width * scale), m_scale(scale)
    {
        // The outer half of an overlap is thrown away; a core is at least as wide as its ramps.
        int half = plan.exact ? 0 : plan.overlap / 2 * scale;
        for (const Tile &tile : plan.tiles)
            half = std::min({half, tile.core.width * scale / 2, tile.core.height * scale / 2});
        for (const Tile &tile : plan.tiles) {
            const image::Rect &core = tile.core;
            m_columns.emplace_back(core.x * scale, core.right() * scale, half, m_result.width());
            m_rows.emplace_back(core.y * scale, core.bottom() * scale, half, m_result.height());
        }
        m_isLaid.assign(plan.tiles.size(), false);
    }

    const image::Planes &result() const { return m_result; }
    image::Planes take() { return std::move(m_result); }

    /// Lays a tile's result (computed on the tile's input) and returns the part of the canvas that changed.
    image::Rect lay(std::size_t index, const Tile &tile, const image::Planes &values)
    {
        const Ramp &columns = m_columns[index];
        const Ramp &rows = m_rows[index];
        const image::Rect part{columns.first(), rows.first(), columns.last() - columns.first(),
                               rows.last() - rows.first()};
        const std::vector<std::size_t> neighbours = laidNeighbours(index);
        float *canvas = m_result.mutableData();
        std::vector<float> share(static_cast<std::size_t>(part.width));
        for (int y = part.y; y < part.bottom(); ++y) {
            for (int x = part.x; x < part.right(); ++x) {
                float before = 0.0F;
                for (const std::size_t neighbour : neighbours)
                    before += m_columns[neighbour].weight(x) * m_rows[neighbour].weight(y);
                const float own = columns.weight(x) * rows.weight(y);
                share[static_cast<std::size_t>(x - part.x)] = before == 0.0F ? 1.0F : own / (own + before);
            }
            for (int c = 0; c < 3; ++c) {
                const float *from = values.line(c, y - tile.input.y * m_scale) + (part.x - tile.input.x * m_scale);
                float *to = canvas + m_result.planeSize() * static_cast<std::size_t>(c)
                            + static_cast<std::size_t>(y) * static_cast<std::size_t>(m_result.width())
                            + static_cast<std::size_t>(part.x);
                for (std::size_t x = 0; x < share.size(); ++x)
                    to[x] = share[x] == 1.0F ? from[x] : to[x] + (from[x] - to[x]) * share[x];
            }
        }
        m_isLaid[index] = true;
        return part;
    }

private:
    std::vector<std::size_t> laidNeighbours(std::size_t index) const
    {
        std::vector<std::size_t> found;
        for (std::size_t i = 0; i < m_isLaid.size(); ++i) {
            const bool apart =
                m_columns[i].last() <= m_columns[index].first() || m_columns[i].first() >= m_columns[index].last()
                || m_rows[i].last() <= m_rows[index].first() || m_rows[i].first() >= m_rows[index].last();
            if (m_isLaid[i] && !apart)
                found.push_back(i);
        }
        return found;
    }

    image::Planes m_result;
    int m_scale;
    std::vector<Ramp> m_columns;
    std::vector<Ramp> m_rows;
    std::vector<bool> m_isLaid;
};

} // namespace

TilePlan planTiles(const Runner &runner, image::Size picture, const TileOptions &options)
{
    if (picture.isEmpty())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "the picture is empty");
    const Limits limits = limitsFor(runner, picture, options);
    const int side = largestTile(runner, picture, limits);
    if (side == 0) {
        const image::Size tile{std::min(limits.smallest, picture.width), std::min(limits.smallest, picture.height)};
        throw base::Error(
            base::ErrorCode::OutOfMemory, {},
            fmt::format("a memory budget of {} is too small for {}x{} pixels: even in small tiles the run "
                        "needs {}",
                        megabytes(limits.budget), picture.width, picture.height,
                        megabytes(limits.held + planeBytes(tile, 1) + runner.peakBytes(tile))));
    }
    const int aligned = std::max(limits.step, side / limits.step * limits.step);
    const std::vector<Span> columns = cutSide(picture.width, side >= picture.width ? side : aligned, limits);
    const std::vector<Span> rows = cutSide(picture.height, side >= picture.height ? side : aligned, limits);
    TilePlan plan;
    plan.overlap = limits.overlap;
    plan.side = side;
    for (const Span &row : rows) {
        for (const Span &column : columns) {
            plan.tiles.push_back(
                {{column.coreBegin, row.coreBegin, column.coreEnd - column.coreBegin, row.coreEnd - row.coreBegin},
                 {column.inputBegin, row.inputBegin, column.inputEnd - column.inputBegin,
                  row.inputEnd - row.inputBegin}});
        }
    }
    plan.exact = plan.tiles.size() == 1 || limits.overlap >= runner.generator().receptiveRadius();
    orderByFocus(plan.tiles, options.focus);
    return plan;
}

void requireFinite(const image::Planes &result, const std::string &what)
{
    // A sum of zeros times the values is NaN as soon as one of them is infinite or NaN; lanes make it a vector loop.
    constexpr std::size_t kLanes = 16;
    float sums[kLanes] = {};
    const float *values = result.data();
    std::size_t i = 0;
    for (; i + kLanes <= result.count(); i += kLanes)
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            sums[lane] += values[i + lane] * 0.0F;
    for (; i < result.count(); ++i)
        sums[0] += values[i] * 0.0F;
    if (std::accumulate(std::begin(sums), std::end(sums), 0.0F) == 0.0F)
        return;
    throw base::Error(base::ErrorCode::Internal, {}, what + " contains NaN or infinity: the weights do not fit");
}

image::Planes runTiled(Runner &runner, const image::Planes &picture, const TileOptions &options, const base::Job &job,
                       const PartFunction &onPart)
{
    const TilePlan plan = planTiles(runner, picture.size(), options);
    const int scale = runner.generator().scale;
    const std::size_t count = plan.tiles.size();
    Canvas canvas(plan, picture.size(), scale);
    double done = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
        const Tile &tile = plan.tiles[i];
        const std::string what = fmt::format("tile {} of {}", i + 1, count);
        job.cancel.throwIfCancelled();
        job.report(done / static_cast<double>(picture.planeSize()), what);
        const image::Planes values = runner.run(count == 1 ? picture : picture.cropped(tile.input), job.cancel);
        requireFinite(values, fmt::format("the result of {} (input x {}, y {}, {}x{})", what, tile.input.x,
                                          tile.input.y, tile.input.width, tile.input.height));
        const image::Rect part = canvas.lay(i, tile, values);
        if (onPart)
            onPart(canvas.result(), part);
        done += static_cast<double>(image::Size{tile.core.width, tile.core.height}.pixels());
    }
    job.report(1.0, fmt::format("{} tile{} done", count, count == 1 ? "" : "s"));
    return canvas.take();
}

} // namespace bitlens::run
