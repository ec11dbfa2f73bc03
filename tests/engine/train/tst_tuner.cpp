// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/image/codec.h"
#include "engine/run/floatrunner.h"
#include "engine/run/integerrunner.h"
#include "engine/train/channelscales.h"
#include "engine/train/tuner.h"
#include "tests/engine/run/mapagreement.h"
#include "tests/engine/train/families.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <limits>

using namespace bitlens;

namespace {

/// A picture with edges at several orientations, so that there is something to learn.
image::Image pattern(int side, double phase)
{
    image::Image image({side, side}, 3);
    std::uint8_t *bytes = image.mutableBytes();
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x)
            for (int c = 0; c < 3; ++c)
                *bytes++ = static_cast<std::uint8_t>(
                    127.0 + 90.0 * std::sin(0.2 * x + 0.1 * c + phase) * std::cos(0.13 * y + 0.3 * phase)
                    + (((x / 9 + y / 7) & 1) ? 30 : -30));
    return image;
}

/// What 40 steps gain at least, in dB; what chance brings when a few levels change is some hundredths.
constexpr double kLeastGain = 0.3;

std::vector<std::uint8_t> bytesOf(const quant::QuantizedModelPtr &model) { return quant::pack(*model); }

} // namespace

class TestTuner : public QObject {
    Q_OBJECT

    base::ThreadPool m_pool{1}; // steps of this size gain nothing from two
    QTemporaryDir m_photoFolder;
    train::PhotoSet m_photos;
    std::vector<image::Planes> m_crops;

    /// Ranges from one small crop, so that some values are clipped.
    quant::QuantizedModelPtr startOf(const model::GeneratorPtr &generator, const char *rules)
    {
        run::FloatRunner runner(generator, 1);
        const quant::Calibration calibration = quant::calibrateMinMax(*generator, run::floatForward(runner, {}),
                                                                      std::span(m_crops.data(), 1), base::Job());
        return quant::quantize(generator, quant::BitPlan::fromRules(rules, *generator), calibration);
    }

    train::HeldOut heldOutOf(const quant::QuantizedModelPtr &start)
    {
        return {start->generator, m_crops, m_pool, base::Job()};
    }

    static train::TuneOptions options(int steps, const QString &folder = {})
    {
        train::TuneOptions options;
        options.steps = steps;
        // With the usual rate a value of the mixed network meets a tie, and comes out a level apart: that is allowed,
        // but not foreseen by the tolerance of the last map.
        options.scaleRate = 2e-3;
        options.batch = {.count = 2, .side = 48, .candidates = 1};
        options.validateEvery = 5;
        options.checkpointEvery = 4;
        options.folder = folder.toStdString();
        return options;
    }

private slots:
    void initTestCase()
    {
        for (int i = 0; i < 3; ++i)
            image::writeImage(pattern(128, i), m_photoFolder.filePath(QString("p%1.png").arg(i)).toStdString());
        m_photos = train::PhotoSet::load(m_photoFolder.path().toStdString(), 4, 48, {});
        for (int i = 0; i < 2; ++i)
            m_crops.push_back(image::toPlanes(m_photos.photo(static_cast<std::size_t>(i)).low));
    }

    void tuningComesNearerToTheTeacher_data()
    {
        QTest::addColumn<QString>("family");
        QTest::newRow("srgan") << "srgan";
        QTest::newRow("rrdb") << "rrdb";
    }

