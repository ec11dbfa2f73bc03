// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/tileseams.h"

#include "engine/base/error.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <random>

using namespace bitlens;

namespace {

constexpr int kScale = 2;

/// A grid of tiles of `core` pixels with `overlap` around.
run::TilePlan gridPlan(image::Size picture, int core, int overlap, bool exact)
{
    run::TilePlan plan;
    plan.overlap = overlap;
    plan.exact = exact;
    for (int y = 0; y < picture.height; y += core)
        for (int x = 0; x < picture.width; x += core) {
            const image::Rect inner{x, y, std::min(core, picture.width - x), std::min(core, picture.height - y)};
            const image::Rect grown{x - overlap, y - overlap, inner.width + 2 * overlap, inner.height + 2 * overlap};
            plan.tiles.push_back({inner, grown.intersected({0, 0, picture.width, picture.height})});
        }
    return plan;
}

float truth(int channel, int x, int y) { return static_cast<float>(channel + 0.001 * x + 0.002 * y); }

/// What a runner would give for a tile: the truth, plus an offset of the tile's own.
image::Planes tileResult(const run::Tile &tile, float offset)
{
    image::Planes result(3, tile.input.height * kScale, tile.input.width * kScale);
    float *out = result.mutableData();
    for (int channel = 0; channel < 3; ++channel)
        for (int y = 0; y < result.height(); ++y)
            for (int x = 0; x < result.width(); ++x)
                *out++ = truth(channel, x + tile.input.x * kScale, y + tile.input.y * kScale) + offset;
    return result;
}

struct Assembled {
    image::Planes planes;
    std::vector<int> written; ///< how often each pixel was handed on
};

Assembled assemble(const run::TilePlan &plan, image::Size picture, const std::vector<std::size_t> &order,
                   float offsetPerTile)
{
    compare::TileSeams seams(plan, picture, kScale);
    Assembled result{image::Planes(3, picture.height * kScale, picture.width * kScale), {}};
    result.written.assign(result.planes.planeSize(), 0);
    for (const std::size_t index : order)
        seams.add(index, tileResult(plan.tiles[index], offsetPerTile * static_cast<float>(index)),
                  [&](const image::Planes &samples, const image::Rect &where) {
                      float *out = result.planes.mutableData();
                      for (int y = 0; y < where.height; ++y)
                          for (int x = 0; x < where.width; ++x) {
                              const std::size_t at =
                                  static_cast<std::size_t>(where.y + y) * result.planes.width() + where.x + x;
                              ++result.written[at];
                              for (int channel = 0; channel < 3; ++channel)
                                  out[at + result.planes.planeSize() * channel] = samples.line(channel, y)[x];
                          }
                  });
    return result;
}

std::vector<std::size_t> readingOrder(const run::TilePlan &plan)
{
    std::vector<std::size_t> order(plan.tiles.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    return order;
}

/// Weights sum to one up to float rounding: four products of values near 3, each off by half a unit in the last place.
constexpr float kBlendTolerance = 2e-6F;

float largestError(const image::Planes &planes)
{
    float largest = 0.0F;
    for (int channel = 0; channel < 3; ++channel)
        for (int y = 0; y < planes.height(); ++y)
            for (int x = 0; x < planes.width(); ++x)
                largest = std::max(largest, std::abs(planes.line(channel, y)[x] - truth(channel, x, y)));
    return largest;
}

} // namespace

class TestTileSeams : public QObject {
    Q_OBJECT
private slots:
    void coversEachPixelOnce_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("core");
        QTest::addColumn<int>("overlap");
        QTest::addColumn<bool>("exact");
        QTest::newRow("one tile") << 20 << 10 << 64 << 4 << true;
        QTest::newRow("exact grid") << 50 << 40 << 16 << 4 << true;
        QTest::newRow("blended grid") << 50 << 40 << 16 << 4 << false;
        QTest::newRow("last tile narrow") << 49 << 33 << 16 << 6 << false;
        QTest::newRow("row of tiles") << 90 << 5 << 16 << 8 << false;
        QTest::newRow("column of tiles") << 5 << 90 << 16 << 8 << false;
    }

    void coversEachPixelOnce()
    {
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(int, core);
        QFETCH(int, overlap);
        QFETCH(bool, exact);
        const run::TilePlan plan = gridPlan({width, height}, core, overlap, exact);
        const Assembled result = assemble(plan, {width, height}, readingOrder(plan), 0.0F);
        QVERIFY(std::all_of(result.written.begin(), result.written.end(), [](int count) { return count == 1; }));
        QVERIFY(largestError(result.planes) <= kBlendTolerance);
        if (exact)
            QCOMPARE(largestError(result.planes), 0.0F);
    }

    void blendsNeighboursWithoutASeam()
    {
        // Tiles that disagree by 0.1: no step between neighbouring pixels may come near that.
        const image::Size picture{64, 48};
        const run::TilePlan plan = gridPlan(picture, 16, 8, false);
        const Assembled result = assemble(plan, picture, readingOrder(plan), 0.1F);
        QVERIFY(compare::TileSeams(plan, picture, kScale).feather() >= 4);
        float step = 0.0F;
        for (int y = 0; y < result.planes.height(); ++y)
            for (int x = 1; x < result.planes.width(); ++x)
                step = std::max(step, std::abs(result.planes.line(0, y)[x] - result.planes.line(0, y)[x - 1] - 0.001F));
        // 0.1 over a ramp of 2 * 4 * kScale pixels.
        QVERIFY2(step <= 0.1F / 16.0F + kBlendTolerance, qPrintable(QString::number(step)));

        // The same without blending shows the whole step: the check above would notice.
        const run::TilePlan hard = gridPlan(picture, 16, 8, true);
        const Assembled seams = assemble(hard, picture, readingOrder(hard), 0.1F);
        QVERIFY(std::abs(seams.planes.line(0, 0)[32] - seams.planes.line(0, 0)[31]) > 0.09F);
    }

    void doesNotDependOnTheOrder()
    {
        const image::Size picture{70, 61};
        const run::TilePlan plan = gridPlan(picture, 16, 6, false);
        std::vector<std::size_t> order = readingOrder(plan);
        const Assembled first = assemble(plan, picture, order, 0.37F);
        std::mt19937 random(3);
        for (int i = 0; i < 5; ++i) {
            std::shuffle(order.begin(), order.end(), random);
            const Assembled other = assemble(plan, picture, order, 0.37F);
            QVERIFY(std::equal(first.planes.data(), first.planes.data() + first.planes.count(), other.planes.data()));
        }
    }

    void refusesTilesThatAreNoGrid()
    {
        run::TilePlan plan = gridPlan({50, 40}, 16, 4, true);
        plan.tiles.pop_back();
        QVERIFY_EXCEPTION_THROWN(compare::TileSeams(plan, {50, 40}, kScale), base::Error);
    }
};

QTEST_GUILESS_MAIN(TestTileSeams)
#include "tst_tileseams.moc"
