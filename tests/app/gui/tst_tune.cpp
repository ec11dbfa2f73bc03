// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "app/gui/kepttunings.h"
#include "app/gui/tunecontroller.h"
#include "engine/quant/quantizedmodel.h"
#include "tests/app/gui/desk.h"
#include "ui/tunepanel.h"

#include <QAction>
#include <QDateTime>
#include <QDir>
#include <QDockWidget>
#include <QFileDialog>
#include <QLineEdit>
#include <QMessageBox>
#include <QSignalSpy>
#include <QTemporaryDir>

#include <cmath>

using namespace bitlens;
using test::Desk;
using ui::TunePanel;

namespace {

/// Training until something better is found takes seconds, but many where the processors are shared.
constexpr int kGainMilliseconds = 4 * test::kWaitMilliseconds;

/// A picture with edges, so that there is something to learn.
QString writePattern(const QString &path, double phase)
{
    image::Image picture({96, 96}, 3);
    std::uint8_t *bytes = picture.mutableBytes();
    for (int y = 0; y < 96; ++y)
        for (int x = 0; x < 96; ++x)
            for (int c = 0; c < 3; ++c)
                *bytes++ = static_cast<std::uint8_t>(127.0 + 90.0 * std::sin(0.2 * x + phase) * std::cos(0.13 * y)
                                                     + (((x / 9 + y / 7 + c) & 1) ? 30 : -30));
    image::writeImage(picture, path.toStdString());
    return path;
}

} // namespace

