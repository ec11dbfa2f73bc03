// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// The adversarial mode of tuning.

#include "engine/base/error.h"
#include "engine/image/codec.h"
#include "engine/run/floatrunner.h"
#include "engine/train/checkpoint.h"
#include "engine/train/lpips.h"
#include "engine/train/tuner.h"
#include "tests/engine/support/syntheticgenerator.h"
#include "tests/engine/support/weightwriters.h"
#include "tests/engine/train/syntheticbackbone.h"
#include "tests/engine/train/trainpictures.h"

#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <memory>
#include <torch/types.h>

using namespace bitlens;

namespace {

/// Heads for the backbone's seven maps: every channel counts the same.
model::StateDict evenHeads()
{
    model::StateDict state;
    int index = 0;
    for (const std::int64_t channels : {64, 128, 256, 384, 384, 512, 512}) {
        model::Tensor head;
        head.shape = {1, channels, 1, 1};
        head.values.assign(static_cast<std::size_t>(channels), 0.1F);
        state.entries.emplace_back("lin" + std::to_string(index++) + ".model.1.weight", head);
    }
    return state;
}

} // namespace

class TestTuneAdversarial : public QObject {
    Q_OBJECT

    base::ThreadPool m_pool{1};
    QTemporaryDir m_folder;
    train::PhotoSet m_photos;
    std::unique_ptr<train::HeldOut> m_heldOut;
    quant::QuantizedModelPtr m_start;
    std::string m_backbone;
    std::string m_heads;

    train::TuneOptions options(int steps, const QString &folder = {}) const
    {
        train::TuneOptions options;
        options.steps = steps;
        options.scaleShare = 0.0;
        options.batch = {.count = 2, .side = 32, .candidates = 1};
        options.validateEvery = 2;
        options.averageDecay = 0.5;
        options.folder = folder.toStdString();
        options.adversarial = train::AdversarialOptions();
        options.adversarial->backbone = m_backbone;
        options.adversarial->heads = m_heads;
        options.adversarial->discriminatorChannels = 4;
        options.adversarial->discriminatorMaximumChannels = 8;
        options.adversarial->discriminatorLevels = 2;
        return options;
    }

    train::TuneResult tuned(const train::TuneOptions &wish, const train::TuneStatusFunction &onStatus = {}) const
    {
        return train::Tuner(m_start, m_photos, *m_heldOut, wish, m_pool).run({}, onStatus);
    }

    static std::vector<std::uint8_t> presentAfter(train::Tuner &tuner)
    {
        tuner.run({}, {});
        return quant::pack(*tuner.present());
    }

private slots:
    void initTestCase()
    {
        image::writeImage(test::edgePattern(96), m_folder.filePath("pattern.png").toStdString());
        m_photos = train::PhotoSet::load(m_folder.path().toStdString(), 4, 32, {});
        const std::string folder = m_folder.path().toStdString();
        m_backbone =
            test::writeTestFile(folder, "backbone.safetensors", test::safetensorsBytes(test::syntheticBackbone()));
        m_heads = test::writeTestFile(folder, "heads.safetensors", test::safetensorsBytes(evenHeads()));
        const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
        m_heldOut = std::make_unique<train::HeldOut>(
            generator, m_photos, train::HeldOut::Shape{.photos = 1, .crops = 2, .side = 16}, 1, m_pool, base::Job());
        run::FloatRunner runner(generator, 1);
        m_start = quant::quantize(
            generator, quant::BitPlan::fromRules("*=4/6", *generator),
            quant::calibrateMinMax(*generator, run::floatForward(runner, {}), m_heldOut->pictures(), base::Job()));
    }

    void aResumedRunEqualsAnUninterruptedOne()
    {
        train::Tuner whole(m_start, m_photos, *m_heldOut, options(8), m_pool);
        const std::vector<std::uint8_t> expected = presentAfter(whole);
        const QTemporaryDir folder;
        base::Job job;
        train::Tuner part(m_start, m_photos, *m_heldOut, options(8, folder.path()), m_pool);
        job.progress = [&](double, const std::string &) {
            if (part.step() == 5)
                job.cancel.cancel();
        };
        QCOMPARE(part.run(job, {}).end, train::TuneResult::End::Cancelled);
        train::Tuner resumed(m_start, m_photos, *m_heldOut, options(8, folder.path()), m_pool);
        QCOMPARE(resumed.step(), 5);
        QVERIFY(presentAfter(resumed) == expected);
        QCOMPARE(resumed.best().bestStep, whole.best().bestStep);
        QCOMPARE(resumed.best().lpipsAfter, whole.best().lpipsAfter);
        // The comparison bites: the discriminator matters.
        train::TuneOptions without = options(8);
        without.adversarial->adversarialWeight = 0.0;
        train::Tuner other(m_start, m_photos, *m_heldOut, without, m_pool);
        QVERIFY(presentAfter(other) != expected);
        // What belongs to another mode is refused by name.
        train::TuneOptions plain = options(8, folder.path());
        plain.adversarial.reset();
        try {
            train::Tuner(m_start, m_photos, *m_heldOut, plain, m_pool);
            QFAIL("went on in another mode");
        } catch (const base::Error &error) {
            QVERIFY2(error.detail().find("the adversarial mode") != std::string::npos, error.what());
            QVERIFY(error.file().find("checkpoint.safetensors") != std::string::npos);
        }
    }

