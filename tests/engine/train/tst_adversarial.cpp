// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/image/codec.h"
#include "engine/model/reader.h"
#include "engine/train/adversary.h"
#include "engine/train/checkpoint.h"
#include "engine/train/divergenceguard.h"
#include "engine/train/initialgenerator.h"
#include "engine/train/patternloss.h"
#include "engine/train/startgenerator.h"
#include "engine/train/trainer.h"
#include "tests/engine/support/weightwriters.h"
#include "tests/engine/train/syntheticbackbone.h"
#include "tests/engine/train/trainpictures.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <limits>

using namespace bitlens;

namespace {

/// Sums of a batch taken whole and in halves differ in their last bits only; gradients here are below 1.
constexpr double kFloatTolerance = 1e-5;

constexpr int kContentSteps = 4;
constexpr int kSteps = 10;

} // namespace

class TestAdversarial : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    train::PhotoSet m_photos;
    std::string m_backbone;

    static model::Generator start() { return train::initialGenerator({.blocks = 1, .channels = 8}, 1); }

    train::TrainOptions options(const QString &folder) const
    {
        train::TrainOptions options;
        const train::PhotoSet::BatchShape crops{.count = 2, .side = 32, .candidates = 1};
        options.phases = {{.steps = kContentSteps, .batch = crops},
                          {.steps = kSteps - kContentSteps, .batch = crops, .adversarial = true}};
        options.warmUpSteps = 2;
        options.adversarial.warmUpSteps = 2;
        options.adversarial.backbone = m_backbone;
        options.adversarial.discriminatorChannels = 4;
        options.adversarial.discriminatorMaximumChannels = 8;
        options.adversarial.discriminatorLevels = 2;
        options.checkpointEvery = 3;
        options.validateEvery = 5;
        options.folder = folder.toStdString();
        return options;
    }

    std::vector<train::ValidationPair> pairs() const
    {
        return {{"pattern", m_photos.photo(0).low, m_photos.photo(0).high}};
    }

