// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/cancel.h"
#include "engine/run/integerrunner.h"
#include "tests/engine/quant/syntheticcalibration.h"
#include "tests/engine/run/naivelayer.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <cstring>

using namespace bitlens;
using namespace bitlens::run;

namespace {

// Bilinear skips are computed in double by the naive twin and in float32 by the runner: a few roundings of values
// near 1.
constexpr float kBilinearTolerance = 1.0e-6F;

model::GeneratorPtr generatorNamed(const QString &name)
{
    if (name == "srgan")
        return test::syntheticGenerator(test::SrganShape{.blocks = 2, .channels = 16, .slopesPerChannel = true});
    if (name == "srgan odd")
        return test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 5, .batchNorm = true});
    if (name == "msr")
        return test::syntheticGenerator(test::MsrShape{.blocks = 1, .channels = 16, .scale = 2});
    if (name == "msr x3")
        return test::syntheticGenerator(test::MsrShape{.blocks = 1, .channels = 8, .scale = 3});
    if (name == "rrdb")
        return test::syntheticGenerator(test::RrdbShape{.blocks = 1, .channels = 16, .growth = 8});
    if (name == "rrdb wide")
        return test::syntheticGenerator(test::RrdbShape{.blocks = 1, .channels = 32, .growth = 16});
    if (name == "rrdb x2")
        return test::syntheticGenerator(test::RrdbShape{.blocks = 1, .channels = 8, .growth = 4, .unshuffle = 2});
    if (name == "srvgg x3")
        return test::syntheticGenerator(test::SrvggShape{.convolutions = 3, .channels = 8, .scale = 3});
    return test::syntheticGenerator(test::SrvggShape{});
}

quant::QuantizedModelPtr modelOf(const QString &generatorName, const char *rules)
{
    const model::GeneratorPtr generator = generatorNamed(generatorName);
    return quant::quantize(generator, quant::BitPlan::fromRules(rules, *generator),
                           test::syntheticCalibration(*generator));
}

bool sameBits(const image::Planes &a, const image::Planes &b)
{
    return a.size() == b.size() && a.channels() == b.channels() && std::equal(a.data(), a.data() + a.count(), b.data());
}

struct Observed {
    std::vector<image::Planes> maps;
    image::Planes picture;
};

Observed observe(IntegerRunner &runner, const image::Planes &picture)
{
    Observed observed;
    observed.picture = runner.runObserved(
        picture,
        [&](int map, const image::Planes &values) {
            QCOMPARE(map, static_cast<int>(observed.maps.size()));
            observed.maps.push_back(values);
        },
        base::CancelToken());
    return observed;
}

} // namespace

class TestIntegerRunner : public QObject {
    Q_OBJECT

private slots:
    void everyLayerEqualsTheDefinition_data()
    {
        QTest::addColumn<QString>("generator");
        QTest::addColumn<QByteArray>("rules");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("width");
        const auto row = [](const char *generator, const char *rules, int height, int width) {
            QTest::addRow("%s %s %dx%d", generator, rules, width, height)
                << generator << QByteArray(rules) << height << width;
        };
        row("srgan", "*=8/8", 13, 11);
        row("srgan", "*=8/8", 1, 1);
        row("srgan", "*=8/12,body=4/8,trunk=16/16", 6, 9);
        row("srgan", "*=16/16", 5, 7);
        row("srgan", "*=2/4", 4, 17);
        row("srgan odd", "*=8/8", 9, 5);
        row("msr", "*=8/8", 7, 10);
        row("msr x3", "*=12/12", 4, 5);
        row("rrdb", "*=8/8", 9, 14);
        row("rrdb wide", "*=8/8,*/conv5=12/12", 10, 6);
        row("rrdb", "*=8/14", 3, 3);
        row("rrdb x2", "*=8/8", 7, 9);
        row("srvgg", "*=8/8", 8, 13);
        row("srvgg x3", "*=6/10", 5, 4);
    }
    void everyLayerEqualsTheDefinition()
    {
        QFETCH(QString, generator);
        QFETCH(QByteArray, rules);
        QFETCH(int, height);
        QFETCH(int, width);
        const quant::QuantizedModelPtr model = modelOf(generator, rules.constData());
        const base::ThreadPool pool(2);
        for (const char *kernels : {"reference", ""}) {
            IntegerRunner runner(model, pool, {kernels});
            const Observed observed = observe(runner, test::syntheticPicture(height, width));
            const int layers = static_cast<int>(model->generator->layers.size());
            QCOMPARE(static_cast<int>(observed.maps.size()), layers + 1);
            for (int layer = 0; layer < layers; ++layer)
                QVERIFY2(
                    agrees(*model, layer, observed.maps),
                    qPrintable(QString::fromStdString(model->generator->layers[static_cast<std::size_t>(layer)].path)));
        }
    }

