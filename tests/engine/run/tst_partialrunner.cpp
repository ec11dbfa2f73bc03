// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/fakequantrunner.h"
#include "engine/run/floatrunner.h"
#include "engine/run/partialrunner.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QRandomGenerator>
#include <QTest>

#include <array>
#include <cmath>
#include <numeric>

using namespace bitlens;

namespace {

constexpr int kThreads = 2;
/// The same convolutions of the same numbers by the same library: only strips of rows could differ, and there are none
/// at this size.
constexpr double kSame = 0.0;
/// FloatRunner may cut convolutions otherwise: a few units in the last place of values near 1.
constexpr double kFloatRounding = 1e-5;

image::Planes noise(image::Size size)
{
    QRandomGenerator random(3);
    image::Planes picture(3, size.height, size.width);
    float *to = picture.mutableData();
    for (std::size_t i = 0; i < picture.count(); ++i)
        to[i] = static_cast<float>(random.generateDouble());
    return picture;
}

double largestDifference(const image::Planes &a, const image::Planes &b)
{
    if (a.size() != b.size() || a.channels() != b.channels())
        return INFINITY;
    double largest = 0.0;
    for (std::size_t i = 0; i < a.count(); ++i)
        largest = std::max(largest, std::abs(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i])));
    return largest;
}

quant::Calibration calibrationOf(const model::GeneratorPtr &generator, const image::Planes &picture)
{
    run::FloatRunner runner(generator, kThreads);
    return quant::calibrateMinMax(*generator, run::floatForward(runner, {}), std::array{picture}, {});
}

} // namespace

class TestPartialRunner : public QObject {
    Q_OBJECT

    const image::Planes m_picture = noise({21, 17});

    void compareWithTwin(const model::GeneratorPtr &generator)
    {
        const quant::Calibration calibration = calibrationOf(generator, m_picture);
        const std::size_t count = generator->layers.size();
        const auto model = quant::quantize(generator, quant::BitPlan(count, {4, 6}), calibration);
        run::PartialRunner runner(generator, kThreads);
        runner.setPicture(m_picture, {});
        QVERIFY(largestDifference(runner.fp32(), run::FloatRunner(generator, kThreads).run(m_picture, {}))
                <= kFloatRounding);

        std::vector<std::size_t> all(count);
        std::iota(all.begin(), all.end(), std::size_t{0});
        run::FakeQuantRunner whole(model, kThreads, {.exact = false});
        QVERIFY(largestDifference(runner.run(*model, all, {}), whole.runObserved(m_picture, {}, {})) <= kSame);

        // One layer alone is what a plan with that layer alone gives, in whatever order they are asked for.
        for (const std::size_t layer : {count - 1, std::size_t{0}, count / 2, count / 2 + 1, std::size_t{1}}) {
            quant::BitPlan plan(count, {quant::kFloatBits, quant::kFloatBits});
            plan.set(layer, {4, 6});
            run::FakeQuantRunner twin(quant::quantize(generator, plan, calibration), kThreads, {.exact = false});
            const image::Planes alone = runner.run(*model, std::array{layer}, {});
            QVERIFY2(largestDifference(alone, twin.runObserved(m_picture, {}, {})) <= kSame,
                     generator->layers[layer].path.c_str());
            QVERIFY2(largestDifference(alone, runner.fp32()) > kFloatRounding, generator->layers[layer].path.c_str());
        }
    }

private slots:
    void srganEqualsTheWholeRunner()
    {
        compareWithTwin(test::syntheticGenerator(test::SrganShape{.blocks = 3, .channels = 8}));
    }

    void rrdbEqualsTheWholeRunner()
    {
        compareWithTwin(
            test::syntheticGenerator(test::RrdbShape{.blocks = 1, .channels = 8, .growth = 4, .unshuffle = 2}));
    }

    void floatLayersOfTheModelStayFloat()
    {
        const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
        const quant::Calibration calibration = calibrationOf(generator, m_picture);
        quant::BitPlan plan(generator->layers.size(), {4, 6});
        plan.set(1, {quant::kFloatBits, quant::kFloatBits});
        const auto model = quant::quantize(generator, plan, calibration);
        run::PartialRunner runner(generator, kThreads);
        runner.setPicture(m_picture, {});
        QVERIFY(largestDifference(runner.run(*model, std::array{std::size_t{1}}, {}), runner.fp32()) <= kSame);
    }

    void cancelLeavesItUsable()
    {
        const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
        const auto model = quant::quantize(generator, quant::BitPlan(generator->layers.size(), {4, 6}),
                                           calibrationOf(generator, m_picture));
        run::PartialRunner runner(generator, kThreads);
        base::CancelToken cancelled;
        cancelled.cancel();
        QVERIFY_EXCEPTION_THROWN(runner.setPicture(m_picture, cancelled), base::Cancelled);
        QVERIFY(runner.fp32().isNull());
        QVERIFY_EXCEPTION_THROWN(runner.run(*model, std::array{std::size_t{0}}, {}), base::Error);
        runner.setPicture(m_picture, {});
        const image::Planes before = runner.run(*model, std::array{std::size_t{2}}, {});
        QVERIFY_EXCEPTION_THROWN(runner.run(*model, std::array{std::size_t{3}}, cancelled), base::Cancelled);
        QVERIFY(largestDifference(runner.run(*model, std::array{std::size_t{2}}, {}), before) <= kSame);
        QVERIFY_EXCEPTION_THROWN(runner.run(*model, std::array{generator->layers.size()}, {}), base::Error);
        QVERIFY_EXCEPTION_THROWN(runner.run(*model, std::array{std::size_t{2}, std::size_t{1}}, {}), base::Error);
        runner.releaseMemory();
        QVERIFY(runner.fp32().isNull());
    }
};

QTEST_APPLESS_MAIN(TestPartialRunner)
#include "tst_partialrunner.moc"
