// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// Starts itself as the processes that work together: "tst_ranks worker …" is one rank of a training run.

#include "engine/base/error.h"
#include "engine/image/codec.h"
#include "engine/train/checkpoint.h"
#include "engine/train/initialgenerator.h"
#include "engine/train/ranks.h"
#include "engine/train/trainer.h"
#include "tests/engine/support/weightwriters.h"
#include "tests/engine/train/rankprocesses.h"
#include "tests/engine/train/syntheticbackbone.h"
#include "tests/engine/train/trainpictures.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <torch/types.h>

using namespace bitlens;

namespace {

/// Of the largest gradient: float32 sums of some thousand products in another order differ by about 1e-6 of their size,
/// and a convolution's gradients pass some twenty of them.
constexpr double kGradientTolerance = 2e-5;
constexpr int kLostExit = 3;

struct Run {
    std::string folder;
    std::string photos;
    std::string backbone;
    int contentSteps = 1;
    int adversarialSteps = 0;
    bool relativistic = false;
    std::shared_ptr<const train::Ranks> ranks;
    int dieAt = -1;
};

/// A run with batches of four tiny crops.
void trainRun(const Run &run)
{
    const train::PhotoSet photos = train::PhotoSet::load(run.photos, 4, 32, {});
    train::TrainOptions options;
    const train::PhotoSet::BatchShape crops{.count = 4, .side = 32};
    if (run.contentSteps > 0)
        options.phases.push_back({.steps = run.contentSteps, .batch = crops});
    if (run.adversarialSteps > 0)
        options.phases.push_back({.steps = run.adversarialSteps, .batch = crops, .adversarial = true});
    options.adversarial.backbone = run.backbone;
    options.adversarial.relativistic = run.relativistic;
    options.adversarial.discriminatorChannels = 4;
    options.adversarial.discriminatorMaximumChannels = 8;
    options.adversarial.discriminatorLevels = 2;
    options.folder = run.folder;
    options.ranks = run.ranks;
    train::Trainer trainer(train::initialGenerator({.blocks = 1, .channels = 8}, 1), photos, options);
    base::Job job;
    job.progress = [&](double, const std::string &) {
        if (trainer.step() == run.dieAt)
            std::_Exit(9);
    };
    trainer.run({}, job, {});
}

/// worker RANK PORT FOLDER PHOTOS BACKBONE CONTENT ADVERSARIAL RELATIVISTIC DIE_AT
int work(const char *const *arguments)
{
    train::RankOptions options;
    options.count = 2;
    options.rank = std::atoi(arguments[0]);
    options.port = std::atoi(arguments[1]);
    options.timeoutSeconds = 60;
    Run run;
    run.folder = arguments[2];
    run.photos = arguments[3];
    run.backbone = arguments[4];
    run.contentSteps = std::atoi(arguments[5]);
    run.adversarialSteps = std::atoi(arguments[6]);
    run.relativistic = std::atoi(arguments[7]) != 0;
    run.dieAt = options.rank == 1 ? std::atoi(arguments[8]) : -1;
    try {
        run.ranks = std::make_shared<const train::Ranks>(options);
        trainRun(run);
    } catch (const base::Error &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return kLostExit;
    }
    return 0;
}

} // namespace

class TestRanks : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    Run m_run;

    /// Both ranks of a run, to their ends.
    static std::vector<test::EndedRank> runBoth(const Run &run)
    {
        return test::runTwoRanks(QCoreApplication::applicationFilePath(), [&](int rank, int port) {
            return QStringList{"worker",
                               QString::number(rank),
                               QString::number(port),
                               QString::fromStdString(run.folder),
                               QString::fromStdString(run.photos),
                               QString::fromStdString(run.backbone),
                               QString::number(run.contentSteps),
                               QString::number(run.adversarialSteps),
                               QString::number(run.relativistic ? 1 : 0),
                               QString::number(run.dieAt)};
        });
    }

    Run runIn(const QTemporaryDir &folder) const
    {
        Run run = m_run;
        run.folder = folder.path().toStdString();
        return run;
    }

    /// The largest difference of the first moments, which after one step are the gradients times a constant, relative
    /// to the largest of them in each tensor.
    static double gradientDifference(const std::string &a, const std::string &b)
    {
        const auto path = [](const std::string &folder) { return folder + "/" + train::kCheckpointName; };
        const train::Checkpoint first = train::readCheckpoint(path(a));
        const train::Checkpoint second = train::readCheckpoint(path(b));
        double worst = first.tensors.size() == second.tensors.size() ? 0.0 : 1.0;
        double largest = 0.0;
        for (std::size_t i = 0; i < std::min(first.tensors.size(), second.tensors.size()); ++i) {
            if (first.tensors[i].first.find("moment1.") == std::string::npos)
                continue;
            largest = std::max(largest, first.tensors[i].second.abs().max().item<double>());
            worst = std::max(worst, (first.tensors[i].second - second.tensors[i].second).abs().max().item<double>());
        }
        return largest > 0.0 ? worst / largest : 1.0;
    }

