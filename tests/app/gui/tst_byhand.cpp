// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "tests/app/gui/filedialogs.h"
#include "tests/app/gui/paneldesk.h"
#include "ui/activationspanel.h"
#include "ui/plots/histogramplot.h"
#include "ui/views/overlay.h"

#include <QAbstractSpinBox>
#include <QClipboard>
#include <QComboBox>
#include <QDockWidget>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QProcess>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTabBar>
#include <QTemporaryDir>
#include <QToolButton>
#include <QUndoStack>

#include <cmath>

using namespace bitlens;
using test::kWaitMilliseconds;
using test::PanelDesk;
using test::pixelOf;

/// The window by keys and buttons alone, as somebody uses it who has never seen its source: the first click, plans that
/// are copied, saved, taken back and made again, what is read off the picture and the histogram, what is written.
class TestByHand : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<ui::Theme> m_theme;
    std::unique_ptr<PanelDesk> m_desk;
    QString m_model;
    QString m_picture;

    QString path(const QString &name) const { return m_folder.filePath(name); }
    app::Session *session() const { return m_desk->session; }
    template <typename Widget>
    Widget *part(const char *name) const
    {
        return test::part<Widget>(m_desk->window.get(), name);
    }
    void key(QKeyCombination keys) const
    {
        QTest::keyClick(m_desk->window.get(), keys.key(), keys.keyboardModifiers());
    }
    bool isSettled() const
    {
        return session()->isResultCurrent() && !m_desk->window->comparisons()->isBusy()
               && m_desk->window->engine()->openCount() == 0;
    }
    void settle() const { QTRY_VERIFY_WITH_TIMEOUT(isSettled(), kWaitMilliseconds); }
    void openPicture() const
    {
        QVERIFY(test::dropFiles(m_desk->view, {m_model, m_picture}));
        settle();
    }
    void openDesk()
    {
        m_desk = std::make_unique<PanelDesk>(m_folder.path(), m_theme.get());
        m_desk->window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_desk->window.get()));
    }
    void selectLayer(const QString &layer) const
    {
        QTreeView *tree = m_desk->plan->tree();
        const QModelIndex index = m_desk->plan->model()->indexOfPath(layer);
        tree->scrollTo(index);
        QTest::mouseClick(tree->viewport(), Qt::LeftButton, {}, tree->visualRect(index).center());
    }
    /// The mouse over a place of the view. No pointer is moved, which on a shared screen may be elsewhere.
    void hover(const QPointF &at) const
    {
        QMouseEvent move(QEvent::MouseMove, at, m_desk->view->mapToGlobal(at), Qt::NoButton, {}, {});
        QApplication::sendEvent(m_desk->view, &move);
    }
    /// Places of the plan's model where two pictures differ, away from labels.
    QPoint different(const image::Image &a, const image::Image &b, const QRect &among) const
    {
        const QImage first = ui::toQImage(a);
        const QImage second = ui::toQImage(b);
        for (int y = among.top(); y <= among.bottom(); ++y)
            for (int x = among.left(); x <= among.right(); ++x)
                if (first.pixel(x, y) != second.pixel(x, y))
                    return {x, y};
        return {-1, -1};
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        QCoreApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
        qputenv("BITLENS_DATA_DIR", path("data").toUtf8());
        m_theme = std::make_unique<ui::Theme>(qApp);
        m_model = test::writeSmallModel(path("small.safetensors"));
        m_picture = test::writeNoise(path("noise.png"), {60, 44}, 5);
    }
    void init()
    {
        QFile::remove(path("settings.ini"));
        openDesk();
    }
    void cleanup() { m_desk.reset(); }

    /// One click on the first page, and the sample is there on both sides, with its original.
    void theFirstPageOpensTheSampleByOneClick()
    {
        QVERIFY(test::dropFiles(m_desk->view, {m_model}));
        QTRY_VERIFY_WITH_TIMEOUT(session()->hasModel(), kWaitMilliseconds);
        auto *sample = part<QPushButton>("welcomeSample");
        QVERIFY(sample->isVisible());
        QTest::mouseClick(sample, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(session()->hasInput(), kWaitMilliseconds);
        settle();
        QVERIFY(!sample->isVisible());
        QVERIFY(session()->referenceFits());
        key(Qt::CTRL | Qt::Key_0);
        const QRect visible = m_desk->view->visibleRegion();
        const QPoint left(visible.left() + visible.width() / 4, visible.center().y());
        const QPoint right(visible.left() + visible.width() * 3 / 4, visible.center().y());
        QTRY_COMPARE(m_desk->shownAt(left.x(), left.y()), pixelOf(session()->result()->fp32, left.x(), left.y()));
        QTRY_COMPARE(m_desk->shownAt(right.x(), right.y()),
                     pixelOf(session()->result()->quantized, right.x(), right.y()));
        QVERIFY(m_desk->readout("psnrHr.fp32").contains("dB"));
    }

    /// Every kind of edit is a step: all of them back one by one, and all of them again.
    void everyEditIsTakenBackAndMadeAgain()
    {
        openPicture();
        const auto &generator = *session()->model().generator;
        const QString file = path("from-file.json");
        base::writeFileAtomically(file.toStdString(),
                                  quant::BitPlan(generator.layers.size(), {7, 6}).toJson(generator));
        const image::Image before = session()->result()->quantized;
        key(Qt::Key_F6);
        auto *activations = m_desk->window->findChild<ui::ActivationsPanel *>();
        const auto typeRange = [&](const char *end, const QString &value) {
            auto *box = part<QAbstractSpinBox>(end);
            box->setFocus();
            box->selectAll();
            QTest::keyClicks(box, value);
            QTest::keyClick(box, Qt::Key_Return);
        };
        const QList<std::pair<const char *, std::function<void()>>> edits{
            {"slider", [&] { test::dragStage(m_desk->plan, "body", ui::BitPlanModel::WeightColumn, 3); }},
            {"number", [&] { QTest::keyClick(m_desk->plan->tree(), Qt::Key_6); }},
            {"preset",
             [&] {
                 auto *presets = part<QComboBox>("presets");
                 presets->setFocus();
                 QTest::keyClicks(presets, "w4");
             }},
            {"paste",
             [&] {
                 QApplication::clipboard()->setText("*=5/7,tail=8/12");
                 key(Qt::CTRL | Qt::SHIFT | Qt::Key_V);
             }},
            {"only this layer", [&] { key(Qt::CTRL | Qt::Key_L); }},
            {"reset", [&] { key(Qt::CTRL | Qt::Key_Backspace); }},
            {"file", [&] { QVERIFY(test::dropFiles(m_desk->view, {file})); }},
            {"range",
             [&] {
                 QTRY_VERIFY_WITH_TIMEOUT(activations->hasActivations() && isSettled(), kWaitMilliseconds);
                 typeRange("rangeHigh", "0.02");
             }},
            {"calibrated range", [&] {
                 settle();
                 auto *reset = part<QToolButton>("rangeReset");
                 QTRY_VERIFY_WITH_TIMEOUT(reset->isEnabled(), kWaitMilliseconds);
                 QTest::mouseClick(reset, Qt::LeftButton);
             }}};
        using State = std::pair<quant::BitPlan, quant::RangeChoices>;
        const auto now = [&] { return State(session()->plan(), session()->chosenRanges()); };
        std::vector<State> states{now()};
        m_desk->plan->tree()->setFocus();
        selectLayer("body");
        for (const auto &[name, edit] : edits) {
            edit();
            QVERIFY2(now() != states.back(), name);
            states.push_back(now());
        }
        QCOMPARE(session()->undoStack()->count(), static_cast<int>(edits.size()));
        settle();
        const image::Image after = session()->result()->quantized;
        QVERIFY(!after.samePixels(before));
        m_desk->view->setFocus();
        for (std::size_t i = states.size() - 1; i > 0; --i) {
            key(Qt::CTRL | Qt::Key_Z);
            QVERIFY2(now() == states[i - 1], edits[static_cast<qsizetype>(i - 1)].first);
        }
        settle();
        QVERIFY(session()->result()->quantized.samePixels(before));
        for (std::size_t i = 1; i < states.size(); ++i) {
            key(i % 2 == 0 ? Qt::CTRL | Qt::SHIFT | Qt::Key_Z : Qt::CTRL | Qt::Key_Y);
            QVERIFY2(now() == states[i], edits[static_cast<qsizetype>(i - 1)].first);
        }
        settle();
        QVERIFY(session()->result()->quantized.samePixels(after));
    }

    /// Copied, pasted, saved and opened by their keys; what was saved is JSON, and everything else is refused.
    void plansAreCopiedSavedAndOpenedByTheirKeys()
    {
        openPicture();
        m_desk->view->setFocus();
        test::dragStage(m_desk->plan, "head", ui::BitPlanModel::WeightColumn, 5);
        const quant::BitPlan plan = session()->plan();
        key(Qt::CTRL | Qt::SHIFT | Qt::Key_C);
        QVERIFY(QApplication::clipboard()->text().startsWith('{'));
        const QString file = path("mine.json");
        key(Qt::CTRL | Qt::ALT | Qt::Key_P);
        QVERIFY(test::nameFile(m_desk->window.get(), file));
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file), kWaitMilliseconds);
        const std::vector<std::uint8_t> json = base::readFile(file.toStdString());
        QVERIFY(quant::BitPlan::fromJson({json.begin(), json.end()}, *session()->model().generator, "mine") == plan);

        key(Qt::CTRL | Qt::Key_Z);
        QVERIFY(!(session()->plan() == plan));
        key(Qt::CTRL | Qt::SHIFT | Qt::Key_V);
        QVERIFY(session()->plan() == plan);
        key(Qt::CTRL | Qt::Key_Z);
        key(Qt::CTRL | Qt::ALT | Qt::Key_O);
        QVERIFY(test::nameFile(m_desk->window.get(), file));
        QTRY_VERIFY(session()->plan() == plan);
        QApplication::clipboard()->setText("tail=5/99");
        key(Qt::CTRL | Qt::SHIFT | Qt::Key_V);
        QVERIFY(session()->plan() == plan);
        QTRY_VERIFY2(m_desk->messageTexts().join('\n').contains("5/99"), qPrintable(m_desk->messageTexts().join('\n')));
        settle();
    }

    /// A picture from the clipboard, its result in a file, and the session: each by its key.
    void picturesArePastedAndSavedByTheirKeys()
    {
        QVERIFY(test::dropFiles(m_desk->view, {m_model}));
        QTRY_VERIFY_WITH_TIMEOUT(session()->hasModel(), kWaitMilliseconds);
        const QImage picture = ui::toQImage(test::noisePicture({30, 22}, 9));
        QApplication::clipboard()->setImage(picture);
        key(Qt::CTRL | Qt::Key_V);
        QTRY_VERIFY_WITH_TIMEOUT(session()->hasInput(), kWaitMilliseconds);
        settle();
        QCOMPARE(pixelOf(session()->input().picture, 7, 5), picture.pixelColor(7, 5));
        const std::pair<QKeyCombination, QString> saves[]{{Qt::CTRL | Qt::Key_S, path("quantized.png")},
                                                          {Qt::CTRL | Qt::SHIFT | Qt::Key_S, path("fp32.png")}};
        for (const auto &[keys, file] : saves) {
            key(keys);
            QVERIFY(test::nameFile(m_desk->window.get(), file));
            QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file) && !m_desk->window->engine()->isWriting(), kWaitMilliseconds);
        }
        QVERIFY(image::readImage(path("quantized.png").toStdString()).samePixels(session()->result()->quantized));
        QVERIFY(image::readImage(path("fp32.png").toStdString()).samePixels(session()->result()->fp32));

        QVERIFY(test::dropFiles(m_desk->view, {m_picture}));
        QTRY_VERIFY_WITH_TIMEOUT(session()->input().path == m_picture, kWaitMilliseconds);
        key(Qt::CTRL | Qt::ALT | Qt::Key_S);
        const QString file = path("by-key.bitlens");
        QVERIFY(test::nameFile(m_desk->window.get(), file));
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file), kWaitMilliseconds);
        settle();
        openDesk();
        key(Qt::CTRL | Qt::Key_O);
        QVERIFY(test::nameFile(m_desk->window.get(), file));
        QTRY_VERIFY_WITH_TIMEOUT(session()->hasInput() && session()->hasModel(), kWaitMilliseconds);
        QCOMPARE(session()->input().path, m_picture);
        settle();
    }

    /// The divider lies down by its key, and moves by keys then as well.
    void theDividerTurns()
    {
        openPicture();
        key(Qt::CTRL | Qt::SHIFT | Qt::Key_V); // whatever is there; below comes a plan that is seen
        session()->editPlan(quant::BitPlan(session()->plan().size(), {2, 4}), "coarse");
        settle();
        const image::Image fp32 = session()->result()->fp32;
        const image::Image quantized = session()->result()->quantized;
        m_desk->view->setFocus();
        key(Qt::CTRL | Qt::Key_0);
        key(Qt::CTRL | Qt::Key_T);
        const QRect visible = m_desk->view->visibleRegion();
        const int third = visible.height() / 3;
        const QPoint above = different(fp32, quantized, visible.adjusted(20, third / 2, -20, -2 * third));
        const QPoint below = different(fp32, quantized, visible.adjusted(20, 2 * third, -20, -third / 2));
        QVERIFY(above.x() >= 0 && below.x() >= 0);
        QTRY_COMPARE(m_desk->shownAt(above.x(), above.y()), pixelOf(fp32, above.x(), above.y()));
        QTRY_COMPARE(m_desk->shownAt(below.x(), below.y()), pixelOf(quantized, below.x(), below.y()));
        QTest::keyClick(m_desk->view, Qt::Key_End);
        QTRY_COMPARE(m_desk->shownAt(below.x(), below.y()), pixelOf(fp32, below.x(), below.y()));
        QTest::keyClick(m_desk->view, Qt::Key_Home);
        QTRY_COMPARE(m_desk->shownAt(above.x(), above.y()), pixelOf(quantized, above.x(), above.y()));
    }

    /// Below the picture stand place, values of both sides and their difference at the mouse, digit for digit.
    void pixelValuesStandBelowThePicture()
    {
        openPicture();
        session()->editPlan(quant::BitPlan(session()->plan().size(), {2, 4}), "coarse");
        settle();
        key(Qt::CTRL | Qt::Key_0);
        ui::CompareView *view = m_desk->view;
        QSignalSpy hovered(view, &ui::CompareView::pixelHovered);
        hover(QPointF(view->width() / 2.0 - 60.0, view->height() / 2.0 - 30.0));
        QVERIFY(!hovered.isEmpty());
        const QPoint at = hovered.last().first().toPoint();
        const QColor first = pixelOf(session()->result()->fp32, at.x(), at.y());
        const QColor second = pixelOf(session()->result()->quantized, at.x(), at.y());
        const QPixmap shown = view->grab();
        QEvent leave(QEvent::Leave);
        QApplication::sendEvent(view, &leave);
        const QPixmap empty = view->grab();
        const auto drawn = [&](int shift) {
            QPixmap expected = empty;
            QPainter painter(&expected);
            painter.setRenderHint(QPainter::Antialiasing);
            ui::overlay::PixelValues values{
                at, {session()->outputSize().width, session()->outputSize().height}, {}, {}};
            values.entries = {{ui::kFp32Color.lighter(130), first, true},
                              {ui::kQuantizedColor.lighter(120), second, true}};
            values.difference = {second.red() - first.red() + shift, second.green() - first.green(),
                                 second.blue() - first.blue()};
            ui::overlay::drawPixelValues(painter, view->rect(), values);
            painter.end();
            return expected.toImage();
        };
        const QRect bottom(0, view->height() - 40, view->width(), 40);
        const auto cut = [&](const QImage &picture) { return picture.copy(bottom); };
        QVERIFY(cut(shown.toImage()) != cut(empty.toImage()));
        QCOMPARE(cut(shown.toImage()), cut(drawn(0)));
        QVERIFY(cut(shown.toImage()) != cut(drawn(1))); // one level off is seen
    }

    /// The tabs, the axis and the files of the histogram, and that a narrower range clips more.
    void theHistogramIsReadAndSaved()
    {
        openPicture();
        key(Qt::Key_F6);
        auto *panel = m_desk->window->findChild<ui::ActivationsPanel *>();
        QTRY_VERIFY_WITH_TIMEOUT(panel->hasActivations() && panel->isVisible(), kWaitMilliseconds);
        selectLayer("tail");
        QTRY_COMPARE_WITH_TIMEOUT(part<QLabel>("activationsLayer")->text(), QStringLiteral("tail/conv1"),
                                  kWaitMilliseconds);
        settle();
        const auto figures = [&] { return part<QLabel>("activationsFigures")->text(); };
        const auto clipped = [&] {
            const auto found = QRegularExpression("(<?)([0-9.]+) % of the values clipped").match(figures());
            return found.hasMatch() ? found.captured(2).toDouble() : -1.0;
        };
        QVERIFY2(QRegularExpression("bits, [1-9][0-9]* of [1-9][0-9]* levels used").match(figures()).hasMatch(),
                 qPrintable(figures()));
        const double before = clipped();
        QVERIFY(before >= 0.0 && before < 1.0);
        const ui::HistogramPlot *plot = panel->plot();
        auto *canvas = plot->findChild<QWidget *>();
        const QPoint from(static_cast<int>(std::lround(plot->pixelOf(plot->markers()->high))), plot->height() / 3);
        const QPoint to(static_cast<int>(std::lround(plot->pixelOf(plot->markers()->high / 8.0))), plot->height() / 3);
        QTest::mousePress(canvas, Qt::LeftButton, {}, from);
        QTest::mouseMove(canvas, (from + to) / 2);
        QTest::mouseMove(canvas, to);
        QTest::mouseRelease(canvas, Qt::LeftButton, {}, to);
        QTRY_VERIFY2_WITH_TIMEOUT(clipped() > before + 1.0, qPrintable(figures()), kWaitMilliseconds);
        settle();

        const QImage linear = canvas->grab().toImage();
        QTest::mouseClick(part<QAbstractButton>("activationsLog"), Qt::LeftButton, {}, {8, 8});
        QTRY_VERIFY(canvas->grab().toImage() != linear);
        auto *tabs = part<QTabBar>("activationsPages");
        const QString activations = figures();
        QTest::mouseClick(tabs, Qt::LeftButton, {}, tabs->tabRect(1).center());
        QVERIFY2(figures() != activations && !figures().contains("clipped"), qPrintable(figures()));
        QTest::mouseClick(tabs, Qt::LeftButton, {}, tabs->tabRect(2).center());
        QVERIFY(!plot->markers() && plot->isVisible());
        QVERIFY(panel->csv().contains("error,count"));

        for (const auto &[entry, file] : {std::pair(0, path("plot.svg")), std::pair(1, path("plot.csv"))}) {
            auto *save = part<QToolButton>("activationsExport");
            QAction *wanted = save->menu()->actions().at(entry);
            QTimer::singleShot(0, save->menu(), [save, wanted] {
                QTest::mouseClick(save->menu(), Qt::LeftButton, {}, save->menu()->actionGeometry(wanted).center());
                save->menu()->hide(); // an entry that is not hit fails below instead of hanging
            });
            QTest::mouseClick(save, Qt::LeftButton);
            QVERIFY(test::nameFile(m_desk->window.get(), file));
            QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file), kWaitMilliseconds);
        }
        const std::vector<std::uint8_t> csv = base::readFile(path("plot.csv").toStdString());
        QCOMPARE(QString::fromUtf8(reinterpret_cast<const char *>(csv.data()), qsizetype(csv.size())), panel->csv());
    }

    /// What the window bundled, the program replays, and says so.
    void aBundleIsReplayedByTheProgram()
    {
        openPicture();
        const QString file = path("bundle.zip");
        key(Qt::CTRL | Qt::ALT | Qt::Key_B);
        QVERIFY(test::nameFile(m_desk->window.get(), file));
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file) && !m_desk->window->engine()->isWriting(), kWaitMilliseconds);
        QProcess replay;
        replay.start(BITLENS_PROGRAM, {"replay", file});
        QVERIFY(replay.waitForFinished(kWaitMilliseconds));
        const QString said = QString::fromUtf8(replay.readAllStandardOutput());
        QCOMPARE(replay.exitCode(), 0);
        QVERIFY2(said.startsWith("identical: "), qPrintable(said));
    }

    /// Dark and light by their keys: the window's ground and its words change places.
    void coloursFollowTheirKeys()
    {
        const auto lightness = [&] { return m_desk->plan->grab().toImage().pixelColor(2, 2).lightness(); };
        const auto words = [&] { return m_desk->window->palette().color(QPalette::WindowText).lightness(); };
        key(Qt::CTRL | Qt::ALT | Qt::Key_3);
        QTRY_VERIFY(lightness() < 80 && words() > 180);
        key(Qt::CTRL | Qt::ALT | Qt::Key_2);
        QTRY_VERIFY(lightness() > 180 && words() < 80);
    }

    /// A panel that was opened is there in the next start, one that was closed is not; the picture stays the hero.
    void panelsRememberTheirPlace()
    {
        m_desk->window->resize(1440, 900);
        QTRY_COMPARE(m_desk->window->size(), QSize(1440, 900));
        QTRY_VERIFY(10 * m_desk->view->width() >= 6 * m_desk->window->width());
        key(Qt::Key_F6);
        auto *opened = part<QDockWidget>("dock.activations");
        QTRY_VERIFY(opened->isVisible());
        part<QDockWidget>("dock.readouts")->close();
        m_desk->window->close();
        openDesk();
        QTRY_VERIFY(part<QDockWidget>("dock.activations")->isVisible());
        QVERIFY(!part<QDockWidget>("dock.readouts")->isVisible());
        QVERIFY(part<QDockWidget>("dock.bitplan")->isVisible());
    }
};

QTEST_MAIN(TestByHand)
#include "tst_byhand.moc"
