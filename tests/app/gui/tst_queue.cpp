// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "app/gui/queuecontroller.h"
#include "app/gui/queueestimate.h"
#include "tests/app/gui/desk.h"
#include "ui/queuemodel.h"
#include "ui/queuepanel.h"

#include <QAbstractItemModelTester>
#include <QDir>
#include <QDockWidget>
#include <QFile>
#include <QLineEdit>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QToolButton>
#include <QTreeView>

#include <algorithm>

using namespace bitlens;
using test::Desk;
using ui::QueueItem;
using ui::QueuePanel;
using State = QueueItem::State;

namespace {

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// A window with its queue, kept in a folder.
struct QueueDesk : Desk {
    explicit QueueDesk(const QString &folder, const QString &stateFolder = {})
        : Desk(folder, nullptr, false, stateFolder)
    {
        panel = window->findChild<QueuePanel *>();
        queue = window->findChild<app::QueueController *>();
    }
    void press(const char *name) const
    {
        auto *button = panel->findChild<QToolButton *>(name);
        QVERIFY2(button->isVisible() && button->isEnabled(), name);
        QTest::mouseClick(button, Qt::LeftButton);
    }
    const QList<QueueItem> &items() const { return panel->model()->items(); }
    int count(State state) const { return panel->model()->countOf(state); }
    bool isThrough() const { return !queue->isActive() && count(State::Waiting) == 0 && count(State::Running) == 0; }
    void openModel(const QString &model) const
    {
        QVERIFY(test::dropFiles(view, {model}));
        QTRY_VERIFY_WITH_TIMEOUT(session->hasModel(), test::kWaitMilliseconds);
    }

    QueuePanel *panel = nullptr;
    app::QueueController *queue = nullptr;
};

} // namespace

