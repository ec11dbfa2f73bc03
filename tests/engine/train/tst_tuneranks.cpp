// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// Starts itself as the processes that tune together: "tst_tuneranks worker …" is one rank.

#include "engine/base/error.h"
#include "engine/image/codec.h"
#include "engine/run/floatrunner.h"
#include "engine/train/checkpoint.h"
#include "engine/train/ranks.h"
#include "engine/train/tuner.h"
#include "tests/engine/support/syntheticgenerator.h"
#include "tests/engine/train/rankprocesses.h"
#include "tests/engine/train/trainpictures.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>
#include <cstdlib>
#include <torch/types.h>

using namespace bitlens;

namespace {

/// Of the largest gradient: float32 sums of some thousand products in another order differ by about 1e-6 of their size,
/// and a convolution's gradients pass some twenty of them.
constexpr double kGradientTolerance = 2e-5;
constexpr int kFailedExit = 3;
constexpr const char *kCheckpoint = "checkpoint.safetensors";

struct Run {
    QString folder;
    QString photos;
    QString rules = "*=4/6";
    int steps = 1;
    int batch = 4; ///< crops
    int dieAt = -1;
    bool adversarial = false;
    std::shared_ptr<const train::Ranks> ranks = {};
};

train::TuneResult tuneRun(const Run &run)
{
    const base::ThreadPool pool(1);
    const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
    train::PhotoSet photos = train::PhotoSet::load(run.photos.toStdString(), 4, 32, {});
    const train::HeldOut heldOut(generator, photos, {.photos = 1, .crops = 2, .side = 16}, 1, pool, {});
    run::FloatRunner runner(generator, 1);
    const quant::Calibration calibration =
        quant::calibrateMinMax(*generator, run::floatForward(runner, {}), heldOut.pictures(), base::Job());
    train::TuneOptions options;
    options.steps = run.steps;
    options.scaleShare = 0.0; // everything has gradients from the first step on
    options.batch = {.count = run.batch, .side = 32, .candidates = 1};
    options.validateEvery = 100; // nor a checkpoint: what is kept when a rank is lost is made then
    options.folder = run.folder.toStdString();
    options.ranks = run.ranks;
    if (run.adversarial) {
        options.adversarial = train::AdversarialOptions();
        options.adversarial->perceptualWeight = 0.0;
        options.adversarial->discriminatorChannels = 4;
        options.adversarial->discriminatorMaximumChannels = 8;
        options.adversarial->discriminatorLevels = 2;
    }
    train::Tuner tuner(
        quant::quantize(generator, quant::BitPlan::fromRules(run.rules.toStdString(), *generator), calibration), photos,
        heldOut, options, pool);
    base::Job job;
    job.progress = [&](double, const std::string &) {
        if (tuner.step() == run.dieAt)
            std::_Exit(9);
    };
    return tuner.run(job, {});
}

/// worker RANK PORT FOLDER PHOTOS RULES STEPS DIE_AT ADVERSARIAL
int work(char **arguments)
{
    train::RankOptions options;
    options.count = 2;
    options.rank = std::atoi(arguments[0]);
    options.port = std::atoi(arguments[1]);
    options.timeoutSeconds = 60;
    Run run{.folder = arguments[2], .photos = arguments[3], .rules = arguments[4], .steps = std::atoi(arguments[5])};
    run.dieAt = options.rank == 1 ? std::atoi(arguments[6]) : -1;
    run.adversarial = std::atoi(arguments[7]) != 0;
    try {
        run.ranks = std::make_shared<const train::Ranks>(options);
        const train::TuneResult result = tuneRun(run);
        std::fprintf(stderr, "%s\n", result.message.c_str());
        if (result.end != train::TuneResult::End::Finished)
            return kFailedExit;
        return (result.model != nullptr) == (options.rank == 0) ? 0 : 4;
    } catch (const base::Error &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return kFailedExit;
    }
}

/// The largest difference of the first moments, which after one step are the gradients times a constant, relative to
/// the largest of their tensor.
double gradientDifference(const QString &a, const QString &b)
{
    const auto read = [](const QString &folder) {
        return train::readCheckpoint(QDir(folder).filePath(kCheckpoint).toStdString());
    };
    const train::Checkpoint first = read(a);
    const train::Checkpoint second = read(b);
    double worst = first.tensors.size() == second.tensors.size() ? 0.0 : 1.0;
    int compared = 0;
    for (std::size_t i = 0; i < std::min(first.tensors.size(), second.tensors.size()); ++i) {
        const auto &[name, moments] = first.tensors[i];
        if (name.find("moment1.") == std::string::npos || moments.abs().max().item<double>() == 0.0)
            continue;
        ++compared;
        worst = std::max(worst, (moments - second.tensors[i].second).abs().max().item<double>()
                                    / moments.abs().max().item<double>());
    }
    return compared > 10 ? worst : 1.0;
}

} // namespace