    void tuningComesNearerToTheTeacher()
    {
        QFETCH(QString, family);
        const quant::QuantizedModelPtr start = startOf(test::generatorOf(family), "*=4/6");
        const train::HeldOut heldOut = heldOutOf(start);
        std::vector<train::TuneStatus> told;
        train::TuneOptions fast = options(40);
        fast.scaleRate = 5e-3;
        fast.weightRate = 5e-3;
        fast.biasRate = 2e-2;
        fast.averageDecay = 0.8;
        train::Tuner tuner(start, m_photos, heldOut, fast, m_pool);
        const train::TuneResult result =
            tuner.run({}, [&](const train::TuneStatus &status) { told.push_back(status); });
        QCOMPARE(result.end, train::TuneResult::End::Finished);
        QCOMPARE(result.steps, 40);
        QVERIFY2(result.psnrAfter > result.psnrBefore + kLeastGain,
                 qPrintable(QString("%1 to %2 dB").arg(result.psnrBefore).arg(result.psnrAfter)));
        QCOMPARE(heldOut.psnr(result.model, {}), result.psnrAfter);
        QCOMPARE(heldOut.psnr(start, {}), result.psnrBefore);
        QCOMPARE(told.size(), std::size_t(9)); // the start, and every fifth step
        QCOMPARE(told.front().step, 0);
        QCOMPARE(told.back().best, result.psnrAfter);
        QVERIFY(result.model->plan == start->plan);
        QCOMPARE(result.model->generator, start->generator);
    }

    void trainingAndIntegerEngineAgree_data()
    {
        QTest::addColumn<QString>("family");
        QTest::addColumn<QByteArray>("rules");
        QTest::newRow("srgan 4/8") << "srgan" << QByteArray("*=8/12,body=4/8");
        QTest::newRow("srgan 8/8") << "srgan" << QByteArray("*=8/8");
        QTest::newRow("srgan mixed with float") << "srgan" << QByteArray("*=8/8,up1=fp32/fp32");
        QTest::newRow("rrdb 8/8") << "rrdb" << QByteArray("*=8/8");
        QTest::newRow("rrdb widths of one map differ") << "rrdb" << QByteArray("*=4/8,*/conv5=8/12,*/conv3=6/10");
        QTest::newRow("rrdb x2 8/8") << "rrdb x2" << QByteArray("*=8/8");
        QTest::newRow("SRGAN of five blocks, 4/8") << "srgan5_leftthomas_x4.pth" << QByteArray("*=8/12,body=4/8");
    }

    void trainingAndIntegerEngineAgree()
    {
        QFETCH(QString, family);
        QFETCH(QByteArray, rules);
        const model::GeneratorPtr generator = test::generatorOf(family);
        if (!generator)
            QSKIP(qPrintable(family + " is not on this machine"));
        train::PhotoSet photos = train::PhotoSet::load(m_photoFolder.path().toStdString(), generator->scale, 48, {});
        const quant::QuantizedModelPtr start = startOf(generator, rules.constData());
        const train::HeldOut heldOut = heldOutOf(start);
        train::Tuner tuner(start, photos, heldOut, options(9), m_pool);
        tuner.run({}, {});

        const quant::QuantizedModelPtr model = tuner.present();
        QVERIFY(bytesOf(model) != bytesOf(start));
        const image::Planes picture = m_crops.back();
        std::vector<image::Planes> trained;
        const image::Planes simulated =
            tuner.simulate(picture, [&](int, const image::Planes &values) { trained.push_back(values); });
        run::IntegerRunner runner(model, m_pool);
        std::vector<image::Planes> integer;
        const image::Planes result =
            runner.runObserved(picture, [&](int, const image::Planes &values) { integer.push_back(values); }, {});
        QCOMPARE(trained.size(), generator->layers.size() + 1);
        QCOMPARE(integer.size(), trained.size());
        for (std::size_t map = 0; map < trained.size(); ++map) {
            const QString wrong = test::disagreement(*model, static_cast<int>(map), integer[map], trained[map]);
            QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
        }
        for (std::size_t i = 0; i < result.count(); ++i)
            QVERIFY(std::fabs(result.data()[i] - simulated.data()[i]) <= test::kResultTolerance);

        // The comparison bites: the start differs from what was learned.
        run::IntegerRunner untrained(start, m_pool);
        std::vector<image::Planes> before;
        untrained.runObserved(picture, [&](int, const image::Planes &values) { before.push_back(values); }, {});
        bool isSeen = false;
        for (std::size_t map = 0; map < trained.size(); ++map)
            isSeen |= !test::disagreement(*model, static_cast<int>(map), before[map], trained[map]).isEmpty();
        QVERIFY(isSeen);
    }

