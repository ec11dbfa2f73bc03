// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/about.h"
#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "app/gui/filecontroller.h"
#include "app/gui/planfiles.h"
#include "app/gui/resources.h"
#include "tests/app/gui/paneldesk.h"
#include "ui/actions.h"
#include "ui/format.h"
#include "ui/statuspanel.h"

#include <QAction>
#include <QClipboard>
#include <QDockWidget>
#include <QFileInfo>
#include <QMessageBox>
#include <QScopeGuard>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QToolButton>
#include <QUndoStack>

using namespace bitlens;
using app::CompareController;
using app::MainWindow;
using app::Session;
using compare::Side;
using test::dragStage;
using test::pixelOf;
using Desk = test::PanelDesk;

namespace {

constexpr int kWaitMilliseconds = test::kWaitMilliseconds;

void drop(QWidget *target, const QStringList &paths) { QVERIFY(test::dropFiles(target, paths)); }

} // namespace

/// The real window, driven by drops, mouse and keys as a user would; what is asserted stands on the screen.
class TestMainWindow : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<ui::Theme> m_theme;
    QString m_model;
    QString m_noise;

    void openModel(Desk &desk)
    {
        drop(desk.view, {m_model});
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel() || desk.messages->count() > 0, kWaitMilliseconds);
        QVERIFY2(desk.session->hasModel(), qPrintable(desk.messageTexts().join('\n')));
    }

    /// Drops model and sample and waits for the first complete result.
    void openSample(Desk &desk)
    {
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        openModel(desk);
        QSignalSpy finished(desk.window->comparisons(), &CompareController::finished);
        drop(desk.view, {app::sampleInputPath()});
        QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, kWaitMilliseconds);
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", m_folder.filePath("data").toUtf8());
        m_theme = std::make_unique<ui::Theme>(qApp);
        m_model = test::writeSmallModel(m_folder.filePath("small.safetensors"), 2);
        m_noise = test::writeNoise(m_folder.filePath("noise.png"), {1200, 900}, 5);
        QVERIFY2(!app::sampleInputPath().isEmpty(), "the sample is not where the program looks for it");
    }

    void init() { QFile::remove(m_folder.filePath("settings.ini")); }

    void theFirstStartOpensTheModelThatComesWithTheProgram()
    {
        Desk desk(m_folder.path(), m_theme.get(), true);
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel(), kWaitMilliseconds);
        QVERIFY2(desk.window->windowTitle().contains("bitlens-srgan"), qPrintable(desk.window->windowTitle()));
        QCOMPARE(desk.messages->count(), 0);
    }

    void withoutAnyModelItSaysWhatToDo()
    {
        qputenv("BITLENS_RESOURCE_DIR", m_folder.filePath("nothing comes with it").toUtf8());
        const auto restore = qScopeGuard([] { qunsetenv("BITLENS_RESOURCE_DIR"); });
        Desk desk(m_folder.path(), m_theme.get(), true);
        QTRY_COMPARE_WITH_TIMEOUT(desk.messages->count(), 1, kWaitMilliseconds);
        QVERIFY2(desk.messageTexts().join('\n').contains("No model is installed"),
                 qPrintable(desk.messageTexts().join('\n')));
        auto *button = desk.messages->findChild<QPushButton *>();
        QVERIFY(button && button->isVisible());
        QVERIFY(button->text().contains("realesrgan-x4plus"));
        // A model file makes it go away.
        drop(desk.window.get(), {m_model});
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel(), kWaitMilliseconds);
        QTRY_COMPARE(desk.messages->count(), 0);
        QVERIFY(desk.window->windowTitle().contains("small.safetensors"));
    }

    void droppedSampleIsShownOnBothSidesOfTheDivider()
    {
        Desk desk(m_folder.path(), m_theme.get());
        openSample(desk);
        const auto &result = desk.session->result();
        QVERIFY(result.has_value());
        const image::Size input = desk.session->input().picture.size();
        QCOMPARE(result->fp32.width(), input.width * 4);
        QCOMPARE(result->quantized.height(), input.height * 4);
        QVERIFY(desk.window->windowTitle().contains("chelsea_lr.png"));
        QVERIFY2(desk.status().startsWith("Done"), qPrintable(desk.status()));

        desk.view->showActualSize();
        const QRect visible = desk.view->visibleRegion();
        const int y = visible.center().y();
        const int left = visible.left() + visible.width() / 4;
        const int right = visible.left() + visible.width() * 3 / 4;
        QTRY_COMPARE(desk.shownAt(left, y), pixelOf(result->fp32, left, y));
        QTRY_COMPARE(desk.shownAt(right, y), pixelOf(result->quantized, right, y));

        const compare::Report &report = result->report;
        QCOMPARE(desk.readout("size.fp32"), ui::formatBytes(report.fp32.bytes));
        QCOMPARE(desk.readout("size.quantized"), ui::formatBytes(report.quantized.bytes));
        QCOMPARE(desk.readout("time.quantized"), ui::formatSeconds(report.quantized.seconds));
        QVERIFY(report.quantized.psnrFp32.value.has_value());
        QCOMPARE(desk.readout("psnrFp32.quantized"), ui::formatDecibels(*report.quantized.psnrFp32.value));
    }

    void theSampleActionBringsItsReference()
    {
        Desk desk(m_folder.path(), m_theme.get());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        openModel(desk);
        QSignalSpy finished(desk.window->comparisons(), &CompareController::finished);
        desk.window->openSample();
        QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, kWaitMilliseconds);
        QVERIFY(desk.session->referenceFits());
        QVERIFY(desk.session->result()->report.quantized.psnrHr.value.has_value());
        QVERIFY(desk.readouts->findChild<QLabel *>("psnrHr.quantized")->isVisible());
        QCOMPARE(desk.readout("psnrHr.fp32"), ui::formatDecibels(*desk.session->result()->report.fp32.psnrHr.value));
    }

    void movingAStageSliderChangesPictureSizeAndPsnr()
    {
        Desk desk(m_folder.path(), m_theme.get());
        openSample(desk);
        const compare::Result before = *desk.session->result();
        const QString sizeBefore = desk.readout("size.quantized");
        const QString psnrBefore = desk.readout("psnrFp32.quantized");
        const QString fp32Before = desk.readout("size.fp32");

        QSignalSpy finished(desk.window->comparisons(), &CompareController::finished);
        dragStage(desk.plan, "body", ui::BitPlanModel::WeightColumn, 2);
        QTRY_VERIFY_WITH_TIMEOUT(finished.count() >= 1 && desk.session->isResultCurrent(), kWaitMilliseconds);
        QTRY_VERIFY_WITH_TIMEOUT(!desk.window->comparisons()->isBusy(), kWaitMilliseconds);

        const compare::Result after = *desk.session->result();
        QVERIFY(after.fp32.samePixels(before.fp32));
        QVERIFY(!after.quantized.samePixels(before.quantized));
        QVERIFY(after.report.quantized.bytes < before.report.quantized.bytes);
        QVERIFY(*after.report.quantized.psnrFp32.value < *before.report.quantized.psnrFp32.value);
        QVERIFY(desk.readout("size.quantized") != sizeBefore);
        QVERIFY(desk.readout("psnrFp32.quantized") != psnrBefore);
        QCOMPARE(desk.readout("size.fp32"), fp32Before);

        // The screen shows the new picture right of the divider: find a pixel that differs and look at it.
        desk.view->showActualSize();
        const QRect visible = desk.view->visibleRegion();
        const QImage old = ui::toQImage(before.quantized);
        const QImage now = ui::toQImage(after.quantized);
        bool looked = false;
        for (int x = visible.left() + visible.width() * 3 / 4; x < visible.right() - 40 && !looked; ++x) {
            const int y = visible.center().y();
            if (old.pixelColor(x, y) == now.pixelColor(x, y))
                continue;
            QTRY_COMPARE(desk.shownAt(x, y), now.pixelColor(x, y));
            looked = true;
        }
        QVERIFY(looked);

        // Undo brings plan, picture and numbers back.
        desk.session->undoStack()->undo();
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent() && !desk.window->comparisons()->isBusy(),
                                 kWaitMilliseconds);
        QVERIFY(desk.session->result()->quantized.samePixels(before.quantized));
        QTRY_COMPARE(desk.readout("size.quantized"), sizeBefore);
        QVERIFY(desk.plan->plan() == desk.session->plan());
    }

    void keysMoveASliderToo()
    {
        Desk desk(m_folder.path(), m_theme.get());
        openSample(desk);
        const std::size_t before = desk.session->result()->report.quantized.bytes;
        QTreeView *tree = desk.plan->tree();
        const QModelIndex index =
            desk.plan->model()->indexOfPath("tail").siblingAtColumn(ui::BitPlanModel::WeightColumn);
        tree->setCurrentIndex(index);
        tree->setFocus();
        QTest::keyClick(tree, Qt::Key_Home); // the fewest bits
        QCOMPARE(index.data(ui::BitPlanModel::HighestBitsRole).toInt(), 2);
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent() && !desk.window->comparisons()->isBusy(),
                                 kWaitMilliseconds);
        QVERIFY(desk.session->result()->report.quantized.bytes < before);
        QCOMPARE(desk.session->planName(), "custom");
    }

    void aLongRunIsCancelledAndPublishesNothingStale()
    {
        Desk desk(m_folder.path(), m_theme.get());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        openModel(desk);
        const CompareController *comparisons = desk.window->comparisons();
        QSignalSpy progressed(comparisons, &CompareController::progressed);
        QSignalSpy cancelled(comparisons, &CompareController::cancelled);
        QSignalSpy finished(comparisons, &CompareController::finished);
        int late = 0;
        connect(comparisons, &CompareController::partAvailable, desk.window.get(),
                [&] { late += int(cancelled.count()); });
        drop(desk.view, {m_noise});
        QTRY_VERIFY_WITH_TIMEOUT(!progressed.isEmpty(), kWaitMilliseconds);
        auto *button = desk.window->findChild<QToolButton *>("statusCancel");
        QVERIFY(button->isVisible());
        QTest::mouseClick(button, Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(cancelled.count(), 1, kWaitMilliseconds);
        QTest::qWait(100);
        QCOMPARE(finished.count(), 0);
        QCOMPARE(late, 0);
        QVERIFY(!desk.session->result());
        QVERIFY2(desk.status().startsWith("Cancelled"), qPrintable(desk.status()));
        QVERIFY(!button->isVisible());
        QVERIFY(!comparisons->isBusy());
        // And the next picture works as ever.
        drop(desk.view, {app::sampleInputPath()});
        QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, kWaitMilliseconds);
        QCOMPARE(desk.session->result()->fp32.width(), desk.session->input().picture.width() * 4);
    }

    void escapeCancelsAndTheOldPictureComesBack()
    {
        Desk desk(m_folder.path(), m_theme.get());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        desk.window->activateWindow();
        openSample(desk);
        const compare::Result before = *desk.session->result();
        QSignalSpy cancelled(desk.window->comparisons(), &CompareController::cancelled);
        QSignalSpy finished(desk.window->comparisons(), &CompareController::finished);
        // However fast the machine: cancelled before the engine's answer can be delivered.
        desk.session->editPlan(quant::BitPlan(before.model->plan.size(), {2, 4}), "all to 2 bits");
        connect(desk.window->comparisons(), &CompareController::started, desk.window.get(),
                [&] { desk.window->cancel(); });
        QTRY_COMPARE_WITH_TIMEOUT(cancelled.count(), 1, kWaitMilliseconds);
        QCOMPARE(finished.count(), 0);
        QVERIFY(desk.session->result()->quantized.samePixels(before.quantized));
        QVERIFY(!desk.session->isResultCurrent());
        desk.view->showActualSize();
        const QRect visible = desk.view->visibleRegion();
        const int x = visible.left() + visible.width() * 3 / 4;
        QTRY_COMPARE(desk.shownAt(x, visible.center().y()), pixelOf(before.quantized, x, visible.center().y()));
    }

    void errorsStandInTheBarAndNameTheFile_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("expected");
        QTest::newRow("broken picture") << "broken.png" << QByteArray("\x89PNG\r\n\x1a\nnothing more") << "broken.png";
        QTest::newRow("not a picture") << "text.jpg" << QByteArray("only words") << "text.jpg";
        QTest::newRow("broken model") << "broken.pth" << QByteArray("no pickle at all") << "broken.pth";
        QTest::newRow("neither") << "notes.txt" << QByteArray("shopping list") << "notes.txt";
        QTest::newRow("plan without model") << "plan.json" << QByteArray("{}") << "Open a model first";
    }

    void errorsStandInTheBarAndNameTheFile()
    {
        QFETCH(QString, name);
        QFETCH(QByteArray, content);
        QFETCH(QString, expected);
        const QString path = m_folder.filePath(name);
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
        file.close();
        Desk desk(m_folder.path(), m_theme.get());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        drop(desk.view, {path});
        QTRY_COMPARE_WITH_TIMEOUT(desk.messages->count(), 1, kWaitMilliseconds);
        QVERIFY2(desk.messageTexts().join('\n').contains(expected), qPrintable(desk.messageTexts().join('\n')));
        QVERIFY(!QApplication::activeModalWidget());
        QVERIFY(!desk.session->hasInput());
    }

    void aFailedDropKeepsTheComparison()
    {
        const QString path = m_folder.filePath("failing.png");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("\x89PNG\r\n\x1a\n....");
        file.close();
        Desk desk(m_folder.path(), m_theme.get());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        openModel(desk);
        QSignalSpy finished(desk.window->comparisons(), &CompareController::finished);
        QSignalSpy started(desk.window->comparisons(), &CompareController::started);
        drop(desk.view, {app::sampleInputPath()});
        QTRY_VERIFY_WITH_TIMEOUT(started.count() >= 1, kWaitMilliseconds);
        drop(desk.view, {path}); // while it runs
        QTRY_COMPARE_WITH_TIMEOUT(desk.messages->count(), 1, kWaitMilliseconds);
        QTRY_VERIFY_WITH_TIMEOUT(finished.count() >= 1, kWaitMilliseconds);
        QCOMPARE(desk.session->input().name, "chelsea_lr.png");
    }

    void hugePicturesAskFirst()
    {
        const QString path = m_folder.filePath("huge.png");
        QImage huge(8200, 8200, QImage::Format_Mono);
        huge.fill(1);
        QVERIFY(huge.save(path));
        Desk desk(m_folder.path(), m_theme.get());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        drop(desk.view, {path});
        QTRY_COMPARE_WITH_TIMEOUT(desk.messages->count(), 1, kWaitMilliseconds);
        auto *button = desk.messages->findChild<QPushButton *>();
        QVERIFY(button && button->isVisible());
        QCOMPARE(button->text(), "Open anyway");
        QVERIFY(!QApplication::activeModalWidget());
        QVERIFY(!desk.session->hasInput());
        QTest::mouseClick(button, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasInput(), kWaitMilliseconds);
        QCOMPARE(desk.session->input().picture.width(), 8200);
        QCOMPARE(desk.messages->count(), 0);
    }

    void aboutNamesEachLibraryItsVersionAndLicence()
    {
        Desk desk(m_folder.path(), m_theme.get());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        desk.window->findChild<ui::Actions *>()->action(ui::ActionId::About)->trigger();
        QMessageBox *about = nullptr;
        QTRY_VERIFY((about = desk.window->findChild<QMessageBox *>()) != nullptr && about->isVisible());
        const QString text = about->text() + about->informativeText();
        for (const app::Component &component : app::components()) {
            QVERIFY2(text.contains(component.name) && text.contains(component.licence), qPrintable(component.name));
            QVERIFY(text.contains(component.version));
        }
        QVERIFY(text.contains(qVersion()));
        QVERIFY(text.contains("GNU General Public License"));
        about->close();
    }

    void pastedPicturesAreOpened()
    {
        Desk desk(m_folder.path(), m_theme.get());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        QImage picture(12, 9, QImage::Format_RGB32);
        picture.fill(QColor(200, 30, 60));
        QApplication::clipboard()->setImage(picture);
        desk.window->files()->paste();
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasInput(), kWaitMilliseconds);
        QCOMPARE(desk.session->input().picture.width(), 12);
        QCOMPARE(pixelOf(desk.session->input().picture, 3, 3), QColor(200, 30, 60));
    }

    void plansTravelThroughTheClipboard()
    {
        Desk desk(m_folder.path(), m_theme.get());
        openSample(desk);
        const quant::BitPlan original = desk.session->plan();
        desk.window->files()->plans()->copy();
        QVERIFY(QApplication::clipboard()->text().startsWith('{'));
        desk.session->editPlan(quant::BitPlan(original.size(), {4, 4}), "all to 4 bits");
        desk.window->files()->plans()->paste();
        QVERIFY(desk.session->plan() == original);
        QApplication::clipboard()->setText("*=4/8,tail=16/16");
        desk.window->files()->plans()->paste();
        QCOMPARE(desk.session->plan().at(0).weight, 4);
        QCOMPARE(desk.session->plan().at(original.size() - 1).weight, 16);
        QApplication::clipboard()->setText("tail=5/99");
        desk.window->files()->plans()->paste();
        QCOMPARE(desk.session->plan().at(original.size() - 1).weight, 16);
        QTRY_COMPARE(desk.messages->count(), 1);
    }

    void resultsAreSavedAndReadBack()
    {
        Desk desk(m_folder.path(), m_theme.get());
        openSample(desk);
        QCOMPARE(desk.window->files()->proposedName(Side::Quantized),
                 QString("chelsea_lr_x4_%1.png").arg(desk.session->planName()));
        const QString path = m_folder.filePath("saved.png");
        desk.window->files()->save(Side::Quantized, path);
        QTRY_VERIFY_WITH_TIMEOUT(!desk.window->files()->isSaving(), kWaitMilliseconds);
        QVERIFY(image::readImage(path.toStdString()).samePixels(desk.session->result()->quantized));
        // Never over the input.
        const QByteArray inputBefore = [&] {
            QFile file(app::sampleInputPath());
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        }();
        desk.window->files()->save(Side::Fp32, app::sampleInputPath());
        QTRY_VERIFY_WITH_TIMEOUT(!desk.window->files()->isSaving(), kWaitMilliseconds);
        QFile file(app::sampleInputPath());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), inputBefore);
    }

    void settingsAndLastModelComeBack()
    {
        {
            Desk desk(m_folder.path(), m_theme.get());
            QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
            desk.window->resize(1000, 700);
            openSample(desk);
            desk.window->activateWindow();
            QTRY_VERIFY(desk.window->isActiveWindow());
            QTest::keyClick(desk.view, Qt::Key_1, Qt::AltModifier); // bicubic beside the two results
            QTest::keyClick(desk.view, Qt::Key_BracketRight, Qt::ControlModifier);
            desk.window->close();
        }
        Desk desk(m_folder.path(), m_theme.get(), true);
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel(), kWaitMilliseconds);
        QCOMPARE(desk.session->model().argument, m_model);
        QCOMPARE(desk.view->mode(), ui::CompareView::Mode::SideBySide);
        using Pane = ui::CompareView::Pane;
        QCOMPARE(desk.view->sidePanes(), (QList<Pane>{Pane::Bicubic, Pane::Fp32, Pane::Quantized}));
        QCOMPARE(desk.view->differenceGain(), 16);
        QCOMPARE(desk.window->size(), QSize(1000, 700));
    }

    /// From the picture to the bit plan and back without a mouse; a panel that is opened by its key takes the keyboard.
    void theKeyboardReachesThePanels()
    {
        Desk desk(m_folder.path(), m_theme.get());
        openSample(desk);
        desk.window->activateWindow();
        QTRY_VERIFY(desk.window->isActiveWindow());
        desk.view->setFocus();
        QTest::keyClick(desk.view, Qt::Key_F2);
        QTRY_VERIFY(desk.plan->tree()->hasFocus());
        const quant::BitPlan before = desk.session->plan();
        QTest::keyClick(desk.plan->tree(), Qt::Key_Left); // fewer bits of the first stage's weights
        QTRY_VERIFY(!(desk.session->plan() == before));
        QVERIFY(desk.session->plan().at(0).weight < before.at(0).weight);
        QTest::keyClick(desk.plan->tree(), Qt::Key_F2, Qt::ShiftModifier);
        QTRY_VERIFY(desk.view->hasFocus());
        auto *sensitivity = desk.window->findChild<QDockWidget *>("dock.sensitivity");
        QTest::keyClick(desk.view, Qt::Key_F4);
        QTRY_VERIFY(sensitivity->isAncestorOf(desk.window->focusWidget()));
        QTest::keyClick(desk.window->focusWidget(), Qt::Key_F4);
        QTRY_VERIFY(desk.view->hasFocus());
        QVERIFY(!sensitivity->isVisible());
    }

    void aRealSrganRunsInTheWindow()
    {
        const QString weights = qEnvironmentVariable("BITLENS_SHARED") + "/data/weights/srgan5_leftthomas_x4.pth";
        if (!QFileInfo::exists(weights))
            QSKIP("srgan5_leftthomas_x4.pth is not there (BITLENS_SHARED)");
        Desk desk(m_folder.path(), m_theme.get());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        drop(desk.view, {weights});
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel(), kWaitMilliseconds);
        QSignalSpy finished(desk.window->comparisons(), &CompareController::finished);
        desk.window->openSample();
        QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, kWaitMilliseconds);
        const compare::Report report = desk.session->result()->report;
        QVERIFY(report.quantized.psnrFp32.value.value_or(0.0) > 30.0);
        QVERIFY(report.sizeChange().value_or(0.0) < -0.5);
        QVERIFY(desk.readout("size.change").contains("%"));
    }
};

QTEST_MAIN(TestMainWindow)
#include "tst_mainwindow.moc"
