// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/run/floatrunner.h"
#include "engine/run/tiles.h"
#include "tests/engine/run/plainnetwork.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace bitlens;
using namespace bitlens::run;

namespace {

// Rounding of float32 sums whose order depends on the tile's size; the issue's own bound.
constexpr double kFloatTolerance = 1.0e-5;

/// Enlarges by repeating pixels and adds a constant that grows with each call; needs 100 bytes a pixel.
class RepeatRunner final : public Runner {
public:
    explicit RepeatRunner(model::GeneratorPtr generator) : m_generator(std::move(generator)) {}

    const model::Generator &generator() const override { return *m_generator; }
    image::Planes run(const image::Planes &picture, const base::CancelToken &cancel) override
    {
        cancel.throwIfCancelled();
        const int scale = m_generator->scale;
        image::Planes result(3, picture.height() * scale, picture.width() * scale);
        for (int c = 0; c < 3; ++c)
            for (int y = 0; y < result.height(); ++y)
                for (int x = 0; x < result.width(); ++x)
                    result.mutablePlane(c)[y * result.width() + x] =
                        picture.line(c, y / scale)[x / scale] + step * static_cast<float>(calls);
        if (calls == strangeCall)
            result.mutableData()[result.count() - 1] = std::numeric_limits<float>::quiet_NaN();
        ++calls;
        inputs.push_back(picture.size());
        return result;
    }
    std::size_t peakBytes(image::Size tile) const override { return 100 * tile.pixels(); }
    std::string backend() const override { return "repeat"; }
    void setProfiling(bool) override {}
    std::vector<LayerCost> layerCosts() const override { return {}; }
    void releaseMemory() override {}

    int calls = 0;
    float step = 0.0F;
    int strangeCall = -1;
    std::vector<image::Size> inputs;

private:
    model::GeneratorPtr m_generator;
};

double difference(const image::Planes &a, const image::Planes &b)
{
    double largest = 0.0;
    for (std::size_t i = 0; i < a.count(); ++i) {
        const double one = std::fabs(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i]));
        largest = one <= largest ? largest : one;
    }
    return largest;
}

} // namespace

class TestTiles : public QObject {
    Q_OBJECT

    model::GeneratorPtr m_srgan = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 4});
    model::GeneratorPtr m_rrdb = test::syntheticGenerator(test::RrdbShape{.blocks = 1, .channels = 8, .growth = 4});
    model::GeneratorPtr m_rrdb2 =
        test::syntheticGenerator(test::RrdbShape{.blocks = 1, .channels = 8, .growth = 4, .unshuffle = 2});