    void theResultIsAPackedFileThatRunsBitForBit()
    {
        const quant::QuantizedModelPtr start = startOf(test::generatorOf("rrdb"), "*=4/6,tail=8/12");
        const train::HeldOut heldOut = heldOutOf(start);
        train::Tuner tuner(start, m_photos, heldOut, options(9), m_pool);
        tuner.run({}, {});
        const quant::QuantizedModelPtr tuned = tuner.present();
        const std::vector<std::uint8_t> bytes = bytesOf(tuned);
        QVERIFY(bytes != bytesOf(start));
        QCOMPARE(bytes.size(), quant::packedBytes(*tuned));
        const quant::QuantizedModelPtr read = quant::unpack(bytes, "tuned.safetensors");
        QVERIFY(read->plan == start->plan);
        run::IntegerRunner before(tuned, m_pool);
        run::IntegerRunner after(read, m_pool);
        const image::Planes expected = before.run(m_crops.front(), {});
        const image::Planes actual = after.run(m_crops.front(), {});
        for (std::size_t i = 0; i < expected.count(); ++i)
            QVERIFY(actual.data()[i] == expected.data()[i]);
    }

    void neverWorseThanTheStart()
    {
        const quant::QuantizedModelPtr start = startOf(test::generatorOf("srgan"), "*=8/8");
        const train::HeldOut heldOut = heldOutOf(start);
        train::TuneOptions wild = options(10);
        wild.scaleRate = wild.finalScaleRate = 0.7;
        wild.weightRate = 50.0;
        const train::TuneResult result = train::Tuner(start, m_photos, heldOut, wild, m_pool).run({}, {});
        QCOMPARE(result.bestStep, 0);
        QCOMPARE(result.model, start);
        QCOMPARE(result.psnrAfter, result.psnrBefore);
    }

    void aResumedRunEqualsAnUninterruptedOne()
    {
        const quant::QuantizedModelPtr start = startOf(test::generatorOf("srgan"), "*=4/6");
        const train::HeldOut heldOut = heldOutOf(start);
        train::Tuner whole(start, m_photos, heldOut, options(18), m_pool);
        const train::TuneResult expected = whole.run({}, {});

        // Interrupted while scales are learned, while all is, and under frozen scales.
        const QTemporaryDir folder;
        for (const int stop : {3, 9, 16}) {
            base::Job job;
            train::Tuner part(start, m_photos, heldOut, options(18, folder.path()), m_pool);
            job.progress = [&](double, const std::string &) {
                if (part.step() == stop)
                    job.cancel.cancel();
            };
            const train::TuneResult result = part.run(job, {});
            QCOMPARE(result.end, train::TuneResult::End::Cancelled);
            QCOMPARE(result.steps, stop);
            QVERIFY(result.psnrAfter >= result.psnrBefore);
        }
        train::Tuner last(start, m_photos, heldOut, options(18, folder.path()), m_pool);
        QCOMPARE(last.step(), 16);
        const train::TuneResult resumed = last.run({}, {});
        QCOMPARE(resumed.bestStep, expected.bestStep);
        QVERIFY(bytesOf(last.present()) == bytesOf(whole.present()));
        QVERIFY(bytesOf(resumed.model) == bytesOf(expected.model));
        const auto log = base::readFile(folder.filePath("log.csv").toStdString());
        QCOMPARE(std::count(log.begin(), log.end(), '\n'), std::ptrdiff_t(6)); // head, 0, 5, 10, 15, 18

        // One and the same object may be run on as well.
        base::Job pause;
        train::Tuner paused(start, m_photos, heldOut, options(18), m_pool);
        pause.progress = [&](double, const std::string &) { pause.cancel.cancel(); };
        paused.run(pause, {});
        QVERIFY(bytesOf(paused.run({}, {}).model) == bytesOf(expected.model));
        // The comparison bites: another seed gives another model.
        train::TuneOptions wish = options(18);
        wish.seed = 2;
        QVERIFY(bytesOf(train::Tuner(start, m_photos, heldOut, wish, m_pool).run({}, {}).model)
                != bytesOf(expected.model));
    }

