// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/enginethread.h"
#include "engine/base/file.h"
#include "engine/image/codec.h"
#include "engine/model/generatorjson.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QFile>
#include <QImage>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace bitlens;
using app::EngineThread;
using app::Failure;
using app::ImageRole;
using app::OpenedImage;
using app::OpenedModel;
using app::RequestId;

namespace {

constexpr int kWaitMilliseconds = 60000; // a bound for hangs, not a measurement

image::Image noise(int width, int height, quint32 seed)
{
    image::Image picture({width, height}, 3);
    QRandomGenerator random(seed);
    std::uint8_t *bytes = picture.mutableBytes();
    for (std::size_t i = 0; i < picture.byteCount(); ++i)
        bytes[i] = static_cast<std::uint8_t>(random.bounded(256));
    return picture;
}

/// What came of each request.
struct Ends {
    explicit Ends(EngineThread *engine)
    {
        QObject::connect(engine, &EngineThread::requestFinished, engine, [this](RequestId id) { kinds[id] += 'f'; });
        QObject::connect(engine, &EngineThread::requestCancelled, engine, [this](RequestId id) { kinds[id] += 'c'; });
        QObject::connect(engine, &EngineThread::requestFailed, engine, [this](RequestId id, const Failure &failure) {
            kinds[id] += 'e';
            failures[id] = failure;
        });
    }
    QString of(RequestId id) const { return kinds.value(id); }
    QHash<RequestId, QString> kinds;
    QHash<RequestId, Failure> failures;
};

} // namespace

