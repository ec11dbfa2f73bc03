// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/autosave.h"
#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "app/gui/filecontroller.h"
#include "app/gui/recentfiles.h"
#include "app/gui/sessioncontroller.h"
#include "app/gui/sessionfile.h"
#include "app/gui/settingscontroller.h"
#include "app/gui/triedplans.h"
#include "engine/base/error.h"
#include "tests/app/gui/desk.h"
#include "ui/bitplanpanel.h"
#include "ui/settingsdialog.h"

#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QMenu>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>

using namespace bitlens;
using app::CompareController;
using app::SessionController;
using app::SessionFile;
using test::Desk;
using Pane = ui::CompareView::Pane;

/// Sessions, the list of recent files, what a crash leaves, and the settings: through the real window.
class TestSessionWindow : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<ui::Theme> m_theme;
    QString m_model;
    QString m_picture;
    QString m_reference;

    QString path(const QString &name) const { return m_folder.filePath(name); }

    void openAll(Desk &desk)
    {
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        QVERIFY(test::dropFiles(desk.view, {m_model}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel(), test::kWaitMilliseconds);
        QSignalSpy finished(desk.window->comparisons(), &CompareController::finished);
        QVERIFY(test::dropFiles(desk.view, {m_picture}));
        QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, test::kWaitMilliseconds);
    }

    SessionController *sessionsOf(const Desk &desk) const { return desk.window->findChild<SessionController *>(); }

    void saveSession(const Desk &desk, const QString &file)
    {
        QSignalSpy saved(sessionsOf(desk), &SessionController::saved);
        sessionsOf(desk)->save(file);
        QTRY_COMPARE_WITH_TIMEOUT(saved.count(), 1, test::kWaitMilliseconds);
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", path("data").toUtf8());
        m_theme = std::make_unique<ui::Theme>(qApp);
        m_model = test::writeSmallModel(path("small.safetensors"), 2);
        m_picture = test::writeNoise(path("noise.png"), {60, 44}, 5);
        m_reference = test::writeNoise(path("original.png"), {240, 176}, 6);
    }

    void init() { QFile::remove(path("settings.ini")); }

    void jsonGoesThereAndBack()
    {
        SessionFile session;
        session.picture = {"/a/cat.png", "cat.png", "00ff"};
        session.model = {"realesrgan-x4plus", {}, {}};
        session.plan = {{"schema", 1}};
        session.ranges[3] = {-0.5F, 1.25F};
        session.view = {"Difference", true, 0.25, {"Bicubic", "Quantized"}, 16, true};
        session.zoom = 2.0;
        session.centre = QPointF(17.5, 4.25);
        session.triedPlans = QJsonArray{1, 2};
        QVERIFY(SessionFile::fromJson(session.toJson(), "x") == session);
        QVERIFY(SessionFile::fromJson(SessionFile().toJson(), "x") == SessionFile());
    }

    /// Divider, zoom and place are those of the picture, which comes later than the rest of the session.
    void theViewComesBackAsItWas()
    {
        const QString file = path("view.bitlens");
        QPointF centre;
        {
            Desk desk(m_folder.path(), m_theme.get());
            openAll(desk);
            desk.view->setMode(ui::CompareView::Mode::Split);
            desk.view->setDividerPosition(0.25);
            desk.view->setZoom(16.0);
            QSignalSpy changed(sessionsOf(desk), &SessionController::changed);
            desk.view->setCentre({60.0, 130.0});
            QVERIFY(!changed.isEmpty()); // or it would not be kept
            centre = desk.view->centre();
            saveSession(desk, file);
        }
        Desk desk(m_folder.path(), m_theme.get());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        QVERIFY(test::dropFiles(desk.view, {file}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), test::kWaitMilliseconds);
        QTRY_COMPARE(desk.view->zoom(), 16.0);
        QCOMPARE(desk.view->dividerPosition(), 0.25);
        // Half a device pixel of rounding in each direction, at 16 of them per output pixel.
        constexpr double kTolerance = 2.0 / 16.0;
        QVERIFY((desk.view->centre() - centre).manhattanLength() <= kTolerance);
        QVERIFY((centre - QPointF(120.0, 88.0)).manhattanLength() > 10.0); // the middle would prove nothing
    }

    void aSessionIsNotWrittenOverAnInput()
    {
        Desk desk(m_folder.path(), m_theme.get());
        openAll(desk);
        const auto before = base::readFile(m_picture.toStdString());
        sessionsOf(desk)->save(m_picture);
        QTRY_COMPARE_WITH_TIMEOUT(desk.messages->count(), 1, test::kWaitMilliseconds);
        QVERIFY2(desk.messageTexts().join('\n').contains("noise.png"), qPrintable(desk.messageTexts().join('\n')));
        QVERIFY(base::readFile(m_picture.toStdString()) == before);
    }

    void otherFilesAreRefusedByName_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("reason");
        QTest::newRow("no JSON") << QByteArray("GIF89a") << "not a session";
        QTest::newRow("a plan") << QByteArray(R"({"schema":1,"layers":{}})") << "not a session";
        QTest::newRow("newer") << QByteArray(R"({"schema":9,"kind":"bitlens session"})") << "schema 9";
        QTest::newRow("empty") << QByteArray() << "not a session";
    }
    void otherFilesAreRefusedByName()
    {
        QFETCH(QByteArray, content);
        QFETCH(QString, reason);
        const QString file = path("other.bitlens");
        QFile other(file);
        QVERIFY(other.open(QIODevice::WriteOnly));
        other.write(content);
        other.close();
        Desk desk(m_folder.path(), m_theme.get());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        QVERIFY(test::dropFiles(desk.view, {file}));
        QTRY_COMPARE_WITH_TIMEOUT(desk.messages->count(), 1, test::kWaitMilliseconds);
        QVERIFY2(desk.messageTexts().join('\n').contains("other.bitlens"), qPrintable(desk.messageTexts().join('\n')));
        QVERIFY2(desk.messageTexts().join('\n').contains(reason), qPrintable(desk.messageTexts().join('\n')));
        QVERIFY(!QApplication::activeModalWidget());
    }

    void aSavedSessionComesBack()
    {
        const QString file = path("work.bitlens");
        quant::BitPlan plan;
        image::Image quantized;
        {
            Desk desk(m_folder.path(), m_theme.get());
            openAll(desk);
            desk.window->files()->openReference(m_reference);
            QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasReference(), test::kWaitMilliseconds);
            plan = desk.session->plan();
            plan.set(1, {4, 6});
            desk.session->editPlan(plan, "one layer");
            desk.session->editRanges({{2, {-0.25F, 0.5F}}}, "a range");
            desk.view->setSidePanes({Pane::Bicubic, Pane::Quantized, Pane::Reference});
            desk.view->setDifferenceGain(32);
            desk.view->setMode(ui::CompareView::Mode::SideBySide);
            desk.view->setZoom(2.0);
            QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), test::kWaitMilliseconds);
            quantized = desk.session->result()->quantized;
            saveSession(desk, file);
        }
        Desk desk(m_folder.path(), m_theme.get());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        desk.view->setMode(ui::CompareView::Mode::Split);
        desk.view->setSidePanes({Pane::Fp32, Pane::Quantized});
        desk.view->setDifferenceGain(2);
        QVERIFY(test::dropFiles(desk.view, {file}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel() && desk.session->hasInput() && desk.session->hasReference()
                                     && !sessionsOf(desk)->isRestoring(),
                                 test::kWaitMilliseconds);
        QVERIFY(desk.session->plan() == plan);
        QCOMPARE(desk.session->chosenRanges().at(2).high, 0.5F);
        QVERIFY(!desk.session->undoStack()->canUndo());
        QVERIFY(desk.session->triedPlans()->plans().size() >= 2); // the first plan and the edited one
        QCOMPARE(desk.session->input().path, m_picture);
        QCOMPARE(desk.session->reference().path, m_reference);
        QCOMPARE(desk.view->mode(), ui::CompareView::Mode::SideBySide);
        QCOMPARE(desk.view->sidePanes(), (QList<Pane>{Pane::Bicubic, Pane::Quantized, Pane::Reference}));
        QCOMPARE(desk.view->differenceGain(), 32);
        QTRY_COMPARE(desk.view->zoom(), 2.0);
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), test::kWaitMilliseconds);
        QVERIFY(desk.session->result()->quantized.samePixels(quantized));
        QCOMPARE(desk.messages->count(), 0);
    }

    void sessionsMoveTogetherWithTheirFiles()
    {
        const QString before = path("before");
        const QString after = path("after");
        QVERIFY(QDir().mkpath(before));
        QVERIFY(QFile::copy(m_picture, before + "/noise.png"));
        SessionFile session;
        session.picture = {before + "/noise.png", {}, app::sha256OfFile(m_picture)};
        session.makeRelativeTo(before);
        base::writeFileAtomically((before + "/moved.bitlens").toStdString(), session.toJson().toStdString());
        QVERIFY(QDir().rename(before, after));
        Desk desk(m_folder.path(), m_theme.get());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        QVERIFY(test::dropFiles(desk.window.get(), {after + "/moved.bitlens"}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasInput(), test::kWaitMilliseconds);
        QCOMPARE(desk.session->input().path, after + "/noise.png");
        QCOMPARE(desk.messages->count(), 0);
    }

    void missingAndChangedFilesAreNamed()
    {
        SessionFile session;
        session.picture = {m_picture, {}, QString(64, '0')};
        session.model = {path("gone.pth"), {}, {}};
        const QString file = path("old.bitlens");
        base::writeFileAtomically(file.toStdString(), session.toJson().toStdString());
        Desk desk(m_folder.path(), m_theme.get());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        QVERIFY(test::dropFiles(desk.view, {file}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasInput(), test::kWaitMilliseconds);
        const QString texts = desk.messageTexts().join('\n');
        QVERIFY2(texts.contains("gone.pth is no longer there"), qPrintable(texts));
        QVERIFY2(texts.contains("noise.png has changed"), qPrintable(texts));
        QVERIFY(!sessionsOf(desk)->isRestoring());
    }

    /// A window that never gets to say goodbye: its folder holds a file without a living owner.
    void afterACrashTheSessionIsOffered()
    {
        const QString state = path("crashed");
        QVERIFY(QDir().mkpath(state + "/sessions"));
        quant::BitPlan plan;
        {
            Desk desk(m_folder.path(), m_theme.get(), false, state);
            openAll(desk);
            plan = desk.session->plan();
            plan.set(0, {3, 8});
            desk.session->editPlan(plan, "head to 3 bits");
            auto *autosave = desk.window->findChild<app::Autosave *>();
            QSignalSpy saved(autosave, &app::Autosave::saved);
            QTRY_VERIFY_WITH_TIMEOUT(saved.count() >= 1 && !sessionsOf(desk)->isRestoring(), test::kWaitMilliseconds);
            autosave->saveNow();
            QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(autosave->path()), test::kWaitMilliseconds);
            // As after kill -9: the file stays, and nobody holds it.
            QVERIFY(QFile::copy(autosave->path(), state + "/sessions/autosave-9.bitlens"));
        }
        QVERIFY(QFile::remove(state + "/sessions/last.bitlens"));
        QFile::remove(path("settings.ini"));
        Desk desk(m_folder.path(), m_theme.get(), false, state);
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        QPushButton *offer = desk.messageButton("Bring it back");
        QVERIFY(offer);
        QVERIFY(!QApplication::activeModalWidget());
        QVERIFY(!desk.session->hasInput());
        QTest::mouseClick(offer, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasInput() && desk.session->hasModel(), test::kWaitMilliseconds);
        QCOMPARE(desk.session->input().path, m_picture);
        QTRY_VERIFY(desk.session->plan() == plan);
        QTRY_VERIFY(QDir(state + "/sessions").entryList({"crashed-*"}).isEmpty());
    }

    void aPastedPictureIsNotLost()
    {
        const QString state = path("pasted");
        QVERIFY(QDir().mkpath(state));
        {
            Desk desk(m_folder.path(), m_theme.get(), false, state);
            QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
            QImage picture(21, 13, QImage::Format_RGB32);
            picture.fill(QColor(10, 200, 90));
            QApplication::clipboard()->setImage(picture);
            desk.window->files()->paste();
            QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasInput(), test::kWaitMilliseconds);
            QTRY_VERIFY_WITH_TIMEOUT(!sessionsOf(desk)->capture().picture.path.isEmpty(), test::kWaitMilliseconds);
            desk.window->close();
        }
        Desk next(m_folder.path(), m_theme.get(), false, state, true);
        QTRY_VERIFY_WITH_TIMEOUT(next.session->hasInput(), test::kWaitMilliseconds);
        QCOMPARE(next.session->input().picture.width(), 21);
        QVERIFY(next.window->findChild<app::RecentFiles *>()->files(app::RecentFiles::Kind::Picture).isEmpty());
    }

    void theLastSessionIsWhereTheNextBegins()
    {
        const QString state = path("last");
        QVERIFY(QDir().mkpath(state));
        {
            Desk desk(m_folder.path(), m_theme.get(), false, state);
            openAll(desk);
            desk.window->close();
        }
        Desk next(m_folder.path(), m_theme.get(), false, state, true);
        QTRY_VERIFY_WITH_TIMEOUT(next.session->hasInput() && next.session->hasModel(), test::kWaitMilliseconds);
        QCOMPARE(next.messages->count(), 0);
        QCOMPARE(next.session->input().path, m_picture);
        // Unless that is switched off.
        ui::SettingsValues values;
        values.restoreSession = false;
        next.window->findChild<app::SettingsController *>()->setValues(values);
        next.window->close();
        Desk empty(m_folder.path(), m_theme.get(), false, state, true);
        QTest::qWait(100);
        QVERIFY(!sessionsOf(empty)->isRestoring());
        QVERIFY(!empty.session->hasInput());
    }

    void recentFilesOpenAgain()
    {
        {
            Desk desk(m_folder.path(), m_theme.get());
            openAll(desk);
            saveSession(desk, path("recent.bitlens"));
            desk.window->close();
        }
        Desk desk(m_folder.path(), m_theme.get());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        auto *recent = desk.window->findChild<app::RecentFiles *>();
        QCOMPARE(recent->files(app::RecentFiles::Kind::Picture), QStringList{m_picture});
        QCOMPARE(recent->files(app::RecentFiles::Kind::Model), QStringList{m_model});
        QCOMPARE(recent->files(app::RecentFiles::Kind::Session), QStringList{path("recent.bitlens")});
        const auto entry = [recent](const QString &text) -> QAction * {
            for (QAction *action : recent->menu()->actions())
                if (action->text() == text)
                    return action;
            return nullptr;
        };
        QVERIFY(entry("noise.png"));
        entry("noise.png")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasInput(), test::kWaitMilliseconds);
        // One that is gone says so and leaves the list.
        QVERIFY(QFile::remove(path("recent.bitlens")));
        entry("recent.bitlens")->trigger();
        QTRY_VERIFY(desk.messageTexts().join('\n').contains("recent.bitlens is no longer there"));
        QTRY_VERIFY(!entry("recent.bitlens"));
    }

    /// Every setting has an effect that can be seen.
    void settingsTakeEffect()
    {
        Desk desk(m_folder.path(), m_theme.get());
        openAll(desk);
        auto *settings = desk.window->findChild<app::SettingsController *>();
        settings->showDialog();
        auto *dialog = desk.window->findChild<ui::SettingsDialog *>();
        QVERIFY(dialog && dialog->isVisible() && !dialog->isModal());
        auto *threads = dialog->findChild<QSpinBox *>("settingsThreads");
        threads->setFocus();
        threads->selectAll();
        QTest::keyClicks(threads, "1");
        QTest::keyClick(threads, Qt::Key_Return);
        QCOMPARE(desk.window->engine()->threads(), 1);
        QVERIFY(desk.window->findChild<QLabel *>("statusMachine")->text().startsWith("1 thread"));

        auto *appearance = dialog->findChild<QComboBox *>("settingsAppearance");
        appearance->setFocus();
        QTest::keyClick(appearance, Qt::Key_End);
        QCOMPARE(m_theme->appearance(), ui::Appearance::Dark);
        QVERIFY(ui::isDark(qApp->palette()));

        auto *plan = dialog->findChild<QComboBox *>("settingsPlan");
        plan->setFocus();
        QTest::keyClicks(plan, "w4");
        QCOMPARE(settings->values().firstPlan, "w4");

        auto *memory = dialog->findChild<QSpinBox *>("settingsMemory");
        memory->setFocus();
        memory->selectAll();
        QTest::keyClicks(memory, "2048");
        QTest::keyClick(memory, Qt::Key_Return);
        QCOMPARE(settings->values().memoryMegabytes, 2048);
        // A comparison still works with the new threads and the new budget.
        QSignalSpy finished(desk.window->comparisons(), &CompareController::finished);
        desk.window->comparisons()->requestAgain();
        QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, test::kWaitMilliseconds);
        dialog->close();
        desk.window->close();

        Desk next(m_folder.path(), m_theme.get());
        QCOMPARE(next.window->findChild<app::SettingsController *>()->values().memoryMegabytes, 2048);
        QVERIFY(test::dropFiles(next.view, {m_model}));
        QTRY_VERIFY_WITH_TIMEOUT(next.session->hasModel(), test::kWaitMilliseconds);
        QCOMPARE(next.session->planName(), "w4");
        m_theme->setAppearance(ui::Appearance::Light);
    }
};

QTEST_MAIN(TestSessionWindow)
#include "tst_sessionwindow.moc"