    void whatIsNotFiniteEndsTheRunAndKeepsTheBest_data()
    {
        QTest::addColumn<double>("scaleRate");
        QTest::addColumn<double>("weightRate");
        QTest::newRow("scales") << std::numeric_limits<double>::infinity() << 1e-2;
        QTest::newRow("scales overflow") << 200.0 << 1e-2;
        QTest::newRow("weights") << 5e-3 << std::numeric_limits<double>::infinity();
    }

    void whatIsNotFiniteEndsTheRunAndKeepsTheBest()
    {
        QFETCH(double, scaleRate);
        QFETCH(double, weightRate);
        const QTemporaryDir folder;
        const quant::QuantizedModelPtr start = startOf(test::generatorOf("srgan"), "*=4/6");
        const train::HeldOut heldOut = heldOutOf(start);
        train::TuneOptions wild = options(20, folder.path());
        wild.scaleRate = scaleRate;
        wild.weightRate = weightRate;
        const train::TuneResult result = train::Tuner(start, m_photos, heldOut, wild, m_pool).run({}, {});
        QCOMPARE(result.end, train::TuneResult::End::NotFinite);
        QVERIFY2(result.message.find("not finite at step") != std::string::npos, result.message.c_str());
        QVERIFY(result.model != nullptr);
        QVERIFY(result.psnrAfter >= result.psnrBefore);
        // The checkpoint is from before it, and may be gone on from.
        train::Tuner again(start, m_photos, heldOut, options(20, folder.path()), m_pool);
        QVERIFY(again.step() < result.steps || result.steps == 0 || again.step() == result.steps);
        QVERIFY(std::isfinite(heldOut.psnr(again.present(), {})));
    }

    void aForeignOrBrokenCheckpointIsRefusedByName()
    {
        const QTemporaryDir folder;
        const model::GeneratorPtr generator = test::generatorOf("srgan");
        const quant::QuantizedModelPtr start = startOf(generator, "*=4/6");
        const train::HeldOut heldOut = heldOutOf(start);
        train::Tuner(start, m_photos, heldOut, options(4, folder.path()), m_pool).run({}, {});
        const auto refused = [&](const quant::QuantizedModelPtr &model, const train::TuneOptions &wish) {
            try {
                train::Tuner(model, m_photos, heldOut, wish, m_pool);
            } catch (const base::Error &error) {
                return error.file().find("checkpoint.safetensors") != std::string::npos ? error.detail()
                                                                                        : std::string();
            }
            return std::string();
        };
        QVERIFY(refused(startOf(generator, "*=8/8"), options(4, folder.path())).find("plan") != std::string::npos);
        QVERIFY(refused(start, options(8, folder.path())).find("4 steps") != std::string::npos);
        train::TuneOptions otherSeed = options(4, folder.path());
        otherSeed.seed = 2;
        QVERIFY(refused(start, otherSeed).find("seed 1") != std::string::npos);
        QFile checkpoint(folder.filePath("checkpoint.safetensors"));
        QVERIFY(checkpoint.resize(checkpoint.size() / 2));
        QVERIFY(!refused(start, options(4, folder.path())).empty());
    }

    void senselessOptionsAreRefused()
    {
        const model::GeneratorPtr generator = test::generatorOf("srgan");
        const quant::QuantizedModelPtr start = startOf(generator, "*=8/8");
        const train::HeldOut heldOut = heldOutOf(start);
        const auto isRefused = [&](const quant::QuantizedModelPtr &model, const train::TuneOptions &wish) {
            try {
                train::Tuner(model, m_photos, heldOut, wish, m_pool);
            } catch (const base::Error &error) {
                return error.code() == base::ErrorCode::InvalidArgument;
            }
            return false;
        };
        train::TuneOptions noEnd = options(0);
        QVERIFY(isRefused(start, noEnd));
        train::TuneOptions oddCrop = options(4);
        oddCrop.batch.side = 46;
        QVERIFY(isRefused(start, oddCrop));
        train::TuneOptions largeCrop = options(4);
        largeCrop.batch.side = 256;
        QVERIFY(isRefused(start, largeCrop));
        QVERIFY(isRefused(startOf(generator, "*=fp32/fp32"), options(4)));
        QVERIFY(!isRefused(start, options(4)));
    }