/// The window's way to the engine: results, errors that name their file, superseding, exactly one end each.
class TestEngineThread : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_model;
    QString m_picture;
    QString m_broken;

    compare::Request request(int width, int height) const
    {
        compare::Request question;
        question.input = noise(width, height, 7);
        question.inputName = "noise";
        question.generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
        question.plan = quant::presetPlan("int8", *question.generator);
        question.planName = "int8";
        question.blindScores = false;
        return question;
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", m_folder.filePath("data").toUtf8());
        m_model = m_folder.filePath("small.safetensors");
        const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
        base::writeFileAtomically(m_model.toStdString(), model::exportGenerator(*generator));
        m_picture = m_folder.filePath("noise.png");
        image::writeImage(noise(16, 12, 1), m_picture.toStdString());
        m_broken = m_folder.filePath("broken.png");
        QFile picture(m_picture);
        QVERIFY(picture.open(QIODevice::ReadOnly));
        QFile broken(m_broken);
        QVERIFY(broken.open(QIODevice::WriteOnly));
        broken.write(picture.readAll().left(60));
    }

    void opensPicturesAndModels()
    {
        EngineThread engine(2);
        Ends ends(&engine);
        OpenedImage image;
        OpenedModel model;
        ImageRole imageRole = ImageRole::Input;
        connect(&engine, &EngineThread::imageOpened, this, [&](RequestId, const OpenedImage &opened, ImageRole role) {
            image = opened;
            imageRole = role;
        });
        connect(&engine, &EngineThread::modelOpened, this,
                [&](RequestId, const OpenedModel &opened) { model = opened; });
        const RequestId first = engine.requestImage(m_picture, ImageRole::Reference);
        const RequestId second = engine.requestModel(m_model);
        QTRY_COMPARE_WITH_TIMEOUT(engine.openCount(), 0, kWaitMilliseconds);
        QCOMPARE(ends.of(first), "f");
        QCOMPARE(ends.of(second), "f");
        QVERIFY(image.picture.samePixels(noise(16, 12, 1)));
        QCOMPARE(image.name, "noise.png");
        QCOMPARE(image.path, m_picture);
        QCOMPARE(imageRole, ImageRole::Reference);
        QVERIFY(model.generator);
        QCOMPARE(model.generator->scale, 4);
        QCOMPARE(model.argument, m_model);
    }

    void failuresNameTheFile()
    {
        EngineThread engine(2);
        Ends ends(&engine);
        const QString missing = m_folder.filePath("missing.png");
        const QString noModel = m_folder.filePath("missing.pth");
        const RequestId absent = engine.requestImage(missing, ImageRole::Input);
        const RequestId broken = engine.requestImage(m_broken, ImageRole::Reference);
        const RequestId model = engine.requestModel(noModel);
        QTRY_COMPARE_WITH_TIMEOUT(engine.openCount(), 0, kWaitMilliseconds);
        QCOMPARE(ends.of(absent), "e");
        QCOMPARE(ends.failures[absent].code, base::ErrorCode::NotFound);
        QVERIFY(ends.failures[absent].message().contains("missing.png"));
        QCOMPARE(ends.of(broken), "e");
        QCOMPARE(ends.failures[broken].code, base::ErrorCode::BrokenFile);
        QVERIFY(ends.failures[broken].message().contains("broken.png"));
        QCOMPARE(ends.of(model), "e");
        QVERIFY(ends.failures[model].message().contains("missing.pth"));
    }

    void clipboardPicturesBecomeImages()
    {
        EngineThread engine(2);
        QImage clipboard(5, 4, QImage::Format_RGB32);
        clipboard.fill(QColor(10, 20, 200));
        OpenedImage image;
        connect(&engine, &EngineThread::imageOpened, this,
                [&](RequestId, const OpenedImage &opened) { image = opened; });
        engine.requestImage(clipboard, "clipboard", ImageRole::Input);
        QTRY_COMPARE_WITH_TIMEOUT(engine.openCount(), 0, kWaitMilliseconds);
        QCOMPARE(image.name, "clipboard");
        QCOMPARE(image.picture.width(), 5);
        QCOMPARE(int(image.picture.line8(2)[2]), 200);
    }

    void comparesBothSides()
    {
        EngineThread engine(2);
        Ends ends(&engine);
        compare::Result result;
        QSet<int> sides;
        bool ended = false;
        connect(&engine, &EngineThread::partAvailable, this, [&](RequestId, const compare::Part &part) {
            QVERIFY(!ended);
            sides.insert(int(part.side));
        });
        connect(&engine, &EngineThread::comparisonFinished, this, [&](RequestId, const compare::Result &answer) {
            result = answer;
            ended = true;
        });
        const RequestId id = engine.requestComparison(request(24, 20));
        QTRY_COMPARE_WITH_TIMEOUT(engine.openCount(), 0, kWaitMilliseconds);
        QCOMPARE(ends.of(id), "f");
        QCOMPARE(result.fp32.width(), 96);
        QCOMPARE(result.quantized.height(), 80);
        QVERIFY(!result.fp32.samePixels(result.quantized));
        QVERIFY(result.report.quantized.bytes < result.report.fp32.bytes);
        QCOMPARE(sides.size(), 2);
    }

    void aNewComparisonSupersedesTheOld()
    {
        EngineThread engine(2);
        Ends ends(&engine);
        QList<RequestId> results;
        connect(&engine, &EngineThread::comparisonFinished, this, [&](RequestId id) { results << id; });
        QSignalSpy progress(&engine, &EngineThread::progressed);
        const RequestId large = engine.requestComparison(request(1200, 900));
        QTRY_VERIFY_WITH_TIMEOUT(!progress.isEmpty(), kWaitMilliseconds);
        const RequestId queued = engine.requestComparison(request(25, 20));
        const RequestId newest = engine.requestComparison(request(24, 20));
        QTRY_COMPARE_WITH_TIMEOUT(engine.openCount(), 0, kWaitMilliseconds);
        QCOMPARE(ends.of(large), "c");
        QCOMPARE(ends.of(queued), "c");
        QCOMPARE(ends.of(newest), "f");
        QCOMPARE(results, QList<RequestId>{newest});
    }

    void aCancelledComparisonPublishesNothingMore()
    {
        EngineThread engine(2);
        Ends ends(&engine);
        QSignalSpy progress(&engine, &EngineThread::progressed);
        int late = 0;
        bool cancelled = false;
        connect(&engine, &EngineThread::partAvailable, this, [&] { late += cancelled; });
        connect(&engine, &EngineThread::comparisonFinished, this, [&] { ++late; });
        const RequestId id = engine.requestComparison(request(1200, 900));
        QTRY_VERIFY_WITH_TIMEOUT(!progress.isEmpty(), kWaitMilliseconds);
        engine.cancel(id);
        cancelled = true;
        QTRY_COMPARE_WITH_TIMEOUT(ends.of(id), "c", kWaitMilliseconds);
        QTest::qWait(50);
        QCOMPARE(late, 0);
        // Afterwards it works as before.
        const RequestId next = engine.requestComparison(request(24, 20));
        disconnect(&engine, &EngineThread::comparisonFinished, this, nullptr);
        QTRY_COMPARE_WITH_TIMEOUT(ends.of(next), "f", kWaitMilliseconds);
    }

    void savesButNeverOverAnInput()
    {
        EngineThread engine(2);
        Ends ends(&engine);
        const QString target = m_folder.filePath("saved.png");
        const image::Image picture = noise(20, 10, 3);
        const RequestId good = engine.requestSave(picture, target, {m_picture});
        const RequestId bad = engine.requestSave(picture, m_picture, {m_picture});
        QTRY_COMPARE_WITH_TIMEOUT(engine.openCount(), 0, kWaitMilliseconds);
        QCOMPARE(ends.of(good), "f");
        QCOMPARE(ends.of(bad), "e");
        QVERIFY(image::readImage(target.toStdString()).samePixels(picture));
        QVERIFY(image::readImage(m_picture.toStdString()).samePixels(noise(16, 12, 1)));
    }

    void listsTheCatalogue()
    {
        EngineThread engine(2);
        QList<app::ModelEntry> list;
        connect(&engine, &EngineThread::modelsListed, this,
                [&](RequestId, const QList<app::ModelEntry> &entries) { list = entries; });
        engine.requestModelList();
        QTRY_COMPARE_WITH_TIMEOUT(engine.openCount(), 0, kWaitMilliseconds);
        QVERIFY(!list.isEmpty());
        for (const app::ModelEntry &entry : list) {
            QVERIFY(!entry.name.isEmpty());
            QVERIFY(!entry.licence.isEmpty());
            // The data folder is empty: what is there came with the program.
            QVERIFY2(entry.installed == (entry.name == "bitlens-srgan"), qPrintable(entry.name));
        }
    }

    void randomRequestsEachEndOnce()
    {
        constexpr int kRequests = 200;
        EngineThread engine(2);
        Ends ends(&engine);
        QSet<RequestId> stopped;
        int late = 0;
        const auto check = [&](RequestId id) { late += stopped.contains(id); };
        connect(&engine, &EngineThread::imageOpened, this, check);
        connect(&engine, &EngineThread::modelOpened, this, check);
        connect(&engine, &EngineThread::partAvailable, this, check);
        connect(&engine, &EngineThread::comparisonFinished, this, check);
        QRandomGenerator random(4711);
        QList<RequestId> ids;
        for (int i = 0; i < kRequests; ++i) {
            switch (random.bounded(6)) {
            case 0:
                ids << engine.requestImage(m_picture, ImageRole::Input);
                break;
            case 1:
                ids << engine.requestImage(m_broken, ImageRole::Reference);
                break;
            case 2:
                ids << engine.requestModel(m_model);
                break;
            case 3:
                ids << engine.requestModel(m_picture);
                break; // no model
            default:
                ids << engine.requestComparison(request(8 + random.bounded(8), 8));
                break;
            }
            if (random.bounded(4) == 0) {
                const RequestId victim = ids.at(random.bounded(int(ids.size())));
                if (engine.isOpen(victim))
                    stopped.insert(victim);
                engine.cancel(victim);
            }
            if (random.bounded(3) == 0)
                QTest::qWait(random.bounded(20));
        }
        QTRY_COMPARE_WITH_TIMEOUT(engine.openCount(), 0, kWaitMilliseconds);
        QCOMPARE(ends.kinds.size(), kRequests);
        QHash<QString, int> counts;
        for (const RequestId id : ids) {
            QCOMPARE(ends.of(id).size(), 1);
            ++counts[ends.of(id)];
            if (stopped.contains(id))
                QCOMPARE(ends.of(id), "c");
        }
        QCOMPARE(late, 0);
        for (const char *kind : {"f", "e", "c"})
            QVERIFY2(counts.value(kind) > 0, kind);
    }
};

QTEST_MAIN(TestEngineThread)
#include "tst_enginethread.moc"
