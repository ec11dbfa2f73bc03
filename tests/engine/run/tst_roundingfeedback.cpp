// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/roundingfeedback.h"

// LibTorch before Qt, whose keywords are names there.
#include <ATen/ops/linalg_eigvalsh.h>

#include "engine/base/error.h"
#include "engine/run/floatrunner.h"
#include "engine/run/inputmoments.h"
#include "engine/run/integerrunner.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <cmath>

using namespace bitlens;

namespace {

/// Smooth waves with some noise: neighbouring inputs are alike, as in pictures.
image::Planes wavePicture(int height, int width, int channels = 3)
{
    image::Planes picture(channels, height, width);
    float *out = picture.mutableData();
    std::uint32_t random = 5;
    for (int c = 0; c < channels; ++c)
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                random = random * 1664525U + 1013904223U;
                *out++ = 0.5F + 0.3F * std::sin(0.3F * static_cast<float>(x) + static_cast<float>(c))
                         + 0.15F * std::cos(0.2F * static_cast<float>(y))
                         + 0.04F * (static_cast<float>(random >> 16) / 65536.0F - 0.5F);
            }
    return picture;
}

quant::QuantizedModelPtr quantized(const model::GeneratorPtr &generator, const std::string &plan,
                                   const image::Planes &picture)
{
    run::FloatRunner runner(generator, 2);
    return quant::quantize(
        generator, quant::planFromArgument(plan, *generator),
        quant::calibrateMinMax(*generator, run::floatForward(runner, {}), std::span(&picture, 1), {}));
}

double meanSquareError(const image::Planes &a, const image::Planes &b)
{
    double sum = 0.0;
    for (std::size_t i = 0; i < a.count(); ++i)
        sum += std::pow(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i]), 2);
    return sum / static_cast<double>(a.count());
}

bool sameLayers(const quant::QuantizedModel &a, const quant::QuantizedModel &b)
{
    for (std::size_t i = 0; i < a.layers.size(); ++i)
        if (a.layers[i].weights.values != b.layers[i].weights.values || a.layers[i].bias != b.layers[i].bias)
            return false;
    return true;
}

model::GeneratorPtr srgan()
{
    test::SrganShape shape;
    shape.blocks = 2;
    shape.channels = 16;
    return test::syntheticGenerator(shape);
}

} // namespace

class TestRoundingFeedback : public QObject {
    Q_OBJECT

    base::ThreadPool m_pool{2};

private slots:
    void momentsAreThoseOfPatches_data()
    {
        QTest::addColumn<int>("kernel");
        QTest::addColumn<int>("upsample");
        QTest::addColumn<bool>("centred");
        QTest::newRow("3x3") << 3 << 1 << false;
        QTest::newRow("3x3, centred") << 3 << 1 << true;
        QTest::newRow("3x3 enlarged") << 3 << 2 << false;
        QTest::newRow("5x5, centred") << 5 << 1 << true;
        QTest::newRow("1x1") << 1 << 1 << true;
    }

    /// Summed patch by patch in double, over all positions at which the filter sees a pixel.
    void momentsAreThoseOfPatches()
    {
        QFETCH(int, kernel);
        QFETCH(int, upsample);
        QFETCH(bool, centred);
        const std::vector<image::Planes> maps{wavePicture(7, 6, 2), wavePicture(7, 6, 1)};
        run::InputMoments moments(3, kernel, upsample);
        moments.add(maps);
        const int height = 7 * upsample;
        const int width = 6 * upsample;
        const int taps = kernel * kernel;
        const auto inputs = static_cast<std::size_t>(2 * taps);
        const auto value = [&](int channel, int y, int x) {
            const bool inside = y >= 0 && x >= 0 && y < height && x < width;
            return inside ? static_cast<double>(maps[0].line(channel, y / upsample)[x / upsample]) : 0.0;
        };
        std::vector<double> sums(inputs, 0.0);
        std::vector<double> products(inputs * inputs, 0.0);
        double positions = 0.0;
        for (int y = 1 - kernel; y < height; ++y)
            for (int x = 1 - kernel; x < width; ++x) {
                std::vector<double> patch;
                for (int c = 0; c < 2; ++c)
                    for (int t = 0; t < taps; ++t)
                        patch.push_back(value(c, y + t / kernel, x + t % kernel));
                for (std::size_t i = 0; i < inputs; ++i) {
                    sums[i] += patch[i];
                    for (std::size_t j = 0; j < inputs; ++j)
                        products[i * inputs + j] += patch[i] * patch[j];
                }
                positions += 1.0;
            }
        // The leading channels only: those of the first map.
        const at::Tensor found = moments.matrix(2, centred);
        QCOMPARE(found.size(0), static_cast<std::int64_t>(inputs));
        constexpr double kFloatSum = 1.0e-5; // float32 sums of some hundred products below 1
        for (std::size_t i = 0; i < inputs; ++i)
            for (std::size_t j = 0; j < inputs; ++j) {
                const double expected = (products[i * inputs + j] - (centred ? sums[i] * sums[j] / positions : 0.0))
                                        / static_cast<double>(height * width);
                const double is = static_cast<double>(found.data_ptr<float>()[i * inputs + j]);
                QVERIFY2(std::abs(is - expected) < kFloatSum,
                         qPrintable(QString("%1,%2: %3, %4").arg(i).arg(j).arg(is).arg(expected)));
            }
        QVERIFY(at::linalg_eigvalsh(found).min().item<double>() > -kFloatSum);
    }