/// Many pictures, through the window: the same files as `bitlens upscale` writes, whatever happens in between.
class TestQueue : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_model;
    QString m_pictures; ///< folder of three good pictures and a broken one

    QString path(const QString &name) const { return m_folder.filePath(name); }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", path("data").toUtf8());
        m_model = test::writeSmallModel(path("small.safetensors"));
        m_pictures = path("pictures");
        QVERIFY(QDir().mkpath(m_pictures));
        test::writeNoise(m_pictures + "/a.png", {40, 30}, 1);
        test::writeNoise(m_pictures + "/b.png", {32, 24}, 2);
        test::writeNoise(m_pictures + "/c.png", {24, 20}, 3);
        QFile broken(m_pictures + "/broken.png");
        QVERIFY(broken.open(QIODevice::WriteOnly));
        broken.write("\x89PNG\r\n\x1a\nnothing more");
    }

    void init() { QFile::remove(path("settings.ini")); }

    /// A folder is dropped on the picture, started with the mouse: every file equals what the command line writes.
    void aDroppedFolderBecomesTheFilesOfUpscale_data()
    {
        QTest::addColumn<bool>("fp32");
        QTest::newRow("FP32") << true;
        QTest::newRow("plan") << false;
    }
    void aDroppedFolderBecomesTheFilesOfUpscale()
    {
        QFETCH(bool, fp32);
        const QString expected = path(fp32 ? "cli-fp32" : "cli-plan");
        QProcess upscale;
        upscale.start(BITLENS_PROGRAM, {"upscale", m_pictures, "-o", expected, "--model", m_model, "--plan",
                                        fp32 ? "fp32" : quant::kDefaultPreset});
        QVERIFY(upscale.waitForFinished(test::kWaitMilliseconds));
        QCOMPARE(upscale.exitCode(), 1); // one of them is broken

        QueueDesk desk(m_folder.path());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        const QAbstractItemModelTester tester(desk.panel->model(),
                                              QAbstractItemModelTester::FailureReportingMode::QtTest);
        desk.openModel(m_model);
        QVERIFY(!desk.panel->isVisible());
        QVERIFY(test::dropFiles(desk.view, {m_pictures}));
        QTRY_VERIFY(desk.panel->isVisible()); // the dock opened by itself
        QCOMPARE(desk.items().size(), 4);
        const QString results = path(fp32 ? "queue-fp32" : "queue-plan");
        desk.panel->setOptions({results, "png", fp32, false});
        desk.press("queueStart");
        QTRY_VERIFY_WITH_TIMEOUT(desk.isThrough(), test::kWaitMilliseconds);
        QCOMPARE(desk.count(State::Done), 3);
        QCOMPARE(desk.count(State::Failed), 1);
        QCOMPARE(QDir(results).entryList(QDir::Files | QDir::Hidden), QDir(expected).entryList(QDir::Files));
        for (const QString &name : QDir(expected).entryList(QDir::Files))
            QVERIFY2(image::readImage((results + '/' + name).toStdString())
                         .samePixels(image::readImage((expected + '/' + name).toStdString())),
                     qPrintable(name));
        // The row of the broken one says why.
        for (const QueueItem &item : desk.items())
            if (item.state == State::Failed) {
                QVERIFY(item.input.endsWith("broken.png"));
                QVERIFY(!item.error.isEmpty());
            }
        QCOMPARE(desk.window->engine()->openCount(), 0);
    }

    /// The same pattern, typed into the panel and given to `bitlens upscale`, makes the same names.
    void namesAreChosenByAPattern()
    {
        const QString pattern = QStringLiteral("{plan}-{name}-{model}");
        const QString expected = path("cli-names");
        QProcess upscale;
        upscale.start(BITLENS_PROGRAM, {"upscale", m_pictures, "-o", expected, "--model", m_model, "--plan",
                                        quant::kDefaultPreset, "--name", pattern});
        QVERIFY(upscale.waitForFinished(test::kWaitMilliseconds));
        const QStringList names = QDir(expected).entryList(QDir::Files);
        QCOMPARE(names, (QStringList{"multi-a-small.png", "multi-b-small.png", "multi-c-small.png"}));

        const QString state = path("names-state");
        QVERIFY(QDir().mkpath(state));
        QueueDesk desk(m_folder.path(), state);
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        desk.openModel(m_model);
        QVERIFY(test::dropFiles(desk.view, {m_pictures}));
        QTRY_VERIFY(desk.panel->isVisible());
        const QString results = path("queue-names");
        desk.panel->setOptions({results, "png", false, false});
        auto *edit = desk.panel->findChild<QLineEdit *>("namePattern");
        auto *note = desk.panel->findChild<QLabel *>("namePatternNote");
        QCOMPARE(edit->placeholderText(), QStringLiteral("{name}_x{scale}"));
        QVERIFY2(note->text().contains("a_x4.png"), qPrintable(note->text()));
        const auto type = [edit](const QString &text) {
            edit->setFocus();
            QTest::keyClick(edit, Qt::Key_A, Qt::ControlModifier);
            QTest::keyClicks(edit, text);
        };
        // Out of the folder, and one name for all: said as it is typed, and nothing is made.
        for (const char *wrong : {"../{name}", "{plan}"}) {
            type(QLatin1String(wrong));
            desk.press("queueStart");
            QVERIFY(!desk.queue->isActive());
            QTRY_VERIFY(desk.messageTexts().join('\n').contains(QLatin1String(wrong)));
            QCOMPARE(desk.count(State::Waiting), 4);
            QVERIFY(!QFileInfo::exists(results));
        }
        type(QStringLiteral("../x"));
        QVERIFY2(note->text().contains("stay in their folder"), qPrintable(note->text()));
        type(pattern);
        QVERIFY2(note->text().contains("multi-a-small.png"), qPrintable(note->text()));
        if (const QString pictures = qEnvironmentVariable("BITLENS_TEST_PICTURES"); !pictures.isEmpty())
            QVERIFY(desk.window->grab().save(pictures + "/queue_names.png"));
        desk.press("queueStart");
        QTRY_VERIFY_WITH_TIMEOUT(desk.isThrough(), test::kWaitMilliseconds);
        QCOMPARE(QDir(results).entryList(QDir::Files), names);
        desk.window->close();
        desk.window.reset();
        QueueDesk next(m_folder.path(), state);
        QCOMPARE(next.panel->findChild<QLineEdit *>("namePattern")->text(), pattern); // remembered
    }

    void pausedItWaitsAndThenGoesOn()
    {
        QueueDesk desk(m_folder.path());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        desk.openModel(m_model);
        desk.queue->add({m_pictures + "/a.png", m_pictures + "/b.png", m_pictures + "/c.png"});
        desk.panel->setOptions({path("paused"), "png", true, false});
        desk.press("queueStart");
        desk.press("queueStart"); // now "Pause"
        QTRY_COMPARE_WITH_TIMEOUT(desk.panel->activity(), QueuePanel::Activity::Paused, test::kWaitMilliseconds);
        const int done = desk.count(State::Done);
        QVERIFY(done < 3);
        // However long: nothing goes on while it is paused, and the window still compares.
        QSignalSpy finished(desk.window->comparisons(), &app::CompareController::finished);
        QVERIFY(test::dropFiles(desk.view, {m_pictures + "/c.png"}));
        QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, test::kWaitMilliseconds);
        QCOMPARE(desk.count(State::Done), done);
        desk.press("queueStart"); // "Continue"
        QTRY_VERIFY_WITH_TIMEOUT(desk.isThrough(), test::kWaitMilliseconds);
        QCOMPARE(desk.count(State::Done), 3);
    }

    void cancelledOnesLeaveNothingAndCanBeRetried()
    {
        QueueDesk desk(m_folder.path());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        desk.openModel(m_model);
        const QString results = path("cancelled");
        desk.panel->setOptions({results, "png", true, false});
        desk.queue->add({m_pictures + "/a.png", m_pictures + "/b.png"});
        // Only what the queue's own lane does counts; its ids are the highest. The window saves and measures meanwhile.
        app::EngineTask nothing;
        nothing.lane = app::Lane::Queue;
        nothing.work = [](app::TaskContext &, const base::Job &) -> app::RequestQueue::Delivery { return {}; };
        QSignalSpy finished(desk.window->engine(), &app::EngineThread::requestFinished);
        const app::RequestId before = desk.window->engine()->requestTask(std::move(nothing));
        QTRY_VERIFY(std::any_of(finished.cbegin(), finished.cend(), [&](const QList<QVariant> &arguments) {
            return arguments.front().value<app::RequestId>() == before;
        }));
        int ends = 0;
        for (const auto signal : {&app::EngineThread::requestFinished, &app::EngineThread::requestCancelled})
            connect(desk.window->engine(), signal, desk.window.get(), [&](app::RequestId id) { ends += id > before; });
        desk.press("queueStart");
        desk.press("queueCancel"); // nothing is selected: all
        QTRY_COMPARE_WITH_TIMEOUT(desk.count(State::Cancelled), 2, test::kWaitMilliseconds);
        QTRY_VERIFY(desk.isThrough());
        QCOMPARE(ends, 1); // only one had begun
        QVERIFY(!QFileInfo::exists(results) || QDir(results).isEmpty());
        desk.press("queueRetry");
        QTRY_VERIFY_WITH_TIMEOUT(desk.isThrough(), test::kWaitMilliseconds);
        QCOMPARE(desk.count(State::Done), 2);
        desk.press("queueClear");
        QVERIFY(desk.items().isEmpty());
        QCOMPARE(QDir(results).entryList(QDir::Files).size(), 2);
    }

    /// Results go beside the pictures, into a folder of pictures already there: none is written over.
    void picturesAreNeverWrittenOver()
    {
        const QString folder = path("own");
        QVERIFY(QDir().mkpath(folder));
        test::writeNoise(folder + "/x.png", {20, 16}, 7);
        test::writeNoise(folder + "/x_x4.png", {20, 16}, 8); // the name that x.png would get
        const QByteArray before = contentOf(folder + "/x_x4.png");
        QueueDesk desk(m_folder.path());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        desk.openModel(m_model);
        desk.queue->add({folder});
        desk.panel->setOptions({folder, "png", true, false});
        desk.press("queueStart");
        QTRY_VERIFY_WITH_TIMEOUT(desk.isThrough(), test::kWaitMilliseconds);
        QCOMPARE(contentOf(folder + "/x_x4.png"), before);
        QCOMPARE(desk.count(State::Failed), 1);
        QCOMPARE(desk.count(State::Done), 1);
    }

    void largePicturesNeedLeave()
    {
        const QString huge = path("huge.png");
        QImage picture(8200, 8200, QImage::Format_Mono);
        picture.fill(1);
        QVERIFY(picture.save(huge));
        QueueDesk desk(m_folder.path());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        desk.openModel(m_model);
        desk.queue->add({huge});
        desk.panel->setOptions({path("huge"), "png", true, false});
        desk.press("queueStart");
        QTRY_COMPARE_WITH_TIMEOUT(desk.count(State::Failed), 1, test::kWaitMilliseconds);
        QVERIFY2(desk.items().first().error.contains("64"), qPrintable(desk.items().first().error));
    }

    void theListSurvivesARestart()
    {
        const QString state = path("state");
        QVERIFY(QDir().mkpath(state));
        const QString results = path("resumed");
        {
            QueueDesk desk(m_folder.path(), state);
            QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
            desk.openModel(m_model);
            desk.panel->setOptions({results, "png", false, false});
            desk.queue->add({m_pictures});
            // Stopped at the very first end: pictures as small as these are all through before one looks again.
            const auto stop = connect(desk.panel->model(), &QAbstractItemModel::dataChanged, desk.window.get(), [&] {
                if (desk.panel->activity() == QueuePanel::Activity::Running
                    && desk.count(State::Done) + desk.count(State::Failed) >= 1)
                    desk.press("queueStart"); // now "Pause"
            });
            desk.press("queueStart");
            QTRY_VERIFY_WITH_TIMEOUT(desk.count(State::Done) + desk.count(State::Failed) >= 1, test::kWaitMilliseconds);
            disconnect(stop);
            desk.window->close();
        }
        QueueDesk desk(m_folder.path(), state);
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        QCOMPARE(desk.items().size(), 4);
        QVERIFY(desk.count(State::Waiting) >= 1);
        QCOMPARE(desk.count(State::Running), 0);
        QPushButton *offer = nullptr;
        QTRY_VERIFY((offer = desk.messageButton("Continue")) != nullptr);
        // Without a model in the window: the queue opens its own.
        QVERIFY(!desk.session->hasModel());
        QTest::mouseClick(offer, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(desk.isThrough(), test::kWaitMilliseconds);
        QCOMPARE(desk.count(State::Done), 3);
        QCOMPARE(QDir(results).entryList(QDir::Files), (QStringList{"a_x4.png", "b_x4.png", "c_x4.png"}));
    }

    /// Pixels decide, not pictures: a large one that waits is most of the work.
    void theEstimateWeighsByPixels()
    {
        QList<QueueItem> items(3);
        for (int i = 0; i < 3; ++i)
            items[i].id = static_cast<quint64>(i + 1);
        items[0].state = State::Done;
        items[0].pixels = 1e6;
        items[1].pixels = 9e6;
        items[2].state = State::Cancelled;
        app::QueueEstimate estimate;
        estimate.start();
        estimate.beginItem();
        estimate.addActive(2.0);
        estimate.itemDone(app::queueWeight(items[0], items));
        QCOMPARE(estimate.fraction(app::waitingWeight(items), 0.0, 0.0), 0.1);
        QCOMPARE(estimate.secondsLeft(app::waitingWeight(items), 0.0, -1.0), 18.0);
        items[2].state = State::Waiting; // of unknown size: as the others on average
        QCOMPARE(app::waitingWeight(items), 14e6);
        items[0].pixels = items[1].pixels = 0.0;
        QCOMPARE(app::waitingWeight(items), 2.0);
    }

    void sizesAreFoundInTheHeaders()
    {
        QueueDesk desk(m_folder.path());
        desk.queue->add({m_pictures + "/a.png", m_pictures + "/broken.png"});
        QTRY_COMPARE_WITH_TIMEOUT(desk.items().first().pixels, 40.0 * 30.0, test::kWaitMilliseconds);
        QCOMPARE(desk.items().last().pixels, 0.0);
    }

    /// "Current plan" is what the window shows, its dragged ranges included.
    void theCurrentPlanIsWhatTheWindowShows()
    {
        QueueDesk desk(m_folder.path());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        desk.openModel(m_model);
        QVERIFY(test::dropFiles(desk.view, {m_pictures + "/a.png"}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), test::kWaitMilliseconds);
        const image::Image calibrated = desk.session->result()->quantized;
        const int map = desk.session->model().generator->layers.back().inputs.front();
        desk.session->editRanges({{map, {-0.05F, 0.05F}}}, "narrow");
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), test::kWaitMilliseconds);
        const image::Image shown = desk.session->result()->quantized;
        QVERIFY(!shown.samePixels(calibrated));
        const QString results = path("ranges");
        desk.panel->setOptions({results, "png", false, false});
        desk.queue->add({m_pictures + "/a.png"});
        desk.press("queueStart");
        QTRY_VERIFY_WITH_TIMEOUT(desk.isThrough(), test::kWaitMilliseconds);
        QVERIFY(image::readImage((results + "/a_x4.png").toStdString()).samePixels(shown));
        // They stay with the list.
        app::QueueRecipe recipe;
        recipe.ranges = desk.session->chosenRanges();
        const app::QueueState kept{desk.panel->options(), desk.items(), {{desk.items().first().id, recipe}}};
        const app::QueueState again = app::QueueState::fromJson(kept.toJson(), "queue.json");
        QCOMPARE(again.recipes.constBegin()->ranges.size(), std::size_t(1));
        QVERIFY(again.recipes.constBegin()->ranges == recipe.ranges);
    }

    void anEmptyListIsNotPaused()
    {
        QueueDesk desk(m_folder.path());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        desk.openModel(m_model);
        desk.queue->add({m_pictures + "/a.png", m_pictures + "/b.png"});
        desk.panel->setOptions({path("emptied"), "png", true, false});
        desk.press("queueStart");
        desk.press("queueStart"); // "Pause"
        QTRY_COMPARE_WITH_TIMEOUT(desk.panel->activity(), QueuePanel::Activity::Paused, test::kWaitMilliseconds);
        desk.panel->view()->selectAll();
        desk.press("queueRemove");
        QTRY_COMPARE_WITH_TIMEOUT(desk.panel->activity(), QueuePanel::Activity::Idle, test::kWaitMilliseconds);
        QVERIFY(desk.items().isEmpty());
        QVERIFY(desk.panel->findChild<QLabel *>("queueSummary")->text().isEmpty());
        QVERIFY(!desk.panel->findChild<QWidget *>("queueProgress")->isVisible());
    }

    void aBrokenListIsSaidAndHarmless()
    {
        const QString state = path("broken-state");
        QVERIFY(QDir().mkpath(state));
        QFile file(state + "/queue.json");
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{\"schema\":1,\"items\":[");
        file.close();
        QueueDesk desk(m_folder.path(), state);
        QTRY_VERIFY(desk.messageTexts().join('\n').contains("queue.json"));
        QVERIFY(desk.items().isEmpty());
    }
};

QTEST_MAIN(TestQueue)
#include "tst_queue.moc"