private slots:
    void plansCoverThePicture_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("maximum");
        QTest::addColumn<int>("overlap");
        QTest::addColumn<bool>("unshuffled");
        for (const auto &[width, height] : {std::pair{200, 150}, {97, 301}, {64, 64}, {1000, 40}, {1, 1}, {333, 77}})
            for (const int maximum : {40, 64, 100})
                for (const int overlap : {1, 5, 16})
                    for (const bool unshuffled : {false, true})
                        QTest::addRow("%dx%d, tiles of %d, overlap %d%s", width, height, maximum, overlap,
                                      unshuffled ? ", x2" : "")
                            << width << height << maximum << overlap << unshuffled;
    }

    void plansCoverThePicture()
    {
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(int, maximum);
        QFETCH(int, overlap);
        QFETCH(bool, unshuffled);
        const int step = unshuffled ? 2 : 1;
        const RepeatRunner runner(unshuffled ? m_rrdb2 : m_srgan);
        const TilePlan plan =
            planTiles(runner, {width, height},
                      {.memoryBudget = std::size_t(1) << 30, .overlap = overlap, .maximumTile = maximum});
        std::vector<int> covered(static_cast<std::size_t>(width * height), 0);
        const int longest = std::max(maximum, 32 + 2 * overlap + step) + step - 1;
        for (const Tile &tile : plan.tiles) {
            for (int y = tile.core.y; y < tile.core.bottom(); ++y)
                for (int x = tile.core.x; x < tile.core.right(); ++x)
                    ++covered[static_cast<std::size_t>(y * width + x)];
            QVERIFY(tile.input.width <= longest && tile.input.height <= longest);
            QCOMPARE(tile.input.x % step, 0);
            QCOMPARE(tile.input.y % step, 0);
            // As much context as promised, or the picture's edge.
            QVERIFY(tile.input.x == 0 || tile.core.x - tile.input.x >= overlap);
            QVERIFY(tile.input.y == 0 || tile.core.y - tile.input.y >= overlap);
            QVERIFY(tile.input.right() == width || tile.input.right() - tile.core.right() >= overlap);
            QVERIFY(tile.input.bottom() == height || tile.input.bottom() - tile.core.bottom() >= overlap);
            QVERIFY(tile.input.x >= 0 && tile.input.right() <= width);
            QVERIFY(tile.input.y >= 0 && tile.input.bottom() <= height);
            QVERIFY(std::abs(tile.input.width - plan.tiles.front().input.width) < step);
        }
        QVERIFY(std::all_of(covered.begin(), covered.end(), [](int times) { return times == 1; }));
    }

    void overlapIsTheReceptiveRadiusUpToALimit()
    {
        const RepeatRunner runner(m_srgan);
        const int radius = m_srgan->receptiveRadius();
        const TilePlan exact = planTiles(runner, {300, 300}, {.maximumTile = 100});
        QCOMPARE(exact.overlap, radius);
        QVERIFY(exact.exact && exact.tiles.size() > 1);
        const TilePlan feathered = planTiles(runner, {300, 300}, {.overlapLimit = 4, .maximumTile = 100});
        QCOMPARE(feathered.overlap, 4);
        QVERIFY(!feathered.exact);
        QVERIFY(planTiles(runner, {300, 300}, {.overlapLimit = 4}).exact); // one tile
    }

    void memoryBudgetDecidesTheTile()
    {
        const RepeatRunner runner(m_srgan);
        const image::Size picture{400, 300};
        const std::size_t held = 12U * picture.pixels() * 17U; // picture and 16 times as many result pixels
        const auto plan = [&](std::size_t forTile) {
            return planTiles(runner, picture, {.memoryBudget = held + forTile, .overlap = 8});
        };
        QCOMPARE(plan(112 * picture.pixels()).tiles.size(), std::size_t(1));
        QVERIFY(plan(112 * picture.pixels() - 1).tiles.size() > 1);
        const TilePlan small = plan(112U * 60U * 60U);
        for (const Tile &tile : small.tiles)
            QVERIFY(tile.input.width <= 60 && tile.input.height <= 60);
        QVERIFY(small.tiles.size() > plan(112U * 120U * 120U).tiles.size());
        try {
            plan(112U * 48U * 48U);
            QFAIL("accepted");
        } catch (const base::Error &error) {
            QCOMPARE(error.code(), base::ErrorCode::OutOfMemory);
            QVERIFY2(error.detail().find("budget of 25 MB") != std::string::npos, error.what());
        }
        // A caller that holds less may use more for tiles.
        QCOMPARE(planTiles(runner, picture, {.memoryBudget = 112 * picture.pixels(), .heldBytes = 0}).tiles.size(),
                 std::size_t(1));
    }

    void focusIsRunFirst()
    {
        const RepeatRunner runner(m_srgan);
        const image::Rect focus{700, 500, 50, 40};
        const TilePlan plan = planTiles(runner, {1000, 800}, {.overlap = 8, .focus = focus});
        QVERIFY(plan.tiles.size() > 4);
        QVERIFY(!plan.tiles.front().core.intersected(focus).isEmpty());
        bool touching = true;
        for (const Tile &tile : plan.tiles) {
            const bool touches = !tile.core.intersected(focus).isEmpty();
            QVERIFY(touching || !touches);
            touching = touches;
        }
    }

    void exactTilesEqualTheWhole_data()
    {
        QTest::addColumn<QString>("family");
        for (const char *name : {"srgan", "rrdb", "rrdb x2"})
            QTest::newRow(name) << name;
    }

    void exactTilesEqualTheWhole()
    {
        QFETCH(QString, family);
        const model::GeneratorPtr generator = family == "srgan" ? m_srgan : family == "rrdb" ? m_rrdb : m_rrdb2;
        FloatRunner runner(generator, 2);
        const int radius = generator->receptiveRadius();
        const image::Planes picture = test::syntheticPicture(70, 2 * radius + 111);
        const image::Planes whole = runner.run(picture, {});
        const TileOptions options{.overlapLimit = radius, .maximumTile = 32 + 2 * radius + 20};
        QVERIFY(planTiles(runner, picture.size(), options).exact);
        QVERIFY(planTiles(runner, picture.size(), options).tiles.size() > 1);
        const double equal = difference(runTiled(runner, picture, options, {}), whole);
        QVERIFY2(equal <= kFloatTolerance, qPrintable(QString::number(equal)));
        // Without enough context the same comparison notices it.
        const TileOptions tooLittle{.overlap = 1, .maximumTile = options.maximumTile};
        QVERIFY(difference(runTiled(runner, picture, tooLittle, {}), whole) > 2 * kFloatTolerance);
    }

    void blendingHidesSteps()
    {
        RepeatRunner runner(m_srgan);
        runner.step = 1.0F; // each tile is brighter by one than the one before
        image::Planes black(3, 90, 90);
        const TileOptions options{.overlap = 8, .maximumTile = 60};
        const image::Planes result = runTiled(runner, black, options, {});
        QVERIFY(runner.calls == 4);
        // Two neighbours differ by at most 3, over a ramp of 2 * 4 * scale output pixels; corners by twice that.
        const float steepest = 2.0F * 3.0F / (2.0F * 4.0F * 4.0F);
        float largest = 0.0F;
        for (int y = 1; y < result.height(); ++y)
            for (int x = 1; x < result.width(); ++x) {
                largest = std::max(largest, std::fabs(result.line(0, y)[x] - result.line(0, y)[x - 1]));
                largest = std::max(largest, std::fabs(result.line(0, y)[x] - result.line(0, y - 1)[x]));
            }
        QVERIFY2(largest <= steepest, qPrintable(QString::number(static_cast<double>(largest))));
        QCOMPARE(result.line(0, 0)[0], 0.0F);
        QCOMPARE(result.line(2, result.height() - 1)[result.width() - 1], 3.0F);
    }

    void partsAreCompleteAtAnyMoment()
    {
        RepeatRunner runner(m_srgan);
        image::Planes picture(3, 90, 100);
        std::fill_n(picture.mutableData(), picture.count(), 0.5F);
        std::vector<int> covered(400U * 360U, 0);
        double last = -1.0;
        base::Job job;
        job.progress = [&](double fraction, const std::string &) {
            QVERIFY(fraction >= last);
            last = fraction;
        };
        const auto onPart = [&](const image::Planes &result, const image::Rect &part) {
            for (int y = part.y; y < part.bottom(); ++y)
                for (int x = part.x; x < part.right(); ++x) {
                    // Blended with what is there already, never with nothing.
                    QCOMPARE(result.line(1, y)[x], 0.5F);
                    ++covered[static_cast<std::size_t>(y * 400 + x)];
                }
        };
        runTiled(runner, picture, {.overlap = 6, .focus = {80, 80, 10, 10}, .maximumTile = 60}, job, onPart);
        QVERIFY(std::all_of(covered.begin(), covered.end(), [](int times) { return times >= 1; }));
        QCOMPARE(last, 1.0);
    }

    void strangeResultsNameTheTile()
    {
        RepeatRunner runner(m_srgan);
        runner.strangeCall = 2;
        try {
            runTiled(runner, image::Planes(3, 90, 90), {.overlap = 8, .maximumTile = 60}, {});
            QFAIL("accepted");
        } catch (const base::Error &error) {
            QCOMPARE(error.code(), base::ErrorCode::Internal);
            QVERIFY2(error.detail().find("tile 3 of 4") != std::string::npos, error.what());
        }
        image::Planes values(3, 5, 7);
        requireFinite(values, "zeros");
        values.mutableData()[3] = std::numeric_limits<float>::max();
        requireFinite(values, "large");
        values.mutableData()[40] = -std::numeric_limits<float>::infinity();
        QVERIFY_EXCEPTION_THROWN(requireFinite(values, "infinite"), base::Error);
    }

    void cancelStopsBetweenTiles()
    {
        RepeatRunner runner(m_srgan);
        const base::Job job;
        const auto onPart = [&](const image::Planes &, const image::Rect &) { job.cancel.cancel(); };
        QVERIFY_EXCEPTION_THROWN(
            runTiled(runner, image::Planes(3, 90, 90), {.overlap = 8, .maximumTile = 60}, job, onPart),
            base::Cancelled);
        QCOMPARE(runner.calls, 1);
    }
};

QTEST_GUILESS_MAIN(TestTiles)
#include "tst_tiles.moc"
