// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/run/floatrunner.h"
#include "tests/engine/run/plainnetwork.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <cmath>

using namespace bitlens;
using namespace bitlens::run;

namespace {
// Sums of up to 1,300 float32 products of size 1 in another order: about sqrt(1300) * 2^-24 a layer, over 20 layers.
constexpr double kTolerance = 1.0e-5;
} // namespace

class TestFloatRunner : public QObject {
    Q_OBJECT

    static model::GeneratorPtr generator(const QString &name)
    {
        if (name == "srgan")
            return test::syntheticGenerator(test::SrganShape{.blocks = 2, .channels = 8, .slopesPerChannel = true});
        if (name == "srgan shared slope")
            return test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 4});
        if (name == "msr")
            return test::syntheticGenerator(test::MsrShape{.blocks = 1, .channels = 8});
        if (name == "rrdb")
            return test::syntheticGenerator(test::RrdbShape{.blocks = 1, .channels = 8, .growth = 4});
        if (name == "rrdb x2")
            return test::syntheticGenerator(test::RrdbShape{.blocks = 1, .channels = 8, .growth = 4, .unshuffle = 2});
        if (name == "rrdb x1")
            return test::syntheticGenerator(test::RrdbShape{.blocks = 1, .channels = 8, .growth = 4, .unshuffle = 4});
        return test::syntheticGenerator(test::SrvggShape{});
    }

    static double difference(const image::Planes &values, const test::PlainMap &expected)
    {
        double largest = 0.0;
        for (std::size_t i = 0; i < values.count(); ++i) {
            const double one = std::fabs(static_cast<double>(values.data()[i]) - expected.values[i]);
            largest = one <= largest ? largest : one; // NaN counts as larger
        }
        return largest;
    }

    static double difference(const image::Planes &a, const image::Planes &b)
    {
        double largest = 0.0;
        for (std::size_t i = 0; i < a.count(); ++i) {
            const double one = std::fabs(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i]));
            largest = one <= largest ? largest : one;
        }
        return largest;
    }