    void mistakesAreSeen_data()
    {
        QTest::addColumn<test::Mistake>("mistake");
        QTest::addRow("half up") << test::Mistake::RoundHalfUp;
        QTest::addRow("truncated") << test::Mistake::Truncate;
        QTest::addRow("zero point") << test::Mistake::ZeroPoint;
        QTest::addRow("padding") << test::Mistake::Padding;
    }
    void mistakesAreSeen()
    {
        QFETCH(test::Mistake, mistake);
        const quant::QuantizedModelPtr model = modelOf("rrdb", "*=8/8");
        const base::ThreadPool pool(1);
        IntegerRunner runner(model, pool);
        // Ties exist: every value of the picture lies half-way between two levels.
        image::Planes picture(3, 12, 12);
        const quant::ActivationQuantizer quantizer = model->activationQuantizer(0, 8);
        for (int c = 0; c < 3; ++c)
            for (int i = 0; i < 144; ++i) {
                const float steps = static_cast<float>(i % 20) + 0.5F;
                picture.mutablePlane(c)[i] = steps * quantizer.scale[static_cast<std::size_t>(c)];
            }
        const Observed observed = observe(runner, picture);
        QVERIFY(agrees(*model, 0, observed.maps));
        QVERIFY(!agrees(*model, 0, observed.maps, mistake));
    }

    void nothingDependsOnThreadsOrObservationOrSize()
    {
        const quant::QuantizedModelPtr model = modelOf("rrdb", "*=8/8,up1=fp32/fp32,hr=16/16");
        const image::Planes picture = test::syntheticPicture(21, 18);
        image::Planes expected;
        {
            const base::ThreadPool one(1); // gone before the next pool, which it would limit
            expected = IntegerRunner(model, one).run(picture, base::CancelToken());
        }
        const base::ThreadPool three(3);
        IntegerRunner second(model, three);
        QVERIFY(sameBits(second.run(picture, base::CancelToken()), expected));
        QVERIFY(sameBits(observe(second, picture).picture, expected));
        second.run(test::syntheticPicture(40, 3), base::CancelToken()); // other buffers in between
        QVERIFY(sameBits(second.run(picture, base::CancelToken()), expected));
        QVERIFY(sameBits(second.run(picture, base::CancelToken()), expected));
        second.releaseMemory();
        QVERIFY(sameBits(second.run(picture, base::CancelToken()), expected));
    }

    void kernelsAgree_data()
    {
        QTest::addColumn<QString>("generator");
        QTest::addColumn<QByteArray>("rules");
        for (const char *generator : {"srgan", "rrdb", "rrdb x2", "srvgg", "msr"})
            for (const char *rules : {"*=8/8", "*=8/12", "*=16/16", "*=fp32/fp32", "*=4/8,tail=fp32/8,head=8/16"})
                QTest::addRow("%s %s", generator, rules) << generator << QByteArray(rules);
    }
    void kernelsAgree()
    {
        QFETCH(QString, generator);
        QFETCH(QByteArray, rules);
        const quant::QuantizedModelPtr model = modelOf(generator, rules.constData());
        const base::ThreadPool pool(2);
        IntegerRunner fast(model, pool);
        IntegerRunner plain(model, pool, {"reference"});
        for (const image::Size size : {image::Size{19, 11}, image::Size{1, 1}, image::Size{34, 26}}) {
            const image::Planes picture = test::syntheticPicture(size.height, size.width);
            QVERIFY(sameBits(fast.run(picture, base::CancelToken()), plain.run(picture, base::CancelToken())));
        }
    }

    void cancelAndCosts()
    {
        const quant::QuantizedModelPtr model = modelOf("srgan", "*=8/8,tail=fp32/fp32");
        const base::ThreadPool pool(1);
        IntegerRunner runner(model, pool);
        const base::CancelToken cancel;
        cancel.cancel();
        QVERIFY_THROWS_EXCEPTION(base::Cancelled, runner.run(test::syntheticPicture(8, 8), cancel));
        QVERIFY(runner.layerCosts().empty());
        runner.setProfiling(true);
        runner.run(test::syntheticPicture(8, 8), base::CancelToken());
        const std::vector<LayerCost> costs = runner.layerCosts();
        QCOMPARE(costs.size(), model->generator->layers.size());
        QVERIFY(costs.front().integer);
        QVERIFY(!costs.back().integer);
        QVERIFY(costs.front().macs > 0.0);
        QVERIFY(runner.peakBytes({64, 64}) > runner.peakBytes({32, 32}));
    }

private:
    /// True when a layer's observed values are the naive twin's, bit for bit (up to rounding where a skip is bilinear).
    static bool agrees(const quant::QuantizedModel &model, int layer, const std::vector<image::Planes> &maps,
                       test::Mistake mistake = test::Mistake::None)
    {
        const image::Planes expected = test::naiveLayer(model, layer, maps, mistake);
        const image::Planes &actual = maps[static_cast<std::size_t>(layer) + 1];
        float tolerance = 0.0F;
        for (const model::Residual &residual : model.generator->layers[static_cast<std::size_t>(layer)].residuals)
            if (residual.resample == model::Residual::Resample::Bilinear)
                tolerance = kBilinearTolerance;
        if (actual.size() != expected.size() || actual.channels() != expected.channels())
            return false;
        for (std::size_t i = 0; i < actual.count(); ++i)
            if (!(std::fabs(actual.data()[i] - expected.data()[i]) <= tolerance))
                return false;
        return true;
    }
};

QTEST_GUILESS_MAIN(TestIntegerRunner)
#include "tst_integerrunner.moc"