class TestTuneRanks : public QObject {
    Q_OBJECT

    QTemporaryDir m_photos;

    std::vector<test::EndedRank> runBoth(const Run &run, const QString &rulesOfSecond = {}) const
    {
        return test::runTwoRanks(QCoreApplication::applicationFilePath(), [&](int rank, int port) {
            const QString rules = rank == 1 && !rulesOfSecond.isEmpty() ? rulesOfSecond : run.rules;
            return QStringList{"worker",
                               QString::number(rank),
                               QString::number(port),
                               run.folder,
                               run.photos,
                               rules,
                               QString::number(run.steps),
                               QString::number(run.dieAt),
                               QString::number(run.adversarial ? 1 : 0)};
        });
    }

    Run runIn(const QTemporaryDir &folder) const { return {.folder = folder.path(), .photos = m_photos.path()}; }

private slots:
    void initTestCase() { image::writeImage(test::edgePattern(96), m_photos.filePath("pattern.png").toStdString()); }

    void twoRanksHaveTheGradientsOfOne_data()
    {
        QTest::addColumn<bool>("adversarial");
        QTest::newRow("from FP32 alone") << false;
        QTest::newRow("adversarial") << true;
    }
    void twoRanksHaveTheGradientsOfOne()
    {
        QFETCH(bool, adversarial);
        const QTemporaryDir alone;
        const QTemporaryDir together;
        Run run = runIn(alone);
        run.adversarial = adversarial;
        const train::TuneResult expected = tuneRun(run);
        QCOMPARE(expected.end, train::TuneResult::End::Finished);
        run.folder = together.path();
        for (const test::EndedRank &ended : runBoth(run))
            QVERIFY2(ended.exitCode == 0, qPrintable(ended.errors));
        const double difference = gradientDifference(alone.path(), together.path());
        QVERIFY2(difference < kGradientTolerance, qPrintable(QString::number(difference)));
        // The comparison bites: half of the batch has other gradients.
        const QTemporaryDir half;
        Run smaller = runIn(half);
        smaller.batch = 2;
        smaller.adversarial = adversarial;
        tuneRun(smaller);
        QVERIFY(gradientDifference(half.path(), together.path()) > 100 * kGradientTolerance);
    }

    void aLostRankEndsTheRunWithACheckpointToResume()
    {
        const QTemporaryDir folder;
        Run run = runIn(folder);
        run.steps = 6;
        run.dieAt = 3;
        const std::vector<test::EndedRank> ended = runBoth(run);
        QCOMPARE(ended[1].exitCode, 9);
        QCOMPARE(ended[0].exitCode, kFailedExit);
        QVERIFY2(ended[0].errors.contains("lost the connection to another rank"), qPrintable(ended[0].errors));
        QVERIFY2(ended[0].errors.contains("at step 3; the checkpoint of this step was kept"),
                 qPrintable(ended[0].errors));
        const std::string path = folder.filePath(kCheckpoint).toStdString();
        QCOMPARE(train::readCheckpoint(path).integer("step", path), 3);
        run.dieAt = -1;
        for (const test::EndedRank &resumed : runBoth(run)) // rank 1 learns the state from rank 0
            QVERIFY2(resumed.exitCode == 0, qPrintable(resumed.errors));
        QCOMPARE(train::readCheckpoint(path).integer("step", path), 6);
    }

    void ranksThatDifferAreRefused()
    {
        const QTemporaryDir folder;
        for (const test::EndedRank &ended : runBoth(runIn(folder), "*=8/8")) {
            QCOMPARE(ended.exitCode, kFailedExit);
            QVERIFY2(ended.errors.contains("their models, plans or ranges differ"), qPrintable(ended.errors));
        }
    }
};

int main(int count, char **arguments)
{
    if (count == 10 && std::string(arguments[1]) == "worker")
        return work(arguments + 2);
    QCoreApplication application(count, arguments);
    TestTuneRanks test;
    return QTest::qExec(&test, count, arguments);
}

#include "tst_tuneranks.moc"