    void comesNearerToFloat_data()
    {
        QTest::addColumn<QString>("plan");
        QTest::addColumn<double>("part"); ///< of the squared error that may remain
        // Measured on trained generators: 0.6 at 8 bits, 0.4 to 0.2 at 4.
        QTest::newRow("4 bits") << "*=4/12" << 0.6;
        QTest::newRow("3 bits") << "*=3/12" << 0.7;
        QTest::newRow("8 bits") << "*=8/16" << 0.8;
    }

    void comesNearerToFloat()
    {
        QFETCH(QString, plan);
        QFETCH(double, part);
        const model::GeneratorPtr generator = srgan();
        const image::Planes picture = wavePicture(48, 40);
        const quant::QuantizedModelPtr nearest = quantized(generator, plan.toStdString(), picture);
        const quant::QuantizedModelPtr better = run::roundWithFeedback(nearest, std::span(&picture, 1), m_pool, {});
        const image::Planes other = wavePicture(40, 64);
        const image::Planes exact = run::FloatRunner(generator, 2).run(other, {});
        const double before = meanSquareError(run::IntegerRunner(nearest, m_pool).run(other, {}), exact);
        const double after = meanSquareError(run::IntegerRunner(better, m_pool).run(other, {}), exact);
        QVERIFY2(after < part * before, qPrintable(QString::number(after / before)));
        // The same numbers again.
        QVERIFY(sameLayers(*run::roundWithFeedback(nearest, std::span(&picture, 1), m_pool, {}), *better));
        for (std::size_t i = 0; i < better->layers.size(); ++i) {
            const quant::QuantizedLayer &layer = better->layers[i];
            const std::int32_t maximum = quant::weightMaximum(layer.bits.weight);
            for (const std::int16_t weight : layer.weights.values)
                QVERIFY(weight >= -maximum && weight <= maximum);
            QCOMPARE(layer.weights.scale, nearest->layers[i].weights.scale);
            QVERIFY(layer.identity != nullptr);
        }
        QCOMPARE(quant::packedBytes(*better), quant::packedBytes(*nearest));
        const std::vector<std::uint8_t> file = quant::pack(*better);
        QVERIFY(sameLayers(*quant::unpack(file, "packed"), *better));
    }

    /// Dense blocks share moments: what a layer gets from a longer one is what it would get by itself.
    void denseBlocks()
    {
        test::RrdbShape shape;
        shape.channels = 8;
        shape.growth = 4;
        const model::GeneratorPtr generator = test::syntheticGenerator(shape);
        const image::Planes picture = wavePicture(32, 32);
        const quant::QuantizedModelPtr nearest = quantized(generator, "*=4/12", picture);
        const quant::QuantizedModelPtr all = run::roundWithFeedback(nearest, std::span(&picture, 1), m_pool, {});
        const int first = generator->findLayer("body/block1/rdb1/conv1");
        QVERIFY2(first >= 0, "the first convolution of a dense block");
        quant::BitPlan alone(generator->layers.size(), {quant::kFloatBits, quant::kFloatBits});
        alone.set(static_cast<std::size_t>(first), {4, 12});
        const quant::QuantizedModelPtr single = run::roundWithFeedback(
            quant::quantize(generator, alone, nearest->calibration), std::span(&picture, 1), m_pool, {});
        const auto index = static_cast<std::size_t>(first);
        QVERIFY(all->layers[index].weights.values != nearest->layers[index].weights.values);
        QCOMPARE(single->layers[index].weights.values, all->layers[index].weights.values);
        const image::Planes exact = run::FloatRunner(generator, 2).run(picture, {});
        QVERIFY(meanSquareError(run::IntegerRunner(all, m_pool).run(picture, {}), exact)
                < 0.6 * meanSquareError(run::IntegerRunner(nearest, m_pool).run(picture, {}), exact));
    }

    void floatLayersStay()
    {
        const model::GeneratorPtr generator = srgan();
        const image::Planes picture = wavePicture(24, 24);
        const quant::QuantizedModelPtr nearest = quantized(generator, "*=fp32/fp32,up2=4/8", picture);
        const quant::QuantizedModelPtr better = run::roundWithFeedback(nearest, std::span(&picture, 1), m_pool, {});
        for (std::size_t i = 0; i < better->layers.size(); ++i)
            QCOMPARE(better->layers[i].identity == nearest->layers[i].identity, better->layers[i].bits.isFloat());
    }

    void wrongUseAndCancelling()
    {
        const model::GeneratorPtr generator = srgan();
        const image::Planes picture = wavePicture(24, 24);
        const quant::QuantizedModelPtr nearest = quantized(generator, "int8", picture);
        QVERIFY_EXCEPTION_THROWN(run::roundWithFeedback(nearest, {}, m_pool, {}), base::Error);
        base::Job job;
        bool rounding = false;
        job.progress = [&](double fraction, const std::string &what) {
            QVERIFY(fraction >= 0.0 && fraction <= 1.0);
            rounding = rounding || what == "Rounding weights";
            if (rounding)
                job.cancel.cancel();
        };
        QVERIFY_EXCEPTION_THROWN(run::roundWithFeedback(nearest, std::span(&picture, 1), m_pool, job), base::Cancelled);
        QVERIFY(rounding);
    }
};

QTEST_GUILESS_MAIN(TestRoundingFeedback)
#include "tst_roundingfeedback.moc"