/// Tuning from the window, on a small generator.
class TestTune : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_model;
    QString m_photos;
    ui::Theme *m_theme = nullptr;

    static void showPanel(const Desk &desk)
    {
        for (QAction *action : desk.window->findChildren<QAction *>())
            if (action->shortcut() == QKeySequence(Qt::Key_F8))
                action->trigger();
    }

    static QPushButton *button(const TunePanel *panel, const char *name)
    {
        return panel->findChild<QPushButton *>(QLatin1String(name));
    }

    /// Opens the model, a plan with much to win, and the panel.
    TunePanel *openPanel(const Desk &desk) const
    {
        if (!test::dropFiles(desk.view, {m_model}))
            return nullptr;
        if (!QTest::qWaitFor([&] { return desk.session->hasModel(); }, test::kWaitMilliseconds))
            return nullptr;
        desk.session->editPlan(quant::BitPlan::fromRules("*=4/6", *desk.session->model().generator), "rough");
        auto *dock = desk.window->findChild<QDockWidget *>(QStringLiteral("dock.tune"));
        if (dock == nullptr || !dock->isHidden())
            return nullptr;
        showPanel(desk);
        auto *panel = desk.window->findChild<TunePanel *>();
        return dock->isHidden() ? nullptr : panel;
    }

    QString keptFolder() const { return m_folder.filePath("data/tune"); }

    /// The one run that is kept; empty when there is none, or more.
    QString onlyRun() const
    {
        const QStringList names = QDir(keptFolder()).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
        return names.size() == 1 ? keptFolder() + '/' + names.first() : QString();
    }

    static int stepOf(const QString &run)
    {
        const auto kept = app::KeptTunings::find(run.toStdString());
        return kept ? kept->step : -1;
    }

    /// The panel of a window in which tuning runs and has found something better than the start. Learns that once, and
    /// then goes on from what was kept of it.
    TunePanel *trainWithGain(const Desk &desk) const
    {
        const QString once = m_folder.filePath("once");
        const bool isFirst = !QDir(once).exists();
        if (!isFirst && !(QDir(keptFolder()).removeRecursively() && copyRuns(once, keptFolder())))
            return nullptr;
        TunePanel *panel = openPanel(desk);
        if (panel == nullptr)
            return nullptr;
        panel->setPhotoFolder(m_photos);
        panel->setMinutes(2.0);
        QTest::mouseClick(button(panel, "tuneStart"), Qt::LeftButton);
        const auto isThere = [panel] { return panel->state() == TunePanel::State::Running && panel->hasGain(); };
        if (!QTest::qWaitFor(isThere, kGainMilliseconds))
            return nullptr;
        return !isFirst || copyRuns(keptFolder(), once) ? panel : nullptr;
    }

    static bool copyRuns(const QString &from, const QString &to)
    {
        for (const QString &run : QDir(from).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
            if (!QDir().mkpath(to + '/' + run))
                return false;
            for (const QString &file : QDir(from + '/' + run).entryList(QDir::Files))
                if (!QFile::copy(from + '/' + run + '/' + file, to + '/' + run + '/' + file))
                    return false;
        }
        return true;
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", m_folder.filePath("data").toUtf8());
        m_model = test::writeSmallModel(m_folder.filePath("model.safetensors"));
        m_photos = m_folder.filePath("photos");
        QVERIFY(QDir().mkpath(m_photos));
        for (int i = 0; i < 3; ++i)
            writePattern(m_photos + QStringLiteral("/p%1.png").arg(i), i);
        m_theme = new ui::Theme(qApp);
    }

    void theResultBecomesTheModelAndAFile()
    {
        // Settings of its own: a window that closes leaves its docks as they are to the next one.
        const QTemporaryDir settings;
        const QString state = m_folder.filePath("state");
        QVERIFY(QDir().mkpath(state));
        Desk desk(settings.path(), m_theme, false, state);
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        QSignalSpy compared(desk.window->comparisons(), &app::CompareController::finished);
        TunePanel *panel = openPanel(desk);
        QVERIFY(panel);
        QCOMPARE(panel->state(), TunePanel::State::Idle);
        QVERIFY(!button(panel, "tuneStart")->isEnabled()); // no folder yet
        panel->setPhotoFolder(m_photos);
        panel->setMinutes(2.0);
        const model::GeneratorPtr generator = desk.session->model().generator;
        QTest::mouseClick(button(panel, "tuneStart"), Qt::LeftButton);
        QCOMPARE(panel->state(), TunePanel::State::Preparing);
        QTRY_COMPARE_WITH_TIMEOUT(panel->state(), TunePanel::State::Running, test::kWaitMilliseconds);
        QTRY_VERIFY_WITH_TIMEOUT(panel->hasGain() || panel->state() == TunePanel::State::Finished, kGainMilliseconds);
        QTest::mouseClick(button(panel, "tuneStop"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(panel->state(), TunePanel::State::Finished, test::kWaitMilliseconds);
        QVERIFY2(panel->hasGain(), qPrintable(panel->findChild<QLabel *>("tuneNumbers")->text()));
        for (const char *preview : {"tunePreviewFp32", "tunePreviewBefore", "tunePreviewAfter"})
            QVERIFY(!panel->findChild<QLabel *>(QLatin1String(preview))->pixmap().isNull());
        const QString pictures = qEnvironmentVariable("BITLENS_TEST_PICTURES");
        for (const auto appearance : {ui::Appearance::Dark, ui::Appearance::Light}) {
            m_theme->setAppearance(appearance);
            QCoreApplication::processEvents();
            if (!pictures.isEmpty())
                QVERIFY(desk.window->grab().save(QStringLiteral("%1/tune_%2.png").arg(pictures).arg(int(appearance))));
        }

        QVERIFY(button(panel, "tuneUse")->isEnabled());
        QTest::mouseClick(button(panel, "tuneUse"), Qt::LeftButton);
        const quant::QuantizedModelPtr tuned = desk.session->model().packed;
        QVERIFY(tuned);
        QCOMPARE(desk.session->model().generator, generator); // the FP32 side stays
        QVERIFY(desk.session->plan() == tuned->plan);
        QVERIFY(test::dropFiles(desk.view, {writePattern(m_folder.filePath("picture.png"), 0.5)}));
        QTRY_VERIFY_WITH_TIMEOUT(compared.count() > 0 && desk.session->isResultCurrent(), test::kWaitMilliseconds);
        QCOMPARE(desk.session->result()->model, tuned);

        QTest::mouseClick(button(panel, "tuneSave"), Qt::LeftButton);
        auto *dialog = desk.window->findChild<QFileDialog *>();
        QVERIFY(dialog);
        const QString path = m_folder.filePath("tuned.safetensors");
        emit dialog->fileSelected(path);
        dialog->close();
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(path), test::kWaitMilliseconds);
        QCOMPARE(base::readFile(path.toStdString()), quant::pack(*tuned));

        // It is there again in the next start of the program, to the pixel.
        const image::Image pixels = desk.session->result()->quantized;
        desk.window->close();
        QTRY_VERIFY_WITH_TIMEOUT(!desk.window->isVisible(), test::kWaitMilliseconds);
        desk.window.reset();
        Desk next(settings.path(), m_theme, false, state, true);
        QTRY_VERIFY_WITH_TIMEOUT(next.session->hasInput() && next.session->isResultCurrent(), test::kWaitMilliseconds);
        QVERIFY(next.session->model().isTuned());
        QCOMPARE(quant::pack(*next.session->model().packed), quant::pack(*tuned));
        QVERIFY(next.session->result()->quantized.samePixels(pixels));
    }

    void aPauseKeepsTheCourseAndStopKeepsTheBest()
    {
        Desk desk(m_folder.path());
        TunePanel *panel = openPanel(desk);
        QVERIFY(panel);
        panel->setPhotoFolder(m_photos);
        panel->setMinutes(60.0);
        QTest::mouseClick(button(panel, "tuneStart"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(panel->state(), TunePanel::State::Running, test::kWaitMilliseconds);
        QTest::mouseClick(button(panel, "tunePause"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(panel->state(), TunePanel::State::Paused, test::kWaitMilliseconds);
        QCOMPARE(desk.window->engine()->openCount(), 0); // a pause holds up nothing
        QCOMPARE(button(panel, "tuneStart")->text(), QStringLiteral("Continue"));
        QTest::mouseClick(button(panel, "tuneStart"), Qt::LeftButton);
        QCOMPARE(panel->state(), TunePanel::State::Running);
        QTest::mouseClick(button(panel, "tuneStop"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(panel->state(), TunePanel::State::Finished, test::kWaitMilliseconds);
        QVERIFY(button(panel, "tuneStart")->isEnabled());
        QTRY_COMPARE_WITH_TIMEOUT(desk.window->engine()->openCount(), 0, test::kWaitMilliseconds);
    }

    void whatIsKeptGoesOnInAnotherWindow()
    {
        {
            Desk desk(m_folder.path());
            QVERIFY(trainWithGain(desk));
            desk.window.reset();
        }
        const QString run = onlyRun();
        QVERIFY(!run.isEmpty());
        const int keptStep = stepOf(run);
        QVERIFY(keptStep > 0);
        QFile marker(run + "/marker");
        QVERIFY(marker.open(QIODevice::WriteOnly));

        Desk desk(m_folder.path());
        TunePanel *panel = openPanel(desk);
        QVERIFY(panel);
        QCOMPARE(panel->photoFolder(), m_photos); // remembered
        QTRY_COMPARE_WITH_TIMEOUT(button(panel, "tuneStart")->text(), QStringLiteral("Continue"),
                                  test::kWaitMilliseconds);
        QVERIFY(button(panel, "tuneAnew")->isVisible());
        auto *kept = panel->findChild<QLabel *>("tuneKept");
        QVERIFY2(kept->text().contains(QStringLiteral("step %1").arg(keptStep)), qPrintable(kept->text()));
        if (const QString pictures = qEnvironmentVariable("BITLENS_TEST_PICTURES"); !pictures.isEmpty())
            QVERIFY(desk.window->grab().save(pictures + "/tune_kept.png"));

        // Another plan is another run.
        const quant::BitPlan plan = desk.session->plan();
        desk.session->editPlan(quant::BitPlan::fromRules("*=5/6", *desk.session->model().generator), "other");
        QTRY_COMPARE_WITH_TIMEOUT(button(panel, "tuneStart")->text(), QStringLiteral("Start"), test::kWaitMilliseconds);
        QVERIFY(!button(panel, "tuneAnew")->isVisible());
        desk.session->editPlan(plan, "back");
        QTRY_COMPARE_WITH_TIMEOUT(button(panel, "tuneStart")->text(), QStringLiteral("Continue"),
                                  test::kWaitMilliseconds);

        QTest::mouseClick(button(panel, "tuneStart"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(panel->state(), TunePanel::State::Running, test::kWaitMilliseconds);
        QVERIFY(!button(panel, "tuneAnew")->isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(panel->hasGain(), test::kWaitMilliseconds); // what was won before is there
        for (const char *preview : {"tunePreviewFp32", "tunePreviewBefore", "tunePreviewAfter"})
            QVERIFY(!panel->findChild<QLabel *>(QLatin1String(preview))->pixmap().isNull());
        QTest::mouseClick(button(panel, "tuneStop"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(panel->state(), TunePanel::State::Finished, test::kWaitMilliseconds);
        QVERIFY(stepOf(run) >= keptStep);
        QVERIFY(marker.exists()); // the same run
        QVERIFY(button(panel, "tuneUse")->isEnabled());

        QTRY_VERIFY_WITH_TIMEOUT(button(panel, "tuneAnew")->isVisible(), test::kWaitMilliseconds);
        QTest::mouseClick(button(panel, "tuneAnew"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(panel->state(), TunePanel::State::Running, test::kWaitMilliseconds);
        QVERIFY(!marker.exists());
        QCOMPARE(onlyRun(), run);
    }

    void twoWindowsDoNotTuneTheSame()
    {
        const QTemporaryDir settings; // each window writes its own
        Desk first(m_folder.path());
        TunePanel *running = trainWithGain(first);
        QVERIFY(running);
        const QString run = onlyRun();
        Desk second(settings.path());
        TunePanel *panel = openPanel(second);
        QVERIFY(panel);
        panel->setPhotoFolder(m_photos);
        QTRY_COMPARE_WITH_TIMEOUT(button(panel, "tuneStart")->text(), QStringLiteral("Continue"),
                                  test::kWaitMilliseconds);
        // Neither going on nor beginning anew touches what the other one works on.
        for (const char *name : {"tuneStart", "tuneAnew"}) {
            QTest::mouseClick(button(panel, name), Qt::LeftButton);
            QTRY_COMPARE_WITH_TIMEOUT(panel->state(), TunePanel::State::Idle, test::kWaitMilliseconds);
            QTRY_VERIFY2(panel->findChild<QLabel *>("tuneMessage")->text().contains("another window tunes"),
                         qPrintable(panel->findChild<QLabel *>("tuneMessage")->text()));
            QTRY_VERIFY_WITH_TIMEOUT(button(panel, "tuneAnew")->isVisible(), test::kWaitMilliseconds);
        }
        QVERIFY(second.messageTexts().join('\n').contains("another window tunes"));
        QCOMPARE(running->state(), TunePanel::State::Running);
        QVERIFY(stepOf(run) > 0);

        // Once that has stopped it is free.
        QTest::mouseClick(button(running, "tuneStop"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(running->state(), TunePanel::State::Finished, test::kWaitMilliseconds);
        QTest::mouseClick(button(panel, "tuneStart"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(panel->state(), TunePanel::State::Running, test::kWaitMilliseconds);
        QTest::mouseClick(button(panel, "tuneStop"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(panel->state(), TunePanel::State::Finished, test::kWaitMilliseconds);
    }

    void whatCannotBeWrittenEndsTuningAndLeavesTheBest()
    {
        Desk desk(m_folder.path());
        TunePanel *panel = trainWithGain(desk);
        QVERIFY(panel);
        // Without its folder the next checkpoint cannot be written, as on a full disk.
        QTRY_VERIFY(QDir(keptFolder()).removeRecursively());
        QTRY_COMPARE_WITH_TIMEOUT(panel->state(), TunePanel::State::Finished, test::kWaitMilliseconds);
        const QString message = panel->findChild<QLabel *>("tuneMessage")->text();
        QVERIFY2(message.contains("checkpoint.safetensors") && message.contains("best so far"), qPrintable(message));
        QTRY_VERIFY(!desk.messageTexts().filter("checkpoint.safetensors").isEmpty());
        QVERIFY(button(panel, "tuneSave")->isEnabled());
        QTest::mouseClick(button(panel, "tuneUse"), Qt::LeftButton);
        QVERIFY(desk.session->model().packed);
    }

    void closingAsksWhileItTrains()
    {
        // A window that closes keeps its docks as they are, for the next one.
        const QTemporaryDir settings;
        Desk desk(settings.path());
        TunePanel *panel = trainWithGain(desk);
        QVERIFY(panel);
        const auto question = [&] {
            return desk.window->findChild<QMessageBox *>(QStringLiteral("tuneCloseQuestion"));
        };
        QVERIFY(!desk.window->close());
        QVERIFY(question() && question()->isVisible());
        if (const QString pictures = qEnvironmentVariable("BITLENS_TEST_PICTURES"); !pictures.isEmpty())
            QVERIFY(question()->grab().save(pictures + "/tune_close.png"));
        question()->reject();
        QCOMPARE(panel->state(), TunePanel::State::Running);
        QTRY_VERIFY(!question());
        QVERIFY(!desk.window->close());
        QVERIFY(desk.window->isVisible());
        question()->accept();
        QTRY_VERIFY_WITH_TIMEOUT(!desk.window->isVisible(), test::kWaitMilliseconds);
        QVERIFY(stepOf(onlyRun()) > 0);
    }

    void aFinishedRunIsKeptUntilItIsSaved()
    {
        Desk desk(m_folder.path());
        TunePanel *panel = trainWithGain(desk);
        QVERIFY(panel);
        QTest::mouseClick(button(panel, "tuneStop"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(panel->state(), TunePanel::State::Finished, test::kWaitMilliseconds);
        panel->setMinutes(0.1); // which are over
        QTest::mouseClick(button(panel, "tuneStart"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(panel->state(), TunePanel::State::Finished, test::kWaitMilliseconds);
        QVERIFY2(panel->hasGain(), qPrintable(panel->findChild<QLabel *>("tuneMessage")->text()));
        QVERIFY(!onlyRun().isEmpty());
        QTRY_COMPARE_WITH_TIMEOUT(button(panel, "tuneStart")->text(), QStringLiteral("Continue"),
                                  test::kWaitMilliseconds);
        const QString path = m_folder.filePath("finished.safetensors");
        desk.window->findChild<app::TuneController *>()->save(path);
        QTRY_COMPARE_WITH_TIMEOUT(button(panel, "tuneStart")->text(), QStringLiteral("Start"), test::kWaitMilliseconds);
        QVERIFY(QFile::exists(path));
        QVERIFY(onlyRun().isEmpty());
        QVERIFY(button(panel, "tuneSave")->isEnabled()); // once more, under another name
    }

    void theOldestRunsGo()
    {
        QVERIFY(QDir(keptFolder()).removeRecursively());
        QStringList runs;
        for (int i = 0; i < 6; ++i) {
            runs << keptFolder() + QStringLiteral("/%1").arg(i, 32, 10, QChar('0'));
            QVERIFY(QDir().mkpath(runs.last()));
            QFile checkpoint(runs.last() + "/checkpoint.safetensors");
            QVERIFY(checkpoint.open(QIODevice::WriteOnly));
            // The first is the newest.
            QVERIFY(checkpoint.setFileTime(QDateTime::fromSecsSinceEpoch(2'000'000 - i), QFile::FileModificationTime));
        }
        // One that a window works on stays.
        const base::FileLock other = app::KeptTunings::lock(runs[5].toStdString());
        app::KeptTunings::makeRoom(runs[4].toStdString());
        QStringList left;
        for (const QString &run : runs)
            if (QFile::exists(run))
                left << run;
        QCOMPARE(left, (QStringList{runs[0], runs[1], runs[4], runs[5]}));
        QVERIFY(QDir(keptFolder()).removeRecursively());
    }

    void whatCannotBeTunedSaysWhy()
    {
        Desk desk(m_folder.path());
        auto *panel = desk.window->findChild<TunePanel *>();
        QVERIFY(panel);
        QCOMPARE(panel->state(), TunePanel::State::Unavailable);
        QVERIFY(test::dropFiles(desk.view, {m_model}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel(), test::kWaitMilliseconds);
        QCOMPARE(panel->state(), TunePanel::State::Idle);
        const quant::BitPlan before = desk.session->plan();
        desk.session->editPlan(quant::presetPlan("fp32", *desk.session->model().generator), "float");
        QCOMPARE(panel->state(), TunePanel::State::Unavailable);
        QVERIFY(panel->findChild<QLabel *>("tuneMessage")->text().contains("FP32"));
        desk.session->editPlan(before, "back");
        QCOMPARE(panel->state(), TunePanel::State::Idle);

        const QString empty = m_folder.filePath("empty");
        QVERIFY(QDir().mkpath(empty));
        panel->setPhotoFolder(empty);
        showPanel(desk);
        QTest::mouseClick(button(panel, "tuneStart"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(panel->state(), TunePanel::State::Idle, test::kWaitMilliseconds);
        QTRY_VERIFY2(panel->findChild<QLabel *>("tuneMessage")->text().contains(empty),
                     qPrintable(desk.messageTexts().join(' ')));
        QTRY_VERIFY(!desk.messageTexts().isEmpty());
    }

    void theEndOfTheProgramEndsTraining()
    {
        Desk desk(m_folder.path());
        TunePanel *panel = openPanel(desk);
        QVERIFY(panel);
        panel->setPhotoFolder(m_photos);
        panel->setMinutes(60.0);
        QTest::mouseClick(button(panel, "tuneStart"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(panel->state(), TunePanel::State::Running, test::kWaitMilliseconds);
        desk.window.reset(); // joins the threads: would hang
        QVERIFY(!onlyRun().isEmpty());
    }
};

QTEST_MAIN(TestTune)
#include "tst_tune.moc"