private slots:
    void everyMapEqualsThePlainInterpreter_data()
    {
        QTest::addColumn<QString>("family");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("width");
        QTest::addColumn<double>("macsPerStrip");
        for (const char *name : {"srgan", "srgan shared slope", "msr", "rrdb", "rrdb x2", "rrdb x1", "compact"}) {
            QTest::addRow("%s", name) << name << 12 << 20 << 1.0e12;
            // A strip per few rows: every layer is cut.
            QTest::addRow("%s in strips", name) << name << 16 << 8 << 2.0e4;
        }
    }

    void everyMapEqualsThePlainInterpreter()
    {
        QFETCH(QString, family);
        QFETCH(int, height);
        QFETCH(int, width);
        QFETCH(double, macsPerStrip);
        const model::GeneratorPtr network = generator(family);
        const image::Planes picture = test::syntheticPicture(height, width);
        const std::vector<test::PlainMap> expected = test::plainMaps(*network, picture);
        FloatRunner runner(network, 2, {.macsPerStrip = macsPerStrip});
        int next = 0;
        double worst = 0.0;
        const auto observe = [&](int map, const image::Planes &values) {
            QCOMPARE(map, next++);
            const test::PlainMap &plain = expected[static_cast<std::size_t>(map)];
            QCOMPARE(values.channels(), plain.channels);
            QCOMPARE(values.height(), plain.height);
            QCOMPARE(values.width(), plain.width);
            if (map < static_cast<int>(network->layers.size()))
                worst = std::max(worst, difference(values, plain));
        };
        const image::Planes result = runner.runObserved(picture, observe, {});
        QCOMPARE(next, static_cast<int>(network->layers.size()) + 1);
        QCOMPARE(result.height(), height * network->scale);
        QCOMPARE(result.width(), width * network->scale);
        QVERIFY2(worst < kTolerance, qPrintable(QString::number(worst)));
        QVERIFY(difference(result, expected.back()) < kTolerance);
    }

    void theToleranceWouldNoticeAWrongWeight()
    {
        const model::GeneratorPtr network = generator("srgan");
        model::Generator changed = *network;
        auto weights = *changed.layers.back().weight;
        weights[5] += 0.01F;
        changed.layers.back().weight = std::make_shared<const std::vector<float>>(weights);
        const image::Planes picture = test::syntheticPicture(8, 8);
        FloatRunner runner(std::make_shared<const model::Generator>(changed), 1);
        QVERIFY(difference(runner.run(picture, {}), test::plainMaps(*network, picture).back()) > 2 * kTolerance);
    }

    void anySizeWorks_data()
    {
        QTest::addColumn<QString>("family");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("width");
        for (const QString name : {"srgan", "rrdb", "rrdb x2", "rrdb x1", "compact"})
            for (const auto &[height, width] : {std::pair{1, 1}, {1, 5}, {7, 3}})
                QTest::newRow(qPrintable(QString("%1 %2x%3").arg(name).arg(height).arg(width)))
                    << name << height << width;
    }

    void anySizeWorks()
    {
        QFETCH(QString, family);
        QFETCH(int, height);
        QFETCH(int, width);
        const model::GeneratorPtr network = generator(family);
        FloatRunner runner(network, 1);
        const image::Planes result = runner.run(test::syntheticPicture(height, width), {});
        QCOMPARE(result.height(), height * network->scale);
        QCOMPARE(result.width(), width * network->scale);
        for (std::size_t i = 0; i < result.count(); ++i)
            QVERIFY(std::isfinite(result.data()[i]));
    }

    void sidesArePaddedByReflection()
    {
        // 5x3 with unshuffle 2 must equal the reflected 6x4, cropped.
        const model::GeneratorPtr network = generator("rrdb x2");
        const image::Planes picture = test::syntheticPicture(5, 3);
        image::Planes padded(3, 6, 4);
        for (int c = 0; c < 3; ++c)
            for (int y = 0; y < 6; ++y)
                for (int x = 0; x < 4; ++x)
                    padded.mutablePlane(c)[y * 4 + x] = picture.line(c, y < 5 ? y : 3)[x < 3 ? x : 1];
        FloatRunner runner(network, 1);
        const image::Planes expected = runner.run(padded, {}).cropped({0, 0, 6, 10});
        QVERIFY(difference(runner.run(picture, {}), expected) < kTolerance);
    }

    void cancelIsNoticedBetweenLayers()
    {
        const model::GeneratorPtr network = generator("rrdb");
        FloatRunner runner(network, 1);
        const base::CancelToken cancel;
        int maps = 0;
        const auto observe = [&](int, const image::Planes &) {
            if (++maps == 4)
                cancel.cancel();
        };
        QVERIFY_EXCEPTION_THROWN(runner.runObserved(test::syntheticPicture(8, 8), observe, cancel), base::Cancelled);
        QCOMPARE(maps, 4);
        QVERIFY(!runner.run(test::syntheticPicture(8, 8), {}).isNull()); // usable as before
    }

    void cancelIsNoticedBetweenStrips()
    {
        FloatRunner runner(generator("srgan"), 1, {.macsPerStrip = 1.0e4});
        const base::CancelToken cancel;
        cancel.cancel();
        QVERIFY_EXCEPTION_THROWN(runner.run(test::syntheticPicture(8, 8), cancel), base::Cancelled);
    }

    void profilingListsEveryLayer()
    {
        const model::GeneratorPtr network = generator("rrdb x2");
        FloatRunner runner(network, 2);
        runner.run(test::syntheticPicture(8, 8), {});
        QVERIFY(runner.layerCosts().empty());
        runner.setProfiling(true);
        runner.run(test::syntheticPicture(8, 8), {});
        const std::vector<LayerCost> costs = runner.layerCosts();
        QCOMPARE(costs.size(), network->layers.size());
        double macs = 0.0;
        for (const LayerCost &cost : costs) {
            QVERIFY(!cost.integer && cost.seconds >= 0.0 && !cost.kernel.empty());
            macs += cost.macs;
        }
        QCOMPARE(macs, network->macsPerInputPixel() * 64.0);
        QVERIFY(runner.backend().find("LibTorch") == 0 && runner.backend().find("2 threads") != std::string::npos);
    }

    void wrongPicturesAreErrors()
    {
        FloatRunner runner(generator("srgan"), 1);
        QVERIFY_EXCEPTION_THROWN(runner.run(image::Planes(1, 4, 4), {}), base::Error);
    }

    void peakGrowsWithTheTile()
    {
        const FloatRunner runner(generator("rrdb"), 1);
        const std::size_t empty = runner.peakBytes({1, 1});
        const std::size_t small = runner.peakBytes({32, 32}) - empty;
        QVERIFY(small > 32U * 32U * 16U * 3U * sizeof(float));
        QVERIFY(runner.peakBytes({64, 64}) - empty > 3 * small);
        QVERIFY(runner.peakBytes({64, 64}) - empty < 5 * small);
    }
};

QTEST_GUILESS_MAIN(TestFloatRunner)
#include "tst_floatrunner.moc"
