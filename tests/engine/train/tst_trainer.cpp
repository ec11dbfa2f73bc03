// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/image/codec.h"
#include "engine/train/initialgenerator.h"
#include "engine/train/photoset.h"
#include "engine/train/trainer.h"
#include "tests/engine/train/trainpictures.h"

#include <QFile>
#include <QScopeGuard>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <csignal>
#include <limits>
#include <sys/resource.h>

using namespace bitlens;

namespace {

bool sameWeights(const model::Generator &a, const model::Generator &b)
{
    for (std::size_t i = 0; i < a.layers.size(); ++i)
        if (*a.layers[i].weight != *b.layers[i].weight || a.layers[i].bias != b.layers[i].bias
            || a.layers[i].slopes != b.layers[i].slopes)
            return false;
    return true;
}

} // namespace

class TestTrainer : public QObject {
    Q_OBJECT

    QTemporaryDir m_photoFolder;
    train::PhotoSet m_photos;

    static model::Generator start() { return train::initialGenerator({.blocks = 1, .channels = 8}, 1); }

    static train::TrainOptions options(const QString &folder, int steps)
    {
        train::TrainOptions options;
        options.phases = {{.steps = steps / 2, .batch = {.count = 2, .side = 32, .candidates = 1}},
                          {.steps = steps - steps / 2, .batch = {.count = 2, .side = 48, .candidates = 1}}};
        options.warmUpSteps = 2;
        options.checkpointEvery = 4;
        options.validateEvery = 5;
        options.folder = folder.toStdString();
        return options;
    }

private slots:
    void initTestCase()
    {
        image::writeImage(test::edgePattern(128), m_photoFolder.filePath("pattern.png").toStdString());
        m_photos = train::PhotoSet::load(m_photoFolder.path().toStdString(), 4, 48, {});
    }

    void theLossFalls()
    {
        const QTemporaryDir folder;
        train::TrainOptions wish = options(folder.path(), 60);
        wish.checkpointEvery = 10;
        std::vector<double> losses;
        train::Trainer(start(), m_photos, wish).run({}, {}, [&](const train::TrainStatus &status) {
            losses.push_back(status.losses.total);
        });
        QVERIFY(losses.size() >= 6);
        QVERIFY2(losses.back() < 0.7 * losses.front(),
                 qPrintable(QString("%1 to %2").arg(losses.front()).arg(losses.back())));
    }

    void aResumedRunEqualsAnUninterruptedOne()
    {
        const QTemporaryDir whole;
        const QTemporaryDir parts;
        const std::vector<train::ValidationPair> pairs{{"pattern", m_photos.photo(0).low, m_photos.photo(0).high}};
        train::Trainer uninterrupted(start(), m_photos, options(whole.path(), 14));
        uninterrupted.run(pairs, {}, {});

        base::Job job;
        train::Trainer first(start(), m_photos, options(parts.path(), 14));
        job.progress = [&](double, const std::string &) {
            if (first.step() == 7)
                job.cancel.cancel();
        };
        QVERIFY_EXCEPTION_THROWN(first.run(pairs, job, {}), base::Cancelled);
        train::Trainer second(start(), m_photos, options(parts.path(), 14));
        QCOMPARE(second.step(), 7);
        second.run(pairs, {}, {});
        QVERIFY(sameWeights(second.averaged(), uninterrupted.averaged()));
        // The comparison bites: another seed gives other weights.
        const QTemporaryDir other;
        train::TrainOptions wish = options(other.path(), 14);
        wish.seed = 2;
        train::Trainer different(start(), m_photos, wish);
        different.run(pairs, {}, {});
        QVERIFY(!sameWeights(different.averaged(), uninterrupted.averaged()));
    }