private slots:
    void initTestCase()
    {
        const QString photos = m_folder.filePath("photos");
        QVERIFY(QDir().mkpath(photos));
        image::writeImage(test::edgePattern(96), (photos + "/pattern.png").toStdString());
        m_photos = train::PhotoSet::load(photos.toStdString(), 4, 32, {});
        m_backbone = test::writeTestFile(m_folder.path().toStdString(), "backbone.safetensors",
                                         test::safetensorsBytes(test::syntheticBackbone()));
    }

    void aDiscriminatorLearnsToTellTwoKindsApart_data()
    {
        QTest::addColumn<bool>("relativistic");
        QTest::addColumn<bool>("patches");
        QTest::newRow("each alone, patches") << false << true;
        QTest::newRow("each alone, pictures") << false << false;
        QTest::newRow("relativistic, patches") << true << true;
    }
    void aDiscriminatorLearnsToTellTwoKindsApart()
    {
        QFETCH(bool, relativistic);
        QFETCH(bool, patches);
        train::Adversary::Options wish;
        wish.shape = {.channels = 8, .maximumChannels = 16, .levels = 2, .unshuffle = 2, .patches = patches};
        wish.relativistic = relativistic;
        train::Adversary adversary(wish);
        torch::manual_seed(1);
        const torch::Tensor sharp = torch::rand({4, 3, 32, 32});
        const torch::Tensor smooth = torch::avg_pool2d(sharp, 3, 1, 1);
        const double before = adversary.generatorLoss(sharp, smooth).item<double>();
        train::Adversary::Outcome outcome;
        for (int i = 0; i < 60; ++i)
            outcome = adversary.learn(sharp, smooth, 2e-3);
        QCOMPARE(adversary.steps(), 60);
        QVERIFY2(outcome.real > 0.8 && outcome.fake < 0.2,
                 qPrintable(QString("%1 %2").arg(outcome.real).arg(outcome.fake)));
        QVERIFY(adversary.generatorLoss(sharp, smooth).item<double>() > before);
    }

    void theGeneratorsLossReachesThePicturesAndNoWeights()
    {
        train::Adversary adversary({});
        const torch::Tensor real = torch::rand({2, 3, 32, 32});
        const torch::Tensor fake = torch::rand({2, 3, 32, 32}).set_requires_grad(true);
        train::Checkpoint before;
        adversary.store(before);
        adversary.generatorLoss(real, fake).backward();
        QVERIFY(fake.grad().abs().sum().item<double>() > 0.0);
        for (const auto &[name, tensor] : before.tensors)
            QVERIFY2(!tensor.grad().defined(), name.c_str());
    }

    void noAnswerDependsOnTheOtherPictures()
    {
        train::Discriminator network({}, 1);
        const torch::Tensor pictures = torch::rand({4, 3, 32, 32});
        const torch::Tensor whole = network.forward(pictures);
        const torch::Tensor parts =
            torch::cat({network.forward(pictures.slice(0, 0, 1)), network.forward(pictures.slice(0, 1, 4))});
        QVERIFY((whole - parts).abs().max().item<double>() < kFloatTolerance);
    }

    void aResumedRunEqualsAnUninterruptedOne_data()
    {
        QTest::addColumn<int>("interruptedAt");
        QTest::newRow("in the content phase") << 2;
        QTest::newRow("between the phases") << kContentSteps;
        QTest::newRow("in the adversarial phase") << 7;
    }
    void aResumedRunEqualsAnUninterruptedOne()
    {
        QFETCH(int, interruptedAt);
        const QTemporaryDir whole;
        const QTemporaryDir parts;
        train::Trainer(start(), m_photos, options(whole.path())).run(pairs(), {}, {});

        base::Job job;
        train::Trainer first(start(), m_photos, options(parts.path()));
        job.progress = [&](double, const std::string &) {
            if (first.step() == interruptedAt)
                job.cancel.cancel();
        };
        QVERIFY_EXCEPTION_THROWN(first.run(pairs(), job, {}), base::Cancelled);
        train::Trainer second(start(), m_photos, options(parts.path()));
        QCOMPARE(second.step(), interruptedAt);
        second.run(pairs(), {}, {});

        const auto a = train::readCheckpoint(whole.filePath(train::kCheckpointName).toStdString());
        const auto b = train::readCheckpoint(parts.filePath(train::kCheckpointName).toStdString());
        QCOMPARE(a.tensors.size(), b.tensors.size());
        bool hasDiscriminator = false;
        for (std::size_t i = 0; i < a.tensors.size(); ++i) {
            QCOMPARE(a.tensors[i].first, b.tensors[i].first);
            QVERIFY2(torch::equal(a.tensors[i].second, b.tensors[i].second), a.tensors[i].first.c_str());
            hasDiscriminator = hasDiscriminator || a.tensors[i].first.rfind("discriminator.moment2.", 0) == 0;
        }
        QVERIFY(hasDiscriminator);
        for (const char *key : {"guard_current", "guard_reference", "best_psnr", "discriminator_steps"})
            QCOMPARE(a.values.at(key), b.values.at(key));
    }

    void aRunLeavesItsFilesAndAllColumns()
    {
        const QTemporaryDir folder;
        train::Trainer(start(), m_photos, options(folder.path())).run(pairs(), {}, {});
        for (const char *name :
             {"best.safetensors", "checkpoint.safetensors", "pictures/pattern.png", "pictures/pattern-best.png"})
            QVERIFY2(QFile::exists(folder.filePath(name)), name);
        QFile log(folder.filePath("log.csv"));
        QVERIFY(log.open(QIODevice::ReadOnly));
        const QList<QByteArray> lines = log.readAll().trimmed().split('\n');
        QCOMPARE(lines.first().split(',').size(), 14);
        for (const QByteArray &line : lines)
            QCOMPARE(line.count(','), lines.first().count(','));
        QVERIFY(!lines.last().split(',').last().isEmpty()); // the discriminator's opinion
    }

    void aTableOfAnEarlierVersionGetsTheNewColumns()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath("log.csv").toStdString();
        base::writeFileAtomically(path,
                                  std::string("step,loss,learning_rate,seconds,validation_psnr\n100,0.05,1e-3,9,\n"));
        train::TrainStatus status;
        status.step = 200;
        train::appendTrainLog(path, status);
        const auto bytes = base::readFile(path);
        const QByteArray text(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size()));
        const QList<QByteArray> lines = text.trimmed().split('\n');
        QCOMPARE(lines.size(), 3);
        QVERIFY(lines[1].startsWith("100,0.05,1e-3,9,,"));
        QCOMPARE(lines[1].count(','), lines[0].count(','));
    }

    void theAveragedWeightsOfACheckpointAreAStart()
    {
        const QTemporaryDir folder;
        train::Trainer trainer(start(), m_photos, options(folder.path()));
        trainer.run({}, {}, {});
        const std::string path = folder.filePath(train::kCheckpointName).toStdString();
        const model::Generator averaged = trainer.averaged();
        const model::Generator taken = train::startGenerator(path, {});
        QCOMPARE(taken.layers.size(), averaged.layers.size());
        for (std::size_t i = 0; i < taken.layers.size(); ++i) {
            QVERIFY(*taken.layers[i].weight == *averaged.layers[i].weight);
            QVERIFY(taken.layers[i].slopes == averaged.layers[i].slopes);
        }
        // Without a description, as earlier versions wrote it, the shape must be given.
        train::Checkpoint checkpoint = train::readCheckpoint(path);
        checkpoint.values.erase(train::kCheckpointGeneratorKey);
        train::writeCheckpoint(checkpoint, path);
        const model::Generator again = train::startGenerator(path, {.blocks = 1, .channels = 8});
        QVERIFY(*again.layers.back().weight == *averaged.layers.back().weight);
        QVERIFY_EXCEPTION_THROWN(train::startGenerator(path, {}), base::Error);
    }

    void whatRunsAwayIsStoppedAndTheCheckpointStays()
    {
        const QTemporaryDir folder;
        train::Trainer(start(), m_photos, options(folder.path())).run({}, {}, {});
        const std::string path = folder.filePath(train::kCheckpointName).toStdString();
        const auto before = base::readFile(path);
        train::TrainOptions wish = options(folder.path());
        wish.phases.back().steps += 20;
        wish.adversarial.learningRate = std::numeric_limits<double>::infinity();
        try {
            train::Trainer(start(), m_photos, wish).run({}, {}, {});
            QFAIL("trained on with a loss that is not finite");
        } catch (const base::Error &error) {
            QVERIFY2(error.detail().find("at step") != std::string::npos, error.what());
            QCOMPARE(error.file(), path);
        }
        QCOMPARE(base::readFile(path), before);
    }

    void aDiscriminatorThatIsNotFiniteStopsTheRunWithItsStep()
    {
        const QTemporaryDir folder;
        train::Trainer(start(), m_photos, options(folder.path())).run({}, {}, {});
        const std::string path = folder.filePath(train::kCheckpointName).toStdString();
        const auto before = base::readFile(path);
        train::TrainOptions wish = options(folder.path());
        wish.phases.back().steps += 20;
        wish.adversarial.discriminatorLearningRate = std::numeric_limits<double>::infinity();
        wish.adversarial.adversarialWeight = 0.0; // the generator's own loss stays finite
        try {
            train::Trainer(start(), m_photos, wish).run({}, {}, {});
            QFAIL("trained on with a discriminator that is not finite");
        } catch (const base::Error &error) {
            QVERIFY2(error.detail().find("the discriminator's loss or gradient is not finite at step 11")
                         != std::string::npos,
                     error.what());
            QCOMPARE(error.file(), path);
        }
        QCOMPARE(base::readFile(path), before);
    }

    void aRunThatNeverReachesTheLeastPsnrSaysSoAndKeepsItsWeights()
    {
        const QTemporaryDir folder;
        train::TrainOptions wish = options(folder.path());
        wish.phases.erase(wish.phases.begin());
        wish.adversarial.leastPsnr = 99.0;
        train::Trainer trainer(start(), m_photos, wish);
        try {
            trainer.run(pairs(), {}, {});
            QFAIL("returned a model that nobody has validated");
        } catch (const base::Error &error) {
            QCOMPARE(error.code(), base::ErrorCode::InvalidArgument);
            QCOMPARE(error.file(), folder.filePath(train::kTrainedName).toStdString());
            QVERIFY2(error.detail().find("99 dB") != std::string::npos
                         && error.detail().find(train::kLastName) != std::string::npos,
                     error.what());
        }
        const auto last = model::readGenerator(folder.filePath(train::kLastName).toStdString());
        QVERIFY(*last->layers.back().weight == *trainer.averaged().layers.back().weight);
        QVERIFY(!QFile::exists(folder.filePath(train::kTrainedName)));
    }

    void aPatternOnTheGridIsSeenAndDetailIsNot()
    {
        torch::manual_seed(1);
        const torch::Tensor photo = torch::rand({2, 3, 64, 64});
        const torch::Tensor detail = 0.05 * torch::randn({2, 3, 64, 64});
        const torch::Tensor cell = 0.05 * torch::randn({1, 3, 4, 4});
        const auto loss = [&](const torch::Tensor &added) {
            return train::patternLoss(photo + added, photo, 4).item<double>();
        };
        const double ofPattern = loss(cell.repeat({2, 1, 16, 16}));
        QCOMPARE(loss(torch::zeros_like(photo)), 0.0);
        // Means over 16 cells: what is random comes down to a quarter.
        QVERIFY2(loss(detail) < 0.4 * ofPattern, qPrintable(QString("%1 %2").arg(loss(detail)).arg(ofPattern)));
        QVERIFY(loss(torch::full_like(photo, 0.05)) < 1e-6); // a shift of the brightness is none
    }

    void theGuardNoticesALossThatGrowsAndNoOther()
    {
        train::DivergenceGuard guard;
        for (int i = 0; i < 200; ++i)
            QVERIFY(!guard.add(0.04 + 0.02 * (i % 3))); // up to 1.5 times its mean
        train::Checkpoint checkpoint;
        guard.store(checkpoint);
        train::DivergenceGuard resumed;
        resumed.restore(checkpoint, "checkpoint");
        bool noticed = false;
        for (int i = 0; i < 100 && !noticed; ++i) {
            noticed = resumed.add(0.5);
            QCOMPARE(guard.add(0.5), noticed);
        }
        QVERIFY(noticed);
    }

    void senselessOptionsAreRefused_data()
    {
        QTest::addColumn<QString>("what");
        for (const char *what : {"order", "crop", "backbone", "heads"})
            QTest::newRow(what) << what;
    }
    void senselessOptionsAreRefused()
    {
        QFETCH(QString, what);
        train::TrainOptions wish = options(m_folder.path());
        if (what == "order")
            std::swap(wish.phases.front(), wish.phases.back());
        else if (what == "crop")
            wish.phases.back().batch.side = 28;
        else if (what == "backbone")
            wish.adversarial.backbone.clear();
        else
            wish.adversarial.heads = m_backbone; // a backbone, no heads
        QVERIFY_EXCEPTION_THROWN(train::Trainer(start(), m_photos, wish), base::Error);
    }
};

QTEST_APPLESS_MAIN(TestAdversarial)
#include "tst_adversarial.moc"
