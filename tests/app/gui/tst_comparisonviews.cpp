// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/comparecontroller.h"
#include "app/gui/mainwindow.h"
#include "app/gui/resources.h"
#include "app/gui/session.h"
#include "engine/base/file.h"
#include "engine/image/codec.h"
#include "engine/image/resample.h"
#include "engine/model/generatorjson.h"
#include "tests/engine/support/syntheticgenerator.h"
#include "ui/actions.h"
#include "ui/bitplanmodel.h"
#include "ui/bitplanpanel.h"
#include "ui/blamemodel.h"
#include "ui/blamepanel.h"
#include "ui/imageconvert.h"
#include "ui/theme.h"
#include "ui/views/compareview.h"

#include <QAction>
#include <QApplication>
#include <QDockWidget>
#include <QLabel>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>
#include <QUndoStack>

using namespace bitlens;
using app::CompareController;
using app::MainWindow;
using app::Session;
using ui::CompareView;

namespace {
constexpr int kWaitMilliseconds = 60000; // a bound for hangs, not a measurement
}

/// What the window adds to the compare view: side by side with bicubic and reference, blinking, the difference, hiding
/// panels, and blame. Through keys and mouse.
class TestComparisonViews : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<ui::Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    CompareView *m_view = nullptr;
    Session *m_session = nullptr;

    void key(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) { QTest::keyClick(m_view, key, modifiers); }

    /// Where an output pixel stands in a widget that shows `panes` pictures in a row, at 100 %.
    QPoint place(int x, int y) const
    {
        const QRect visible = m_view->visibleRegion();
        const double ratio = m_view->devicePixelRatioF();
        const QSize drawn = visible.size() / ratio;
        const QPoint corner((m_view->width() - drawn.width()) / 2, (m_view->height() - drawn.height()) / 2);
        return corner + (QPoint(x, y) - visible.topLeft()) / ratio;
    }
    QColor shownAt(const QPoint &position) const
    {
        const QImage screen = m_view->grab().toImage();
        return screen.pixelColor(position * m_view->devicePixelRatioF());
    }
    static QColor pixelOf(const image::Image &picture, int x, int y) { return ui::toQImage(picture).pixelColor(x, y); }

    void settle()
    {
        QTRY_VERIFY_WITH_TIMEOUT(m_session->isResultCurrent() && !m_window->comparisons()->isBusy(), kWaitMilliseconds);
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", m_folder.filePath("data").toUtf8());
        m_theme = std::make_unique<ui::Theme>(qApp);
        const QString model = m_folder.filePath("small.safetensors");
        const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 2, .channels = 8});
        base::writeFileAtomically(model.toStdString(), model::exportGenerator(*generator));
        MainWindow::Options options;
        options.theme = m_theme.get();
        options.settingsFile = m_folder.filePath("settings.ini");
        options.threads = 2;
        options.openFirstModel = false;
        m_window = std::make_unique<MainWindow>(options);
        m_window->show();
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
        m_view = m_window->findChild<CompareView *>();
        m_session = m_window->session();
        m_window->openModel(model);
        QTRY_VERIFY_WITH_TIMEOUT(m_session->hasModel(), kWaitMilliseconds);
        m_window->openSample();
        QTRY_VERIFY_WITH_TIMEOUT(m_session->referenceFits(), kWaitMilliseconds);
        settle();
        m_view->setFocus();
    }

    void cleanupTestCase() { m_window.reset(); }

    void tabHidesThePanels()
    {
        auto *dock = m_window->findChild<QDockWidget *>("dock.bitplan");
        QVERIFY(dock->isVisible());
        key(Qt::Key_Tab);
        QTRY_VERIFY(!dock->isVisible());
        key(Qt::Key_Tab);
        QTRY_VERIFY(dock->isVisible());
        QVERIFY(m_view->hasFocus());
    }

    void altAndDigitsChooseThePanes()
    {
        const image::Image &result = m_session->result()->fp32;
        key(Qt::Key_1, Qt::AltModifier);
        QCOMPARE(m_view->mode(), CompareView::Mode::SideBySide);
        key(Qt::Key_4, Qt::AltModifier);
        QCOMPARE(m_view->sidePanes().size(), 4);
        m_view->showActualSize();
        // Four equal panes show the same output pixel of four pictures.
        const QRect visible = m_view->visibleRegion();
        const QPoint pixel = visible.center();
        const image::Image bicubic = image::resizeBicubic(m_session->input().picture, result.size());
        const QList<QColor> expected{pixelOf(bicubic, pixel.x(), pixel.y()), pixelOf(result, pixel.x(), pixel.y()),
                                     pixelOf(m_session->result()->quantized, pixel.x(), pixel.y()),
                                     pixelOf(m_session->reference().picture, pixel.x(), pixel.y())};
        const QSize size((m_view->width() - 2) / 2, (m_view->height() - 2) / 2);
        const QSize drawn = visible.size() / m_view->devicePixelRatioF();
        const QPoint corner((size.width() - drawn.width()) / 2, (size.height() - drawn.height()) / 2);
        const QPoint inside = corner + (pixel - visible.topLeft()) / m_view->devicePixelRatioF();
        for (int i = 0; i < expected.size(); ++i) {
            const QPoint pane(i % 2 * (m_view->width() - size.width()), i / 2 * (m_view->height() - size.height()));
            QTRY_COMPARE_WITH_TIMEOUT(shownAt(pane + inside), expected[i], kWaitMilliseconds);
        }
        // Two stay at the least.
        for (const Qt::Key digit : {Qt::Key_1, Qt::Key_2, Qt::Key_3, Qt::Key_4})
            key(digit, Qt::AltModifier);
        QCOMPARE(m_view->sidePanes(),
                 (QList<CompareView::Pane>{CompareView::Pane::Quantized, CompareView::Pane::Reference}));
        key(Qt::Key_2, Qt::AltModifier);
        key(Qt::Key_4, Qt::AltModifier);
        QCOMPARE(m_view->sidePanes(),
                 (QList<CompareView::Pane>{CompareView::Pane::Fp32, CompareView::Pane::Quantized}));
    }

    void theDifferenceIsDrivenFromTheMenu()
    {
        key(Qt::Key_5, Qt::ControlModifier);
        QCOMPARE(m_view->mode(), CompareView::Mode::Difference);
        QVERIFY(m_view->isFalseColour());
        const int gain = m_view->differenceGain();
        key(Qt::Key_BracketRight, Qt::ControlModifier);
        QCOMPARE(m_view->differenceGain(), 2 * gain);
        key(Qt::Key_BracketLeft, Qt::ControlModifier);
        QCOMPARE(m_view->differenceGain(), gain);
        key(Qt::Key_C);
        QVERIFY(!m_view->isFalseColour());
        key(Qt::Key_1, Qt::ControlModifier);
        QCOMPARE(m_view->mode(), CompareView::Mode::Split);
    }

    void bShowsThePlanBefore()
    {
        const image::Image before = m_session->result()->quantized;
        const std::size_t layers = m_session->plan().size();
        QVERIFY(!m_view->hasPrevious());
        m_session->editPlan(quant::BitPlan(layers, {2, 4}), "all to 2 bits");
        settle();
        const image::Image now = m_session->result()->quantized;
        QTRY_VERIFY(m_view->hasPrevious());
        m_view->showActualSize();
        const QRect visible = m_view->visibleRegion();
        const int y = visible.center().y();
        int x = visible.left() + visible.width() * 3 / 4;
        while (pixelOf(before, x, y) == pixelOf(now, x, y))
            ++x;
        QTRY_COMPARE(shownAt(place(x, y)), pixelOf(now, x, y));
        QTest::keyPress(m_view, Qt::Key_B);
        QTRY_COMPARE(shownAt(place(x, y)), pixelOf(before, x, y));
        QTest::keyRelease(m_view, Qt::Key_B);
        QTRY_COMPARE(shownAt(place(x, y)), pixelOf(now, x, y));
        // After undo it is the other way round.
        m_session->undoStack()->undo();
        settle();
        QTest::keyPress(m_view, Qt::Key_B);
        QTRY_COMPARE(shownAt(place(x, y)), pixelOf(now, x, y));
        QTest::keyRelease(m_view, Qt::Key_B);
    }

    void blameRanksLayersAndSelectsThem()
    {
        auto *dock = m_window->findChild<QDockWidget *>("dock.blame");
        auto *panel = m_window->findChild<ui::BlamePanel *>();
        QVERIFY(!dock->isVisible());
        const auto generator = m_session->model().generator;
        m_session->editPlan(quant::BitPlan::fromRules("*=12/12,body/block2/conv1=2/4", *generator), "one bad layer");
        settle();
        m_view->setFocus();
        key(Qt::Key_B, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_VERIFY(dock->isVisible());
        QVERIFY(m_view->isPicking());
        QVERIFY(panel->findChild<QLabel *>("blameExplanation")->isVisible());
        QTest::mouseClick(m_view, Qt::LeftButton, {}, place(m_view->visibleRegion().center().x() + 60, 200));
        const auto note = panel->findChild<QLabel *>("blameNote");
        QTRY_VERIFY_WITH_TIMEOUT(note->isVisible(), kWaitMilliseconds);
        QCOMPARE(panel->model()->rowCount(), static_cast<int>(generator->layers.size()));
        QCOMPARE(panel->model()->index(0, 0).data(ui::BlameModel::PathRole).toString(), "body/block2/conv1");
        QVERIFY(panel->model()->index(0, 0).data(ui::BlameModel::ShareRole).toDouble() > 0.8);
        QCOMPARE(m_view->markedRegion().size(), QSize(1, 1));
        // A region, by dragging.
        const QPoint from = place(m_view->visibleRegion().center().x() + 60, 200);
        QTest::mousePress(m_view, Qt::LeftButton, {}, from);
        QTest::mouseMove(m_view, from + QPoint(20, 10));
        QTest::mouseMove(m_view, from + QPoint(40, 30));
        QTest::mouseRelease(m_view, Qt::LeftButton, {}, from + QPoint(40, 30));
        QTRY_VERIFY_WITH_TIMEOUT(note->isVisible(), kWaitMilliseconds);
        QCOMPARE(m_view->markedRegion().size(), QSize(41, 31));
        // A click on a row selects the layer in the bit plan.
        QTableView *table = panel->table();
        QTest::mouseClick(table->viewport(), Qt::LeftButton, {},
                          table->visualRect(panel->model()->index(0, 0)).center());
        auto *plan = m_window->findChild<ui::BitPlanPanel *>();
        QCOMPARE(plan->tree()->currentIndex().data(ui::BitPlanModel::PathRole).toString(), "body/block2/conv1");
        // Another plan: the answer is no longer its.
        m_session->editPlan(quant::BitPlan(m_session->plan().size(), {8, 8}), "all to 8 bits");
        QTRY_VERIFY(!table->isEnabled());
        settle();
        QTest::keyClick(m_view, Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(table->isEnabled() && note->isVisible(), kWaitMilliseconds);
        key(Qt::Key_B, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(!m_view->isPicking());
    }
};

QTEST_MAIN(TestComparisonViews)
#include "tst_comparisonviews.moc"