    void aLossThatIsNotFiniteStopsTheRunAndKeepsTheCheckpoint()
    {
        const QTemporaryDir folder;
        train::Trainer(start(), m_photos, options(folder.path(), 4)).run({}, {}, {});
        const auto before = base::readFile(folder.filePath("checkpoint.safetensors").toStdString());
        train::TrainOptions wish = options(folder.path(), 12);
        wish.learningRate = std::numeric_limits<double>::infinity();
        try {
            train::Trainer(start(), m_photos, wish).run({}, {}, {});
            QFAIL("trained on with a loss that is not finite");
        } catch (const base::Error &error) {
            QVERIFY2(error.detail().find("step") != std::string::npos, error.what());
        }
        QCOMPARE(base::readFile(folder.filePath("checkpoint.safetensors").toStdString()), before);
    }

    void aFullDiskEndsTheRunAndTheOldCheckpointStays()
    {
        const QTemporaryDir folder;
        train::Trainer(start(), m_photos, options(folder.path(), 4)).run({}, {}, {});
        const std::string path = folder.filePath(train::kCheckpointName).toStdString();
        const auto before = base::readFile(path);
        // Writing past a limit on file sizes fails as on a full disk; only this process is limited, and only here.
        rlimit old{};
        QCOMPARE(getrlimit(RLIMIT_FSIZE, &old), 0);
        const auto restore = qScopeGuard([&old] {
            setrlimit(RLIMIT_FSIZE, &old);
            std::signal(SIGXFSZ, SIG_DFL);
        });
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limited{before.size() / 2, old.rlim_max};
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &limited), 0);
        try {
            train::Trainer(start(), m_photos, options(folder.path(), 12)).run({}, {}, {});
            QFAIL("went on though nothing could be written");
        } catch (const base::Error &error) {
            QCOMPARE(error.code(), base::ErrorCode::NotWritable);
            QVERIFY2(error.file().find(folder.path().toStdString()) == 0, error.what());
        }
        QCOMPARE(base::readFile(path), before);
        setrlimit(RLIMIT_FSIZE, &old);
        train::Trainer resumed(start(), m_photos, options(folder.path(), 12));
        QCOMPARE(resumed.step(), 4);
        resumed.run({}, {}, {});
        QCOMPARE(resumed.step(), 12);
    }

    void devicesThatAreNotThereAreRefused()
    {
        const QTemporaryDir folder;
        train::TrainOptions wish = options(folder.path(), 4);
        for (const char *device : {"gpu", "cuda:99", "", "meta"}) {
            wish.device = device;
            QVERIFY_EXCEPTION_THROWN(train::Trainer(start(), m_photos, wish), base::Error);
        }
    }

    void aForeignOrBrokenCheckpointIsRefusedByName()
    {
        const QTemporaryDir folder;
        train::Trainer(start(), m_photos, options(folder.path(), 4)).run({}, {}, {});
        try {
            train::Trainer(train::initialGenerator({.blocks = 2, .channels = 8}, 1), m_photos,
                           options(folder.path(), 8));
            QFAIL("resumed another network's checkpoint");
        } catch (const base::Error &error) {
            QCOMPARE(error.code(), base::ErrorCode::BrokenFile);
            QVERIFY2(std::string(error.what()).find("body/block2/conv1.weight") != std::string::npos, error.what());
        }
        QFile checkpoint(folder.filePath("checkpoint.safetensors"));
        QVERIFY(checkpoint.resize(checkpoint.size() / 2));
        QVERIFY_EXCEPTION_THROWN(train::Trainer(start(), m_photos, options(folder.path(), 8)), base::Error);
    }

    void theScheduleWarmsUpAndEndsAtTheFinalRate()
    {
        train::TrainOptions wish;
        wish.phases = {{.steps = 1000, .batch = {}}};
        QVERIFY(wish.learningRateAt(0) < 0.05 * wish.learningRate);
        QCOMPARE(wish.learningRateAt(wish.warmUpSteps), wish.learningRate);
        QVERIFY(std::abs(wish.learningRateAt(1000) - wish.finalLearningRate) < 1e-12);
    }
};

QTEST_APPLESS_MAIN(TestTrainer)
#include "tst_trainer.moc"
