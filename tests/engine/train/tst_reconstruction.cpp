// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/reconstruction.h"

#include "engine/base/error.h"
#include "engine/run/fakequantrunner.h"
#include "engine/run/floatrunner.h"
#include "engine/run/integerrunner.h"
#include "engine/train/reconstructionblocks.h"
#include "tests/engine/run/mapagreement.h"
#include "tests/engine/train/families.h"

#include <QTest>

#include <cmath>
#include <map>

using namespace bitlens;

namespace {

/// Waves and edges, other ones for each number.
image::Planes picture(int number, int width = 48, int height = 48)
{
    image::Planes made(3, height, width);
    float *out = made.mutableData();
    const float phase = 0.9F * static_cast<float>(number);
    for (int c = 0; c < 3; ++c)
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x)
                *out++ = 0.5F
                         + 0.28F * std::sin(0.5F * static_cast<float>(x) + phase + 0.4F * static_cast<float>(c))
                               * std::cos(0.33F * static_cast<float>(y) + 0.3F * phase)
                         + (((x / 5 + y / 7 + number) & 1) != 0 ? 0.12F : -0.12F);
    return made;
}

std::vector<image::Planes> pictures()
{
    std::vector<image::Planes> made;
    for (int i = 0; i < 6; ++i)
        made.push_back(picture(i));
    return made;
}

quant::QuantizedModelPtr startOf(const model::GeneratorPtr &generator, const QString &rules)
{
    run::FloatRunner runner(generator, 1);
    return quant::quantize(generator, quant::BitPlan::fromRules(rules.toStdString(), *generator),
                           quant::calibrateMinMax(*generator, run::floatForward(runner, {}), pictures(), {}));
}

train::ReconstructionOptions options(int iterations)
{
    train::ReconstructionOptions made;
    made.iterations = iterations;
    made.crops = {.learned = 8, .heldOut = 4, .side = 24};
    return made;
}

std::string refusalOf(const std::function<void()> &work)
{
    try {
        work();
    } catch (const base::Error &error) {
        return error.code() == base::ErrorCode::InvalidArgument ? error.detail() : "another code";
    }
    return "nothing thrown";
}

} // namespace

class TestReconstruction : public QObject {
    Q_OBJECT

    base::ThreadPool m_pool{1}; // iterations of this size gain nothing from two

private slots:
    void blocksOfBothFamilies()
    {
        const auto namesOf = [](const QString &family) {
            QStringList names;
            std::size_t end = 0;
            for (const train::ReconstructionBlock &block : train::reconstructionBlocks(*test::generatorOf(family))) {
                names << QString::fromStdString(block.name);
                if (block.first != end || block.end <= block.first || block.outputs.empty() || !(block.macs > 0.0))
                    names << "broken";
                end = block.end;
            }
            return names;
        };
        QCOMPARE(namesOf("srgan"), QStringList({"head", "body/block1", "body/block2", "trunk", "up1", "up2", "tail"}));
        const QStringList dense = namesOf("rrdb");
        QVERIFY2(dense.contains("body/block1/rdb1") && dense.contains("body/block1/rdb3"), qPrintable(dense.join(' ')));
        QVERIFY(!dense.contains("broken"));
    }

    void comesNearerToFloat_data()
    {
        QTest::addColumn<QString>("family");
        QTest::addColumn<QString>("rules");
        QTest::addColumn<double>("gain"); ///< dB at least: about half of what was measured
        QTest::newRow("srgan at 4 bits") << "srgan"
                                         << "*=4/8" << 1.9;
        QTest::newRow("srgan at 8 bits") << "srgan"
                                         << "*=8/8" << 0.45;
        QTest::newRow("rrdb at 4 bits") << "rrdb"
                                        << "*=4/8" << 1.7;
        QTest::newRow("rrdb x2 at 4 bits, part in FP32") << "rrdb x2"
                                                         << "*=4/8,*/conv3=fp32/fp32" << 1.9;
        QTest::newRow("SRGAN of five blocks, body at 4 bits") << "srgan5_leftthomas_x4.pth"
                                                              << "*=fp32/fp32,body=4/8" << 2.6;
    }