    void theBestIsTheLowestLpipsOfThoseNearEnough()
    {
        train::TuneOptions wish = options(20);
        wish.weightRate = 5e-3;
        wish.adversarial->perceptualWeight = 10.0;
        std::vector<train::TuneStatus> told;
        const train::TuneResult result = tuned(wish, [&](const train::TuneStatus &status) { told.push_back(status); });
        QVERIFY(result.lpipsBefore && result.lpipsAfter);
        double lowest = *told.front().lpips;
        int step = 0;
        for (const train::TuneStatus &status : told)
            if (*status.lpips < lowest) {
                lowest = *status.lpips;
                step = status.step;
            }
        QVERIFY2(step > 0, "nothing was learned"); // leastPsnr is 0: all may be taken
        QCOMPARE(result.bestStep, step);
        QCOMPARE(*result.lpipsAfter, lowest);
        const train::Lpips judge(m_backbone, m_heads);
        QCOMPARE(*m_heldOut->measure(result.model, {}, &judge).lpips, lowest);

        // Nobody is near enough to FP32: the start stays.
        wish.adversarial->leastPsnr = 1000.0;
        wish.adversarial->pixelWeight = 100.0; // away from FP32
        const train::TuneResult strict = tuned(wish);
        QVERIFY(strict.psnrAfter >= strict.psnrBefore);
        QVERIFY(*strict.lpipsAfter <= *strict.lpipsBefore);
    }

    void neverWorseThanTheStart()
    {
        train::TuneOptions wild = options(6);
        wild.weightRate = 50.0;
        const train::TuneResult result = tuned(wild);
        QCOMPARE(result.bestStep, 0);
        QCOMPARE(result.model, m_start);
        QCOMPARE(result.lpipsAfter, result.lpipsBefore);
    }

    void withoutHeadsItIsJudgedByFp32()
    {
        train::TuneOptions wish = options(6);
        wish.adversarial->heads.clear();
        double highest = 0.0;
        const train::TuneResult result = tuned(wish, [&](const train::TuneStatus &status) {
            highest = std::max(highest, status.psnr);
            QVERIFY(!status.lpips);
        });
        QVERIFY(!result.lpipsAfter);
        QCOMPARE(result.psnrAfter, highest);
    }

    void senselessOptionsAreRefused()
    {
        train::TuneOptions noBackbone = options(2);
        noBackbone.adversarial->backbone.clear();
        noBackbone.adversarial->heads.clear();
        QVERIFY_EXCEPTION_THROWN(tuned(noBackbone), base::Error);
        train::TuneOptions smallCrops = options(2);
        smallCrops.batch.side = 16;
        QVERIFY_EXCEPTION_THROWN(tuned(smallCrops), base::Error);
    }

    void photographsPullTheResultToThem()
    {
        train::TuneOptions wish = options(12);
        wish.adversarial.reset();
        train::Tuner plain(m_start, m_photos, *m_heldOut, wish, m_pool);
        const std::vector<std::uint8_t> without = presentAfter(plain);
        wish.photoWeight = 5.0;
        train::Tuner drawn(m_start, m_photos, *m_heldOut, wish, m_pool);
        QVERIFY(presentAfter(drawn) != without);
        const image::Planes high = image::toPlanes(m_photos.photo(0).high);
        const auto distance = [&](const train::Tuner &tuner) {
            const image::Planes picture = tuner.simulate(image::toPlanes(m_photos.photo(0).low), {});
            double sum = 0.0;
            for (std::size_t i = 0; i < picture.count(); ++i)
                sum += std::fabs(static_cast<double>(picture.data()[i]) - static_cast<double>(high.data()[i]));
            return sum;
        };
        QVERIFY2(distance(drawn) < distance(plain),
                 qPrintable(QString("%1 %2").arg(distance(drawn)).arg(distance(plain))));
    }
};

QTEST_APPLESS_MAIN(TestTuneAdversarial)
#include "tst_tuneadversarial.moc"
