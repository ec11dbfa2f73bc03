// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/activations.h"

#include "engine/base/error.h"
#include "engine/run/floatrunner.h"
#include "engine/run/integerrunner.h"
#include "tests/engine/compare/testpictures.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <map>
#include <set>

using namespace bitlens;
using compare::ActivationProbe;
using compare::LayerActivations;

namespace {

/// Sums of a few 100,000 float32 values in double, taken in another order: 1e-9 of them is far above what is lost.
constexpr double kSumTolerance = 1e-9;

model::GeneratorPtr smallRrdb()
{
    test::RrdbShape shape;
    shape.channels = 8;
    shape.growth = 4;
    return test::syntheticGenerator(shape);
}

} // namespace

class TestActivations : public QObject {
    Q_OBJECT

    base::ThreadPool m_pool{2};
    compare::Comparison m_comparison{m_pool};

    compare::Result compareWith(const std::string &plan, const quant::RangeChoices &chosen = {})
    {
        compare::Request request;
        request.input = m_picture;
        request.generator = m_generator;
        request.plan = quant::planFromArgument(plan, *m_generator);
        request.chosenRanges = chosen;
        request.blindScores = false;
        return m_comparison.run(request, {});
    }

    compare::ActivationRequest requestFor(const compare::Result &result, const std::string &path) const
    {
        compare::ActivationRequest request;
        request.input = m_picture;
        request.model = result.model;
        request.chosenRanges = result.chosenRanges;
        request.layer = m_generator->findLayer(path);
        request.region = compare::activationRegion(*m_generator, m_picture.size(), {});
        return request;
    }

    LayerActivations measure(const compare::Result &result, const std::string &path)
    {
        ActivationProbe probe;
        return probe.measure(requestFor(result, path), m_comparison, {});
    }

    model::GeneratorPtr m_generator = smallRrdb();
    image::Image m_picture = test::patternPicture({48, 40});
    std::string m_dense = "body/block1/rdb1/conv5"; ///< reads five maps
    std::string m_plain = "body/block1/rdb1/conv1";

private slots:
    void binsCountEachValueOnce()
    {
        compare::Histogram histogram(-1.0, 1.0, 4);
        for (const double value : {-1.0, -0.6, -0.5, 0.0, 0.99, 1.0, 1.01, -1.01, std::nan("")})
            histogram.add(value);
        QCOMPARE(histogram.counts, (std::vector<double>{2.0, 1.0, 1.0, 2.0}));
        QCOMPARE(histogram.centre(0), -0.75);
        compare::Histogram point(3.0, 3.0, 5); // without width
        point.add(3.0);
        QCOMPARE(point.total(), 1.0);
    }

    void agreesWithTheRunners()
    {
        const compare::Result result = compareWith("*=6/6");
        const LayerActivations measured = measure(result, m_dense);
        QVERIFY(m_generator->findLayer(m_dense) >= 0);
        const model::ConvLayer &layer = m_generator->layers[static_cast<std::size_t>(measured.layer)];
        QCOMPARE(measured.inputs.size(), layer.inputs.size());
        QCOMPARE(measured.inputs.size(), std::size_t(5));

        const image::Planes picture = image::toPlanes(m_picture.cropped(measured.region));
        run::FloatRunner fp32(m_generator, 2);
        run::IntegerRunner integer(result.model, m_pool);
        std::map<int, image::Planes> expected, quantized;
        fp32.runObserved(picture, [&](int map, const image::Planes &values) { expected[map] = values; }, {});
        integer.runObserved(picture, [&](int map, const image::Planes &values) { quantized[map] = values; }, {});
        for (const compare::InputActivations &input : measured.inputs) {
            const image::Planes &a = expected[input.map];
            const image::Planes &b = quantized[input.map];
            const quant::ActivationQuantizer quantizer = result.model->activationQuantizer(input.map, 6);
            double sum = 0.0;
            std::set<int> levels;
            for (int channel = 0; channel < a.channels(); ++channel)
                for (std::size_t i = 0; i < a.planeSize(); ++i) {
                    const auto c = static_cast<std::size_t>(channel);
                    const int level = quant::quantizeActivation(b.plane(channel)[i], quantizer.inverseScale[c],
                                                                quantizer.zeroPoint[c], quantizer.maximum());
                    levels.insert(level);
                    sum += double(float(level - quantizer.zeroPoint[c]) * quantizer.scale[c])
                           - double(a.plane(channel)[i]);
                }
            const double mean = sum / double(a.count());
            QVERIFY(std::abs(input.values.errorMean - mean) <= kSumTolerance);
            QCOMPARE(input.values.levelsUsed, int(levels.size()));
            QCOMPARE(input.values.levels, 64);
            QCOMPARE(input.values.fp32.total(), double(a.count()));
            QCOMPARE(input.values.quantized.total(), double(a.count()));
            QCOMPARE(input.values.error.total(), double(a.count()));
            QVERIFY(input.values.sqnr && *input.values.sqnr > 10.0);
        }
        QCOMPARE(measured.inputs.front().name, m_generator->layers.front().path);
    }