    /// And what is stored is what was fitted: by the integer engine, by fake quantization, and from the file.
    void comesNearerToFloat()
    {
        QFETCH(QString, family);
        QFETCH(QString, rules);
        QFETCH(double, gain);
        const model::GeneratorPtr generator = test::generatorOf(family);
        if (!generator)
            QSKIP("the weights are not there");
        const quant::QuantizedModelPtr start = startOf(generator, rules);
        const train::ReconstructionResult result = train::reconstructBlocks(start, pictures(), options(25), m_pool, {});
        QVERIFY2(result.psnrAfter > result.psnrBefore + gain,
                 qPrintable(QString("%1 to %2 dB").arg(result.psnrBefore).arg(result.psnrAfter)));
        for (const train::ReconstructionResult::Block &block : result.blocks)
            QVERIFY2(block.isKept ? block.after < block.before : block.after == block.before, block.name.c_str());
        QVERIFY(result.model->plan == start->plan);
        QCOMPARE(result.model->generator, generator);
        constexpr std::size_t kDescription = 40; // what it says of itself
        QVERIFY(quant::packedBytes(*result.model) <= quant::packedBytes(*start) + kDescription);

        const image::Planes other = picture(11, 40, 32);
        std::map<int, image::Planes> simulated;
        run::FakeQuantRunner fake(result.model, 1);
        fake.runObserved(other, [&](int map, const image::Planes &values) { simulated[map] = values; }, {});
        run::IntegerRunner runner(result.model, m_pool);
        QString wrong;
        const image::Planes pixels =
            runner.runObserved(other,
                               [&](int map, const image::Planes &values) {
                                   if (wrong.isEmpty())
                                       wrong = test::disagreement(*result.model, map, values, simulated.at(map));
                               },
                               {});
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong));

        const quant::QuantizedModelPtr reopened = quant::unpack(quant::pack(*result.model), "packed");
        const image::Planes again = run::IntegerRunner(reopened, m_pool).run(other, {});
        QVERIFY(std::equal(again.data(), again.data() + again.count(), pixels.data()));
    }

    /// The error of the last block as it was fitted is that of the picture, which the integer engine makes.
    void fittedErrorIsThatOfTheIntegerEngine()
    {
        const quant::QuantizedModelPtr start = startOf(test::generatorOf("srgan"), "*=4/8");
        const train::ReconstructionResult result = train::reconstructBlocks(start, pictures(), options(20), m_pool, {});
        const double fitted = -10.0 * std::log10(result.blocks.back().after);
        // Values beyond black and white, which PSNR clamps, are few.
        constexpr double kClamped = 0.05;
        QVERIFY2(std::abs(fitted - result.psnrAfter) < kClamped,
                 qPrintable(QString("%1 and %2 dB").arg(fitted).arg(result.psnrAfter)));
        QVERIFY(result.model->calibration.ranges != start->calibration.ranges);
        bool isRounded = false;
        for (std::size_t i = 0; i < start->layers.size(); ++i)
            isRounded = isRounded || result.model->layers[i].weights.values != start->layers[i].weights.values;
        QVERIFY(isRounded);
    }

    void repeatsForASeed()
    {
        const quant::QuantizedModelPtr start = startOf(test::generatorOf("srgan"), "*=4/8");
        const auto bytesFor = [&](std::uint64_t seed) {
            train::ReconstructionOptions made = options(6);
            made.seed = seed;
            return quant::pack(*train::reconstructBlocks(start, pictures(), made, m_pool, {}).model);
        };
        const std::vector<std::uint8_t> first = bytesFor(1);
        QVERIFY(first == bytesFor(1));
        QVERIFY(first != bytesFor(2));
    }

    void cancellingLeavesTheStart()
    {
        const quant::QuantizedModelPtr start = startOf(test::generatorOf("srgan"), "*=4/8");
        const std::vector<std::uint8_t> before = quant::pack(*start);
        base::Job job;
        double last = 0.0;
        bool isNamed = false;
        job.progress = [&](double fraction, const std::string &what) {
            QVERIFY(fraction >= last && fraction <= 1.0);
            QVERIFY(!job.cancel.isCancelled()); // not another iteration after that
            last = fraction;
            isNamed = isNamed || what == "Rounding body/block1, block 2 of 7";
            if (what.find("body/block2") != std::string::npos)
                job.cancel.cancel();
        };
        QVERIFY_EXCEPTION_THROWN(train::reconstructBlocks(start, pictures(), options(20), m_pool, job),
                                 base::Cancelled);
        QVERIFY(isNamed);
        QVERIFY(last < 1.0);
        QVERIFY(quant::pack(*start) == before);
    }

    /// Rates that do harm, or too little to learn from, must not make it worse.
    void neverWorse()
    {
        const quant::QuantizedModelPtr start = startOf(test::generatorOf("srgan"), "*=8/16");
        const train::ReconstructionResult result = train::reconstructBlocks(start, pictures(), options(1), m_pool, {});
        QVERIFY(result.psnrAfter >= result.psnrBefore);
        for (const train::ReconstructionResult::Block &block : result.blocks)
            QVERIFY(block.after <= block.before);
    }

    void refusesWhatCannotBe()
    {
        const model::GeneratorPtr generator = test::generatorOf("rrdb");
        const quant::QuantizedModelPtr start = startOf(generator, "*=8/8");
        const auto refusal = [&](const std::vector<image::Planes> &given) {
            return refusalOf([&] { train::reconstructBlocks(start, given, options(1), m_pool, {}); });
        };
        QVERIFY(refusal({}).find("at least one picture") != std::string::npos);
        const std::string small = refusal({picture(0, 200, 9), picture(1, 12, 15)});
        QVERIFY2(small.find("too small") != std::string::npos && small.find("12") != std::string::npos, small.c_str());
        QVERIFY(refusal({picture(0, 30, 30)}).find("one part of 24x24") != std::string::npos);
        QCOMPARE(refusal({picture(0, 48, 24)}), std::string("nothing thrown"));
        const quant::QuantizedModelPtr plain = startOf(generator, "*=fp32/fp32");
        QVERIFY(refusalOf([&] {
                    train::reconstructBlocks(plain, pictures(), options(1), m_pool, {});
                }).find("nothing to round")
                != std::string::npos);
    }

    /// No pixel is both learned from and checked on.
    void cropsAreApart()
    {
        const model::GeneratorPtr generator = test::generatorOf("srgan");
        const std::vector<image::Planes> given = pictures();
        for (const std::size_t count : {std::size_t{1}, given.size()}) {
            const train::ReconstructionCrops crops = train::reconstructionCrops(
                std::span(given.data(), count), *generator, {.learned = 64, .heldOut = 64, .side = 24}, 3);
            QVERIFY(!crops.learned.empty() && !crops.heldOut.empty());
            QCOMPARE(crops.learned.size() + crops.heldOut.size(), 4 * count);
            for (const image::Planes &learned : crops.learned)
                for (const image::Planes &heldOut : crops.heldOut)
                    QVERIFY(!std::equal(learned.data(), learned.data() + learned.count(), heldOut.data()));
        }
    }
};

QTEST_GUILESS_MAIN(TestReconstruction)
#include "tst_reconstruction.moc"
