// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/about.h"
#include "app/gui/blamecontroller.h"
#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "app/gui/filecontroller.h"
#include "app/gui/triedplans.h"
#include "engine/compare/activations.h"
#include "tests/app/gui/accessiblenames.h"
#include "tests/app/gui/paneldesk.h"
#include "ui/actions.h"
#include "ui/activationspanel.h"
#include "ui/figuredialog.h"
#include "ui/helpdialog.h"
#include "ui/layerdetail.h"
#include "ui/layernamedelegate.h"
#include "ui/plots/histogramplot.h"
#include "ui/plots/scatterplot.h"
#include "ui/settingsdialog.h"
#include "ui/shortcuts.h"
#include "ui/triedplanspanel.h"

#include <QAction>
#include <QDockWidget>
#include <QMenu>
#include <QSignalSpy>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTextBrowser>
#include <QToolButton>
#include <QUndoStack>

#include <cmath>
#include <utility>

using namespace bitlens;
using app::CompareController;
using test::kWaitMilliseconds;
using test::PanelDesk;
using ui::ActionId;

/// What the panels around the picture owe the user, in the real window: keys that mean what they should, warnings that
/// are seen, names for everything that takes the keyboard.
class TestWindowPanels : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<ui::Theme> m_theme;
    std::unique_ptr<PanelDesk> m_desk;
    QString m_model;

    template <typename Widget>
    Widget *part(const char *name) const
    {
        return test::part<Widget>(m_desk->window.get(), name);
    }
    QAction *action(ActionId id) const { return m_desk->window->findChild<ui::Actions *>()->action(id); }
    void activate() const
    {
        m_desk->window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_desk->window.get()));
    }
    QDockWidget *dock(const char *name) const { return part<QDockWidget>(name); }
    void settle() const
    {
        QTRY_VERIFY_WITH_TIMEOUT(m_desk->session->isResultCurrent() && !m_desk->window->comparisons()->isBusy()
                                     && m_desk->window->engine()->openCount() == 0,
                                 kWaitMilliseconds);
    }
    void openSample() const
    {
        m_desk->window->openModel(m_model);
        m_desk->window->openSample();
        QTRY_VERIFY_WITH_TIMEOUT(m_desk->session->hasInput(), kWaitMilliseconds);
        settle();
    }
    void openPicture(const QImage &picture) const
    {
        m_desk->window->files()->openPicture(picture, "clipboard");
        QTRY_VERIFY_WITH_TIMEOUT(m_desk->session->hasInput()
                                     && m_desk->session->input().picture.width() == picture.width(),
                                 kWaitMilliseconds);
        settle();
    }
    /// To be looked at, in the folder BITLENS_SCREENSHOTS.
    void keepPicture(const QString &name) const
    {
        const QString folder = qEnvironmentVariable("BITLENS_SCREENSHOTS");
        if (!folder.isEmpty())
            QVERIFY(m_desk->window->grab().save(folder + QLatin1Char('/') + name + QStringLiteral(".png")));
    }
    /// A range of the last layer's input that cuts nearly everything off.
    void clip() const
    {
        const int map = m_desk->session->model().generator->layers.back().inputs.front();
        m_desk->session->editRanges({{map, {-0.001F, 0.001F}}}, "narrow");
        settle();
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", m_folder.filePath("data").toUtf8());
        m_theme = std::make_unique<ui::Theme>(qApp);
        m_model = test::writeSmallModel(m_folder.filePath("small.safetensors"));
    }
    void init()
    {
        QFile::remove(m_folder.filePath("settings.ini"));
        m_desk = std::make_unique<PanelDesk>(m_folder.path(), m_theme.get());
        activate();
    }
    void cleanup() { m_desk.reset(); }

    void escapeWhileDraggingASliderGivesTheDragUp()
    {
        openSample();
        const quant::BitPlan before = m_desk->session->plan();
        QTreeView *tree = m_desk->plan->tree();
        const QModelIndex cell =
            m_desk->plan->model()->indexOfPath("body").siblingAtColumn(ui::BitPlanModel::WeightColumn);
        const auto stop = [&](int bits) {
            return ui::BitWidthDelegate::stopOf(tree->visualRect(cell), bits,
                                                cell.data(ui::BitPlanModel::ChoicesRole).value<QList<int>>());
        };
        QSignalSpy cancels(action(ActionId::Cancel), &QAction::triggered);
        QTest::mousePress(tree->viewport(), Qt::LeftButton, {}, stop(8));
        QTest::mouseMove(tree->viewport(), stop(3));
        QVERIFY(m_desk->plan->plan() != before);
        QTest::keyClick(m_desk->window->focusWidget(), Qt::Key_Escape);
        QVERIFY(m_desk->plan->plan() == before);
        QTest::mouseMove(tree->viewport(), stop(2));
        QTest::mouseRelease(tree->viewport(), Qt::LeftButton, {}, stop(2));
        QVERIFY(m_desk->session->plan() == before && m_desk->plan->plan() == before);
        QCOMPARE(cancels.count(), 0);
        settle();
        QTest::keyClick(m_desk->window->focusWidget(), Qt::Key_Escape); // now it is the window's again
        QCOMPARE(cancels.count(), 1);
    }

    void escapeWhileDraggingAMarkerGivesTheDragUp()
    {
        openSample();
        QTest::keyClick(m_desk->window.get(), Qt::Key_F6);
        auto *panel = m_desk->window->findChild<ui::ActivationsPanel *>();
        QTRY_VERIFY_WITH_TIMEOUT(panel->hasActivations() && panel->plot()->markers(), kWaitMilliseconds);
        settle();
        ui::HistogramPlot *plot = panel->plot();
        const double high = plot->markers()->high;
        auto *canvas = plot->findChild<QWidget *>();
        const int y = plot->height() / 3;
        const QPoint from(static_cast<int>(std::lround(plot->pixelOf(high))), y);
        const QPoint to(static_cast<int>(std::lround(plot->pixelOf(high / 4.0))), y);
        QSignalSpy cancels(action(ActionId::Cancel), &QAction::triggered);
        QTest::mousePress(canvas, Qt::LeftButton, {}, from);
        QTest::mouseMove(canvas, to);
        QVERIFY(plot->markers()->high < high);
        QTest::keyClick(m_desk->window->focusWidget(), Qt::Key_Escape);
        QCOMPARE(plot->markers()->high, high);
        QTest::mouseRelease(canvas, Qt::LeftButton, {}, to);
        QVERIFY(m_desk->session->chosenRanges().empty());
        QCOMPARE(cancels.count(), 0);
    }

    void aClippedPictureIsSaidWithoutThePanel()
    {
        // A generator that makes white of white.
        m_desk->window->openModel(QStringLiteral(BITLENS_SOURCE_DIR "/resources/models/bitlens-srgan-x4.safetensors"));
        QTRY_VERIFY_WITH_TIMEOUT(m_desk->session->hasModel(), kWaitMilliseconds);
        QImage white(32, 24, QImage::Format_RGB32);
        white.fill(Qt::white);
        openPicture(white);
        auto *panel = m_desk->window->findChild<ui::ActivationsPanel *>();
        auto *warning = part<QLabel>("readoutsWarning");
        QVERIFY(!panel->isVisible() && !warning->isVisible());
        clip();
        const compare::Result &result = *m_desk->session->result();
        const compare::EndShift shift = compare::endShift(result.fp32, result.quantized);
        QVERIFY(shift.clipsWhite() || shift.clipsBlack()); // else this tests nothing
        QTRY_VERIFY_WITH_TIMEOUT(warning->isVisible(), kWaitMilliseconds);
        QVERIFY(!panel->isVisible());
        QVERIFY2(warning->text().contains("is clipped"), qPrintable(warning->text()));
        QTest::keyClick(m_desk->window.get(), Qt::Key_F6);
        QCOMPARE(part<QLabel>("activationsWarning")->text(), warning->text());
        QTRY_VERIFY_WITH_TIMEOUT(part<QLabel>("activationsWarning")->isVisible(), kWaitMilliseconds);
        keepPicture("clipped");
        m_desk->session->undoStack()->undo();
        settle();
        QTRY_VERIFY_WITH_TIMEOUT(!warning->isVisible(), kWaitMilliseconds);
        // Another picture takes it away at once.
        clip();
        QTRY_VERIFY_WITH_TIMEOUT(warning->isVisible(), kWaitMilliseconds);
        m_desk->session->setInput({test::noisePicture({20, 20}, 5), "noise", {}});
        QVERIFY(!warning->isVisible());
    }

    void resetKnowsWhatTheModelBeganWith()
    {
        openSample();
        m_desk->plan->applyPreset("w4");
        settle();
        auto *reset = part<QToolButton>("resetPlan");
        QVERIFY(!reset->isEnabled());
        m_desk->window->openModel(test::writeSmallModel(m_folder.filePath("other.safetensors"), 2));
        QTRY_COMPARE_WITH_TIMEOUT(m_desk->session->plan().size(), m_desk->session->model().generator->layers.size(),
                                  kWaitMilliseconds);
        QTRY_VERIFY_WITH_TIMEOUT(m_desk->session->model().argument.endsWith("other.safetensors"), kWaitMilliseconds);
        settle();
        QCOMPARE(m_desk->session->planName(), QStringLiteral("w4")); // kept
        QVERIFY(!reset->isEnabled());
        const quant::BitPlan kept = m_desk->session->plan();
        m_desk->session->editPlan(quant::BitPlan(kept.size(), {3, 5}), "by hand");
        QTest::mouseClick(reset, Qt::LeftButton);
        QVERIFY(m_desk->session->plan() == kept);
        settle();
        // A session that was saved under another preset.
        m_desk->session->restorePlan(quant::presetPlan("int8", *m_desk->session->model().generator), {});
        QVERIFY(!reset->isEnabled());
        settle();
    }

    void theMenuOfARowIsOneStep()
    {
        openSample();
        const quant::BitPlan before = m_desk->session->plan();
        QTreeView *tree = m_desk->plan->tree();
        const QModelIndex body = m_desk->plan->model()->indexOfPath("body");
        emit tree->customContextMenuRequested(tree->visualRect(body).center());
        QMenu *menu = nullptr;
        for (QMenu *open : m_desk->plan->findChildren<QMenu *>())
            menu = open->isVisible() ? open : menu;
        QVERIFY(menu);
        for (QAction *offered : menu->actions())
            if (offered->text().contains("FP32"))
                menu->setActiveAction(offered);
        QTest::keyClick(menu, Qt::Key_Return);
        QVERIFY(m_desk->session->plan() != before);
        QCOMPARE(m_desk->session->undoStack()->count(), 1);
        settle();
        QTest::keyClick(m_desk->window.get(), Qt::Key_Z, Qt::ControlModifier);
        QVERIFY(m_desk->session->plan() == before);
        settle();
    }

    void rowsThatAreNotIntegerAreMarked()
    {
        openSample();
        QTreeView *tree = m_desk->plan->tree();
        const QModelIndex tail = m_desk->plan->model()->indexOfPath("tail");
        const auto arithmetic = [&] {
            return static_cast<ui::LayerDetail::Arithmetic>(tail.data(ui::BitPlanModel::ArithmeticRole).toInt());
        };
        const auto ink = [&] {
            const QRectF mark = ui::LayerNameDelegate::markOf(tree->visualRect(tail));
            const QImage shown = tree->viewport()->grab(mark.toAlignedRect().adjusted(-1, -1, 1, 1)).toImage();
            int different = 0;
            for (int y = 0; y < shown.height(); ++y)
                for (int x = 0; x < shown.width(); ++x)
                    different += shown.pixel(x, y) != shown.pixel(0, 0);
            return different;
        };
        QTRY_COMPARE(arithmetic(), ui::LayerDetail::Arithmetic::Integer);
        QCOMPARE(ink(), 0);
        tree->setCurrentIndex(tail.siblingAtColumn(ui::BitPlanModel::WeightColumn));
        auto *badge = part<QLabel>("layerBadge");
        QTRY_COMPARE(badge->text(), QStringLiteral("integer"));
        const auto strength = [&] { return badge->palette().color(QPalette::WindowText).alpha(); };
        QCOMPARE(strength(), 255);
        m_desk->session->editPlan(
            quant::BitPlan::fromRules("*=8/8,tail=fp32/fp32", *m_desk->session->model().generator), "tail in FP32");
        QVERIFY(strength() < 255); // what is said is of the plan before
        settle();
        QTRY_COMPARE(arithmetic(), ui::LayerDetail::Arithmetic::Float);
        QCOMPARE(strength(), 255);
        QVERIFY(ink() > 0);
        QVERIFY(tail.data(Qt::ToolTipRole).toString().contains("FP32"));
        QVERIFY(tail.data(Qt::AccessibleTextRole).toString().contains("FP32"));
        m_theme->setAppearance(ui::Appearance::Dark);
        // Each colour of its own follows, also where one widget gave it to another.
        const QColor ground = m_desk->window->palette().color(QPalette::Window);
        for (const char *name : {"layerBadge", "layerKernel", "planText", "kernels", "size.fp32"}) {
            const QColor written = part<QLabel>(name)->palette().color(QPalette::WindowText);
            QVERIFY2(written.lightness() > ground.lightness() + 60, name);
        }
        QCOMPARE(part<QLabel>("kernels")->palette().color(QPalette::WindowText),
                 ui::tone(ui::Tone::Secondary, m_desk->readouts->palette()));
        keepPicture("marks-dark");
        m_theme->setAppearance(ui::Appearance::Light);
    }

    void picturesOfOneNameHaveTheirOwnPlans()
    {
        m_desk->window->openModel(m_model);
        QTRY_VERIFY_WITH_TIMEOUT(m_desk->session->hasModel(), kWaitMilliseconds);
        const QImage first = ui::toQImage(test::noisePicture({24, 20}, 1));
        const QImage second = ui::toQImage(test::noisePicture({28, 20}, 2));
        openPicture(first);
        m_desk->plan->applyPreset("w4");
        settle();
        QTest::keyClick(m_desk->window.get(), Qt::Key_F10);
        auto *panel = m_desk->window->findChild<ui::TriedPlansPanel *>();
        QTRY_COMPARE(panel->plot()->points().size(), 2);
        openPicture(second);
        QTRY_COMPARE(panel->plot()->points().size(), 1);
        QTest::mouseClick(part<QToolButton>("triedClear"), Qt::LeftButton);
        QCOMPARE(panel->plot()->points().size(), 0);
        openPicture(first);
        QTRY_COMPARE(panel->plot()->points().size(), 2); // its own are still there
        // As a session brings it back: from the file that kept the pasted picture.
        app::OpenedImage kept = m_desk->session->input();
        kept.path = m_folder.filePath("kept.png");
        m_desk->session->setInput(kept);
        settle();
        QTRY_COMPARE(panel->plot()->points().size(), 2);
    }

    void aTriedPlanOfAnotherModelIsSaid()
    {
        openSample();
        app::TriedPlan foreign = m_desk->session->triedPlans()->plans().constFirst();
        foreign.name = foreign.rules = "nosuchlayer=3/3";
        m_desk->session->triedPlans()->record(foreign);
        const quant::BitPlan before = m_desk->session->plan();
        auto *panel = m_desk->window->findChild<ui::TriedPlansPanel *>();
        emit panel->entryPicked(1);
        QVERIFY(m_desk->session->plan() == before);
        QTRY_VERIFY2(m_desk->messageTexts().join('\n').contains("nosuchlayer"),
                     qPrintable(m_desk->messageTexts().join('\n')));
    }

    void blameDoesNotWaitForWhatWillNotCome()
    {
        openSample();
        auto *blame = m_desk->window->findChild<app::BlameController *>();
        CompareController *comparisons = m_desk->window->comparisons();
        auto *summary = part<QLabel>("blameSummary");
        bool cancelled = false;
        connect(comparisons, &CompareController::started, m_desk->window.get(), [&] {
            if (!std::exchange(cancelled, true)) {
                blame->request(QRect(4, 4, 8, 8));
                QVERIFY(summary->text().contains("waiting"));
                QTest::keyClick(m_desk->window.get(), Qt::Key_Escape);
            }
        });
        m_desk->session->editPlan(quant::BitPlan(m_desk->session->plan().size(), {3, 5}), "by hand");
        QTRY_VERIFY_WITH_TIMEOUT(cancelled && !comparisons->isBusy(), kWaitMilliseconds);
        QTRY_VERIFY2(!summary->text().contains("waiting"), qPrintable(summary->text()));
        QVERIFY(part<QLabel>("blameNote")->text().contains("Cancelled"));
        // Again computes the picture first, and then looks.
        QTest::mouseClick(part<QPushButton>("blameAgain"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(part<QLabel>("blameNote")->text().contains("add up"), kWaitMilliseconds);
    }

    void hiddenPanelsComeBackAsTheyWere()
    {
        for (QDockWidget *open : m_desk->window->findChildren<QDockWidget *>())
            open->close();
        QTest::keyClick(m_desk->window.get(), Qt::Key_F9);
        QTest::keyClick(m_desk->window.get(), Qt::Key_F9);
        for (const QDockWidget *closed : m_desk->window->findChildren<QDockWidget *>())
            QVERIFY2(closed->isHidden(), qPrintable(closed->objectName()));
        dock("dock.readouts")->show();
        QTest::keyClick(m_desk->window.get(), Qt::Key_F9);
        QVERIFY(dock("dock.readouts")->isHidden());
        QTest::keyClick(m_desk->window.get(), Qt::Key_F9);
        QVERIFY(!dock("dock.readouts")->isHidden() && dock("dock.bitplan")->isHidden());
    }

    void theKeyOfAPanelBehindAnotherRaisesIt()
    {
        QDockWidget *sensitivity = dock("dock.sensitivity");
        QDockWidget *allocation = dock("dock.allocation");
        const auto isSeen = [](const QDockWidget *panel) { return !panel->visibleRegion().isEmpty(); };
        QTest::keyClick(m_desk->window.get(), Qt::Key_F4);
        QTRY_VERIFY(isSeen(sensitivity));
        QTest::keyClick(m_desk->window.get(), Qt::Key_F3);
        QTRY_VERIFY(isSeen(allocation) && !isSeen(sensitivity));
        QTest::keyClick(m_desk->window.get(), Qt::Key_F4);
        QTRY_VERIFY(isSeen(sensitivity) && !isSeen(allocation));
        QVERIFY(action(ActionId::ShowSensitivity)->isChecked());
        QTest::keyClick(m_desk->window.get(), Qt::Key_F4); // it is in front: now it closes
        QTRY_VERIFY(sensitivity->isHidden());
        QVERIFY(!action(ActionId::ShowSensitivity)->isChecked());
        QTRY_VERIFY(isSeen(allocation));
    }

    void aboutKnowsWhatIsLinked()
    {
        QStringList names;
        for (const app::Component &component : app::components()) {
            names << component.name;
            QVERIFY(!component.licence.isEmpty());
            const bool isData = component.name.contains("model") || component.name.contains("photo")
                                || component.name.contains("Weights");
            QVERIFY2(isData
                         || (!component.version.isEmpty() && component.version.at(0).isDigit()
                             && component.version.contains('.')),
                     qPrintable(component.name));
        }
        for (const char *name : {"QCustomPlot", "FFTW", "Eigen", "OpenSSL", "zlib", "Weights of bitlens-srgan"})
            QVERIFY2(names.contains(QLatin1String(name)), name);
    }

    /// Everything that takes the keyboard says what it is: by its text, or by an accessible name.
    void everythingThatTakesTheKeyboardHasAName()
    {
        openSample();
        for (QDockWidget *panel : m_desk->window->findChildren<QDockWidget *>())
            panel->show();
        for (const QTabBar *tabs : m_desk->window->findChildren<QTabBar *>(Qt::FindDirectChildrenOnly))
            QTRY_VERIFY(!tabs->accessibleName().isEmpty()); // made by the window itself
        const test::AccessibleNames names(m_desk->window.get());
        QVERIFY2(names.nameless.isEmpty(), qPrintable(names.nameless.join('\n')));
        QVERIFY(names.named > 30); // else nothing was looked at
    }

    /// Help with every key of the table, settings and figure: opened by their keys, and all they hold has a name.
    void dialogsOpenByTheirKeysAndNameWhatTheyHold()
    {
        openSample();
        const auto check = [](QDialog *dialog, int atLeast) {
            QVERIFY(dialog && !dialog->isModal());
            QTRY_VERIFY(dialog->isVisible());
            const test::AccessibleNames names(dialog);
            QVERIFY2(names.nameless.isEmpty(), qPrintable(names.nameless.join('\n')));
            QVERIFY2(names.named >= atLeast, qPrintable(QString::number(names.named)));
        };
        QTest::keyClick(m_desk->window.get(), Qt::Key_F1);
        auto *help = m_desk->window->findChild<ui::HelpDialog *>();
        check(help, 1);
        const QString text = help->findChild<QTextBrowser *>()->toPlainText();
        for (const ui::ActionInfo &info : ui::actionTable())
            QVERIFY2(text.contains(ui::shortcutText(info)), qPrintable(info.help));
        help->close();
        activate();
        QTest::keyClick(m_desk->window.get(), Qt::Key_Comma, Qt::ControlModifier);
        auto *settings = m_desk->window->findChild<ui::SettingsDialog *>();
        check(settings, 6);
        settings->close();
        activate();
        QTest::keyClick(m_desk->window.get(), Qt::Key_E, Qt::ControlModifier);
        auto *figure = m_desk->window->findChild<ui::FigureDialog *>();
        check(figure, 15);
        figure->close();
    }
};

QTEST_MAIN(TestWindowPanels)
#include "tst_windowpanels.moc"