private slots:
    void initTestCase()
    {
        const QString photos = m_folder.filePath("photos");
        QVERIFY(QDir().mkpath(photos));
        image::writeImage(test::edgePattern(96), (photos + "/pattern.png").toStdString());
        m_run.photos = photos.toStdString();
        m_run.backbone = test::writeTestFile(m_folder.path().toStdString(), "backbone.safetensors",
                                             test::safetensorsBytes(test::syntheticBackbone()));
    }

    void twoRanksHaveTheGradientsOfOne_data()
    {
        QTest::addColumn<bool>("adversarial");
        QTest::addColumn<bool>("relativistic");
        QTest::newRow("content phase") << false << false;
        QTest::newRow("adversarial phase") << true << false;
        QTest::newRow("relativistic discriminator") << true << true;
    }
    void twoRanksHaveTheGradientsOfOne()
    {
        QFETCH(bool, adversarial);
        QFETCH(bool, relativistic);
        const QTemporaryDir alone;
        const QTemporaryDir together;
        Run run = runIn(alone);
        run.contentSteps = adversarial ? 0 : 1;
        run.adversarialSteps = adversarial ? 1 : 0;
        run.relativistic = relativistic;
        trainRun(run);
        run.folder = together.path().toStdString();
        for (const test::EndedRank &ended : runBoth(run))
            QVERIFY2(ended.exitCode == 0, qPrintable(ended.errors));
        const double difference = gradientDifference(alone.path().toStdString(), together.path().toStdString());
        QVERIFY2(difference < kGradientTolerance, qPrintable(QString::number(difference)));
        if (adversarial)
            return;
        // The comparison bites: another batch has other gradients.
        const QTemporaryDir other;
        run.folder = other.path().toStdString();
        run.contentSteps = 2;
        trainRun(run);
        QVERIFY(gradientDifference(other.path().toStdString(), together.path().toStdString())
                > 100 * kGradientTolerance);
    }

    void aLostRankEndsTheRunWithACheckpointToResume_data()
    {
        QTest::addColumn<int>("dieAt");
        QTest::newRow("in the content phase") << 2;
        QTest::newRow("in the adversarial phase") << 5;
    }
    void aLostRankEndsTheRunWithACheckpointToResume()
    {
        QFETCH(int, dieAt);
        const QTemporaryDir folder;
        Run run = runIn(folder);
        run.contentSteps = 3;
        run.adversarialSteps = 4;
        run.dieAt = dieAt;
        const std::vector<test::EndedRank> ended = runBoth(run);
        QCOMPARE(ended[1].exitCode, 9);
        QCOMPARE(ended[0].exitCode, kLostExit);
        QVERIFY2(ended[0].errors.contains("lost the connection to another rank"), qPrintable(ended[0].errors));
        QVERIFY2(ended[0].errors.contains(QString("at step %1").arg(dieAt)), qPrintable(ended[0].errors));
        const std::string path = folder.filePath(train::kCheckpointName).toStdString();
        QCOMPARE(train::readCheckpoint(path).integer("step", path), dieAt);
        run.dieAt = -1;
        trainRun(run); // goes on alone
        QCOMPARE(train::readCheckpoint(path).integer("step", path), 7);
    }

    void sumsPartsAndTextsArriveWithOneRank()
    {
        const train::Ranks alone;
        std::vector<double> values{1.0, 2.0};
        alone.sum(values);
        QCOMPARE(values, (std::vector<double>{1.0, 2.0}));
        QVERIFY(alone.isFirst() && !alone.any(false) && alone.any(true));
        QVERIFY(torch::equal(alone.joined(torch::ones({2})), torch::ones({2})));
    }

    void optionsThatMakeNoSenseAreRefused()
    {
        train::RankOptions options;
        options.setRendezvous("[::1]:4000");
        QCOMPARE(options.host, std::string("::1"));
        QCOMPARE(options.port, 4000);
        for (const char *text : {"host", ":80", "host:", "host:x", "host:70000"})
            QVERIFY_EXCEPTION_THROWN(options.setRendezvous(text), base::Error);
        options.count = 2;
        options.rank = 2;
        QVERIFY_EXCEPTION_THROWN(train::Ranks{options}, base::Error);
    }

    void theVariablesOfTorchrunAreUnderstood()
    {
        qputenv("WORLD_SIZE", "3");
        qputenv("RANK", "2");
        qputenv("MASTER_ADDR", "node0");
        qputenv("MASTER_PORT", "1234");
        const train::RankOptions options = train::RankOptions::fromEnvironment();
        QCOMPARE(options.count, 3);
        QCOMPARE(options.rank, 2);
        QCOMPARE(options.host, std::string("node0"));
        QCOMPARE(options.port, 1234);
        qputenv("RANK", "three");
        QVERIFY_EXCEPTION_THROWN(train::RankOptions::fromEnvironment(), base::Error);
        for (const char *name : {"WORLD_SIZE", "RANK", "MASTER_ADDR", "MASTER_PORT"})
            qunsetenv(name);
        QCOMPARE(train::RankOptions::fromEnvironment().count, 1);
    }

    void whoDoesNotComeIsNotWaitedForEndlessly()
    {
        train::RankOptions options;
        options.count = 2;
        options.port = test::freePort();
        options.timeoutSeconds = 1;
        try {
            const train::Ranks ranks(options);
            QFAIL("met a rank that is not there");
        } catch (const base::Error &error) {
            QVERIFY2(error.detail().find("only 1 of 2 ranks") != std::string::npos, error.what());
        }
    }
};

int main(int count, char **arguments)
{
    if (count == 11 && std::string(arguments[1]) == "worker")
        return work(arguments + 2);
    QCoreApplication application(count, arguments);
    TestRanks test;
    return QTest::qExec(&test, count, arguments);
}

#include "tst_ranks.moc"