    void moreBitsMeanLessError()
    {
        const LayerActivations coarse = measure(compareWith("*=4/6"), m_plain);
        const LayerActivations fine = measure(compareWith("*=8/10"), m_plain);
        QVERIFY(*coarse.inputs[0].values.sqnr + 12.0 < *fine.inputs[0].values.sqnr);
        QVERIFY(*coarse.weights.sqnr + 12.0 < *fine.weights.sqnr);
        QCOMPARE(coarse.weights.levels, 15);
        QVERIFY(coarse.weights.levelsUsed <= 15 && coarse.weights.levelsUsed > 2);
        QCOMPARE(fine.weights.levels, 255);
        QCOMPARE(fine.weights.fp32.total(),
                 double(m_generator->layers[static_cast<std::size_t>(fine.layer)].weightCount()));
    }

    void aFloatLayerIsNotQuantized()
    {
        const LayerActivations measured = measure(compareWith("*=8/8," + m_plain + "=fp32/fp32"), m_plain);
        QCOMPARE(measured.inputs[0].values.levels, 0);
        QCOMPARE(measured.inputs[0].values.clippedShare, 0.0);
        QVERIFY(!measured.weights.sqnr); // nothing differs
    }

    /// A chosen range reaches result, model and statistics; taken back, everything is as before.
    void aChosenRangeTakesEffect()
    {
        const std::string last = m_generator->layers.back().path;
        const compare::Result before = compareWith("int8");
        const LayerActivations plain = measure(before, last);
        QVERIFY(!plain.inputs[0].chosen);
        const int map = plain.inputs[0].map;
        const quant::RangeChoice half{plain.inputs[0].range.low / 4, plain.inputs[0].range.high / 4};
        const compare::Result cut = compareWith("int8", {{map, half}});
        QCOMPARE(cut.model->calibration.ranges[static_cast<std::size_t>(map)].high, half.high);
        QVERIFY(*cut.report.quantized.psnrFp32.value + 1.0 < *before.report.quantized.psnrFp32.value);
        const LayerActivations clipped = measure(cut, last);
        QVERIFY(clipped.inputs[0].chosen);
        QCOMPARE(clipped.inputs[0].range, half);
        QVERIFY2(clipped.inputs[0].values.clippedShare > 0.02 + plain.inputs[0].values.clippedShare,
                 qPrintable(QString::number(clipped.inputs[0].values.clippedShare)));
        const compare::Result again = compareWith("int8");
        QVERIFY(again.quantized.samePixels(before.quantized));
        QVERIFY(!again.quantized.samePixels(cut.quantized));
        // Equal choices are one model, so that nothing is run again.
        QCOMPARE(compareWith("int8", {{map, half}}).model, cut.model);
    }

    void refusesWhatIsNoRange_data()
    {
        QTest::addColumn<int>("map");
        QTest::addColumn<float>("low");
        QTest::addColumn<float>("high");
        QTest::newRow("without 0") << 1 << 0.5F << 1.0F;
        QTest::newRow("turned round") << 1 << 0.0F << -1.0F;
        QTest::newRow("no width") << 1 << 0.0F << 0.0F;
        QTest::newRow("infinite") << 1 << -1.0F << std::numeric_limits<float>::infinity();
        QTest::newRow("unknown map") << 100000 << -1.0F << 1.0F;
    }
    void refusesWhatIsNoRange()
    {
        QFETCH(int, map);
        QFETCH(float, low);
        QFETCH(float, high);
        QVERIFY_EXCEPTION_THROWN(compareWith("int8", {{map, {low, high}}}), base::Error);
        QVERIFY(!compareWith("int8").quantized.isNull()); // usable as before
    }