    void deepNetworksLearnInSmallerSteps()
    {
        train::TuneOptions small;
        small.suit(*test::syntheticGenerator(test::SrganShape{.blocks = 16, .channels = 64}));
        const train::TuneOptions usual;
        QCOMPARE(small.scaleRate, usual.scaleRate);
        QCOMPARE(small.weightRate, usual.weightRate);
        train::TuneOptions deep;
        deep.suit(*test::syntheticGenerator(test::RrdbShape{.blocks = 23, .channels = 64, .growth = 32}));
        QVERIFY(deep.batch.side < small.batch.side);
        QVERIFY(deep.scaleRate < usual.scaleRate && deep.scaleRateBesideWeights < usual.scaleRateBesideWeights);
        QVERIFY(deep.weightRate < usual.weightRate && deep.biasRate < usual.biasRate);
        // Each schedule still falls.
        QVERIFY(deep.finalScaleRate < deep.scaleRate && deep.finalWeightRate < deep.weightRate
                && deep.finalBiasRate < deep.biasRate);
    }

    void timeEndsARun()
    {
        const quant::QuantizedModelPtr start = startOf(test::generatorOf("srgan"), "*=4/6");
        const train::HeldOut heldOut = heldOutOf(start);
        train::TuneOptions wish = options(0);
        wish.minutes = 0.5 / 60.0;
        train::Tuner tuner(start, m_photos, heldOut, wish, m_pool);
        const train::TuneResult result = tuner.run({}, {});
        QVERIFY(result.steps > 0);
        QVERIFY(result.model != nullptr);
        QVERIFY(result.end == train::TuneResult::End::TimeUp || result.steps == tuner.steps());
    }

    void theChannelScalesThatSuitThePlanAreTaken()
    {
        const model::GeneratorPtr generator = test::generatorOf("srgan");
        const quant::BitPlan plan = quant::BitPlan::fromRules("*=8/6", *generator);
        run::FloatRunner runner(generator, 1);
        const quant::Calibration calibration =
            quant::calibrateMinMax(*generator, run::floatForward(runner, {}), m_crops, base::Job());
        const train::HeldOut heldOut(generator, m_crops, m_pool, base::Job());
        double highest = 0.0;
        float expected = 0.0F;
        for (const float exponent : {0.5F, 0.75F, 1.0F}) {
            quant::Calibration other = calibration;
            std::fill(other.channelExponents.begin(), other.channelExponents.end(), exponent);
            if (const double psnr = heldOut.psnr(quant::quantize(generator, plan, other), {}); psnr > highest) {
                highest = psnr;
                expected = exponent;
            }
        }
        const quant::Calibration best = train::withBestChannelScales(generator, plan, calibration, heldOut, {});
        QCOMPARE(best.channelExponents.front(), expected);
        QCOMPARE(heldOut.psnr(quant::quantize(generator, plan, best), {}), highest);
        QVERIFY(expected != 0.5F); // otherwise this shows nothing
    }

    void heldOutPhotosAreTakenFromTheSet()
    {
        train::PhotoSet photos = train::PhotoSet::load(m_photoFolder.path().toStdString(), 4, 48, {});
        const train::PhotoSet taken = photos.takeOut(1);
        QCOMPARE(taken.size(), std::size_t(1));
        QCOMPARE(photos.size(), std::size_t(2));
        for (std::size_t i = 0; i < photos.size(); ++i)
            QVERIFY(!photos.photo(i).high.samePixels(taken.photo(0).high));
        QCOMPARE(photos.batch({.count = 1, .side = 48}, 1).high.size(), std::size_t(3 * 48 * 48));
        QCOMPARE(photos.takeOut(5).size(), std::size_t(1)); // one stays
        QCOMPARE(photos.size(), std::size_t(1));
    }
};

QTEST_APPLESS_MAIN(TestTuner)
#include "tst_tuner.moc"
