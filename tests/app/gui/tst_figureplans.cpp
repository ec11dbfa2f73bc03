// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "app/gui/resources.h"
#include "tests/app/gui/desk.h"
#include "ui/figuredialog.h"
#include "ui/imageconvert.h"

#include <QAction>
#include <QFileDialog>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QUndoStack>

using namespace bitlens;
using app::CompareController;
using test::Desk;

/// Further plans of the comparison figure, in the dialog of a real window: added from the menu, computed, put in order,
/// remembered, missing on another picture, cancelled.
class TestFigurePlans : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<ui::Theme> m_theme;
    QString m_model;

    QString path(const QString &name) const { return m_folder.filePath(name); }

    void open(Desk &desk, const QString &picture)
    {
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        QVERIFY(test::dropFiles(desk.view, {m_model}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel(), test::kWaitMilliseconds);
        openPicture(desk, picture);
    }

    void openPicture(Desk &desk, const QString &picture)
    {
        QVERIFY(test::dropFiles(desk.view, {picture}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->input().path == picture && desk.session->isResultCurrent()
                                     && !desk.window->comparisons()->isBusy(),
                                 test::kWaitMilliseconds);
    }

    ui::FigureDialog *openDialog(Desk &desk)
    {
        desk.window->activateWindow();
        [&] { QTRY_VERIFY(desk.window->isActiveWindow()); }();
        QTest::keyClick(desk.window.get(), Qt::Key_E, Qt::ControlModifier);
        auto *dialog = desk.window->findChild<ui::FigureDialog *>();
        if (dialog)
            [&] { QTRY_VERIFY_WITH_TIMEOUT(!dialog->preview()->drawing().image.isNull(), test::kWaitMilliseconds); }();
        return dialog;
    }

    static QListWidget *list(QWidget *dialog, const QString &name)
    {
        for (QListWidget *list : dialog->findChildren<QListWidget *>())
            if (list->accessibleName() == name)
                return list;
        return nullptr;
    }
    static QListWidget *plansOf(QWidget *dialog) { return list(dialog, QStringLiteral("Plans in the figure")); }

    static QStringList rows(QWidget *dialog)
    {
        QStringList texts;
        const QListWidget *plans = plansOf(dialog);
        for (int row = 0; row < plans->count(); ++row)
            texts << plans->item(row)->text();
        return texts;
    }

    static QPushButton *button(QWidget *dialog, const QString &text)
    {
        for (QPushButton *child : dialog->findChildren<QPushButton *>())
            if (child->text().remove('&').contains(text) && child->isVisibleTo(dialog))
                return child;
        return nullptr;
    }

    /// Opens the menu of "Add plan" and clicks on an entry.
    static void addPlan(QWidget *dialog, const QString &name)
    {
        QPushButton *add = button(dialog, "Add plan");
        QVERIFY(add);
        QMenu *menu = add->menu();
        QTimer::singleShot(0, menu, [menu, name] {
            QPoint where(-1, -1);
            for (QAction *action : menu->actions())
                if (action->text() == name)
                    where = menu->actionGeometry(action).center();
            if (where.x() >= 0)
                QTest::mouseClick(menu, Qt::LeftButton, {}, where);
            else
                menu->hide(); // a missing entry fails instead of hanging
        });
        QTest::mouseClick(add, Qt::LeftButton);
    }

    /// Labels of the figure's pictures as they are drawn, row by row from the left.
    static QStringList labels(ui::FigureDialog *dialog, const QStringList &wanted)
    {
        QList<std::tuple<double, double, QString>> found;
        for (const ui::FigureText &text : dialog->preview()->drawing().layout.texts)
            if (wanted.contains(text.text))
                found.append({text.position.y(), text.position.x(), text.text});
        std::sort(found.begin(), found.end());
        QStringList names;
        for (const auto &[y, x, name] : found)
            names << name;
        return names;
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", path("data").toUtf8());
        QCoreApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
        m_theme = std::make_unique<ui::Theme>(qApp);
        m_model = test::writeSmallModel(path("small.safetensors"), 2);
    }

    void init() { QFile::remove(path("settings.ini")); }

    void addedPlansAreComputedAndStandInTheFigure()
    {
        Desk desk(m_folder.path(), m_theme.get());
        open(desk, test::writeNoise(path("noise.png"), {48, 40}, 3));
        ui::FigureDialog *dialog = openDialog(desk);
        QVERIFY(dialog);
        QCOMPARE(rows(dialog), QStringList{"multi (in the window)"});
        addPlan(dialog, "w4");
        QTRY_COMPARE_WITH_TIMEOUT(rows(dialog), (QStringList{"multi (in the window)", "w4"}), test::kWaitMilliseconds);
        addPlan(dialog, "int8");
        QTRY_COMPARE_WITH_TIMEOUT(rows(dialog), (QStringList{"multi (in the window)", "w4", "int8"}),
                                  test::kWaitMilliseconds);
        const QStringList all{"LR (nearest)", "FP32", "multi", "w4", "int8"};
        QTRY_COMPARE_WITH_TIMEOUT(labels(dialog, all), all, test::kWaitMilliseconds);

        // int8 | multi | w4, and FP32 behind them: by keys.
        QListWidget *plans = plansOf(dialog);
        plans->setCurrentRow(2);
        QTest::keyClick(plans, Qt::Key_Up, Qt::ControlModifier);
        QTest::keyClick(plans, Qt::Key_Up, Qt::ControlModifier);
        QCOMPARE(rows(dialog), (QStringList{"int8", "multi (in the window)", "w4"}));
        QListWidget *pictures = list(dialog, "Pictures in the figure");
        pictures->setCurrentItem(pictures->findItems("FP32", Qt::MatchExactly).first());
        QTest::keyClick(pictures, Qt::Key_Down, Qt::ControlModifier);
        const QStringList ordered{"LR (nearest)", "int8", "multi", "w4", "FP32"};
        QTRY_COMPARE_WITH_TIMEOUT(labels(dialog, ordered), ordered, test::kWaitMilliseconds);

        // The column is what the window shows for that plan.
        const auto &drawing = dialog->preview()->drawing();
        const auto w4 = std::find_if(drawing.layout.insets.begin(), drawing.layout.insets.end(),
                                     [](const ui::FigureInset &inset) { return inset.picture == 3; });
        QVERIFY(w4 != drawing.layout.insets.end());
        QVERIFY(w4->factor >= 1);
        const QImage inFigure = drawing.image.copy(w4->where);
        const int factor = w4->factor;
        const image::Rect region = drawing.regions.front();
        desk.session->editPlan(quant::planFromArgument("w4", *desk.session->model().generator), "w4");
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), test::kWaitMilliseconds);
        const QImage quantized = ui::toQImage(desk.session->result()->quantized);
        const QImage fp32 = ui::toQImage(desk.session->result()->fp32);
        int different = 0;
        for (int y = 0; y < region.height; ++y)
            for (int x = 0; x < region.width; ++x) {
                const QColor shown = inFigure.pixelColor(x * factor, y * factor);
                QCOMPARE(shown, quantized.pixelColor(region.x + x, region.y + y));
                different += shown != fp32.pixelColor(region.x + x, region.y + y) ? 1 : 0;
            }
        QVERIFY(different > 0); // or the test would prove nothing
        // It is in the window now and stands in the figure once.
        QTRY_COMPARE(rows(dialog), (QStringList{"int8", "w4 (in the window)"}));

        // Delete takes a plan away, but never the window's.
        plans->setCurrentRow(1);
        QTest::keyClick(plans, Qt::Key_Delete);
        QCOMPARE(plans->count(), 2);
        plans->setCurrentRow(0);
        QTest::keyClick(plans, Qt::Key_Delete);
        QTRY_COMPARE(rows(dialog), QStringList{"w4 (in the window)"});
    }

    void onAnotherPictureOneClickComputesWhatIsMissing()
    {
        const QString first = test::writeNoise(path("noise.png"), {48, 40}, 3);
        const QString second = test::writeNoise(path("other.png"), {40, 52}, 4);
        {
            Desk desk(m_folder.path(), m_theme.get());
            open(desk, first);
            ui::FigureDialog *dialog = openDialog(desk);
            QVERIFY(dialog);
            addPlan(dialog, "w4");
            addPlan(dialog, "int8");
            QTRY_COMPARE_WITH_TIMEOUT(rows(dialog), (QStringList{"multi (in the window)", "w4", "int8"}),
                                      test::kWaitMilliseconds);
            desk.window->close();
        }
        // The next start knows them, and so does the next picture; neither computes unasked.
        Desk desk(m_folder.path(), m_theme.get());
        open(desk, first);
        openPicture(desk, second);
        ui::FigureDialog *dialog = openDialog(desk);
        QVERIFY(dialog);
        const QStringList missing{"multi (in the window)", "w4 – not computed", "int8 – not computed"};
        QCOMPARE(rows(dialog), missing);
        QPushButton *compute = button(dialog, "Compute 2 missing plans");
        QVERIFY(compute);
        QTest::mouseClick(compute, Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(rows(dialog), (QStringList{"multi (in the window)", "w4", "int8"}),
                                  test::kWaitMilliseconds);
        QVERIFY(!compute->isVisible());
        const QStringList all{"FP32", "multi", "w4", "int8"};
        QTRY_COMPARE_WITH_TIMEOUT(labels(dialog, all), all, test::kWaitMilliseconds);
    }

    void computingIsCancelledAndGivesWayToTheWindow()
    {
        Desk desk(m_folder.path(), m_theme.get());
        open(desk, test::writeNoise(path("large.png"), {900, 700}, 6));
        ui::FigureDialog *dialog = openDialog(desk);
        QVERIFY(dialog);
        addPlan(dialog, "w4");
        QVERIFY(!rows(dialog).contains("w4"));
        QPushButton *stop = button(dialog, "Stop computing plans");
        QVERIFY(stop);
        QTest::mouseClick(stop, Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(rows(dialog), (QStringList{"multi (in the window)", "w4 – not computed"}),
                                  test::kWaitMilliseconds);
        // Asked for again, it waits while the window compares another plan, and then goes on by itself.
        QTest::mouseClick(button(dialog, "Compute the missing plan"), Qt::LeftButton);
        QSignalSpy finished(desk.window->comparisons(), &CompareController::finished);
        desk.session->editPlan(quant::planFromArgument("int8", *desk.session->model().generator), "int8");
        QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, test::kWaitMilliseconds);
        QVERIFY(!rows(dialog).contains("w4"));
        QTRY_COMPARE_WITH_TIMEOUT(rows(dialog), (QStringList{"int8 (in the window)", "w4"}), test::kWaitMilliseconds);
        // A dialog that is closed computes nothing.
        addPlan(dialog, "paper-srgan");
        QTest::keyClick(dialog, Qt::Key_Escape);
        QTRY_COMPARE_WITH_TIMEOUT(desk.window->engine()->openCount(), 0, test::kWaitMilliseconds);
    }
};

QTEST_MAIN(TestFigurePlans)
#include "tst_figureplans.moc"