    void keepsNothingWrongBetweenQuestions()
    {
        const compare::Result result = compareWith("int8");
        ActivationProbe probe;
        compare::ActivationRequest request = requestFor(result, m_plain);
        const LayerActivations first = probe.measure(request, m_comparison, {});
        const LayerActivations again = probe.measure(request, m_comparison, {});
        QCOMPARE(again.inputs[0].values.fp32.counts, first.inputs[0].values.fp32.counts);
        request.region = {3, 5, 20, 17};
        const LayerActivations part = probe.measure(request, m_comparison, {});
        QCOMPARE(part.inputs[0].values.fp32.total(), 20.0 * 17.0 * 8);
        const compare::Result other = compareWith("*=5/5");
        request = requestFor(other, m_plain);
        QCOMPARE(probe.measure(request, m_comparison, {}).inputs[0].values.levels, 32);
    }

    void wrongQuestionsAndCancelling()
    {
        const compare::Result result = compareWith("int8");
        ActivationProbe probe;
        compare::ActivationRequest request = requestFor(result, m_plain);
        request.layer = 10000;
        QVERIFY_EXCEPTION_THROWN(probe.measure(request, m_comparison, {}), base::Error);
        request = requestFor(result, m_plain);
        request.region = {40, 30, 20, 20};
        QVERIFY_EXCEPTION_THROWN(probe.measure(request, m_comparison, {}), base::Error);
        request = requestFor(result, m_plain);
        base::Job cancelled;
        cancelled.cancel.cancel();
        QVERIFY_EXCEPTION_THROWN(probe.measure(request, m_comparison, cancelled), base::Cancelled);
        QVERIFY(!probe.measure(request, m_comparison, {}).inputs.empty());
    }

    void theRegionIsTheMiddleOfWhatIsSeen()
    {
        QCOMPARE(compare::activationRegion(*m_generator, {1000, 800}, {100, 100, 200, 300}),
                 (image::Rect{168, 218, 64, 64}));
        QCOMPARE(compare::activationRegion(*m_generator, {30, 800}, {}), (image::Rect{0, 368, 30, 64}));
        QVERIFY(compare::activationRegion(*m_generator, {10, 10}, {20, 20, 5, 5}).isEmpty());
    }

    void tellsADarkenedWhite()
    {
        image::Image white(image::Size{40, 40}, 3);
        std::uint8_t *pixel = white.mutableBytes();
        for (std::size_t i = 0; i < white.byteCount(); ++i)
            pixel[i] = i % 5 == 0 ? 255 : i % 5 == 1 ? 0 : 128;
        QVERIFY(!compare::endShift(white, white).clipsWhite());
        image::Image dark = white;
        pixel = dark.mutableBytes();
        for (std::size_t i = 0; i < dark.byteCount(); ++i)
            pixel[i] = std::min<std::uint8_t>(pixel[i], 250);
        const compare::EndShift shift = compare::endShift(white, dark);
        QCOMPARE(shift.white, -5.0);
        QVERIFY(shift.clipsWhite() && !shift.clipsBlack());
        QVERIFY(std::abs(shift.whiteShare - 0.2) < 0.01);
        for (std::size_t i = 0; i < dark.byteCount(); ++i)
            pixel[i] = std::max<std::uint8_t>(pixel[i], 4);
        QVERIFY(compare::endShift(white, dark).clipsBlack());
        // Noise of two steps is no clipping, though at white it can only go one way.
        image::Image noisy = white;
        pixel = noisy.mutableBytes();
        for (std::size_t i = 0; i < noisy.byteCount(); ++i)
            pixel[i] = static_cast<std::uint8_t>(std::clamp(pixel[i] + int(i / 5 % 5) - 2, 0, 255));
        QVERIFY(!compare::endShift(white, noisy).clipsWhite());
        QVERIFY(!compare::endShift(white, noisy).clipsBlack());
        QVERIFY(!compare::endShift(white, white.cropped({0, 0, 20, 20})).clipsWhite());
    }
};

QTEST_GUILESS_MAIN(TestActivations)
#include "tst_activations.moc"
