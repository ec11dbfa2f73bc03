// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "app/gui/exportcontroller.h"
#include "app/gui/figurecontroller.h"
#include "app/gui/filecontroller.h"
#include "app/gui/planfiles.h"
#include "app/gui/queuecontroller.h"
#include "engine/model/generatorjson.h"
#include "tests/app/gui/desk.h"
#include "ui/actions.h"
#include "ui/activationspanel.h"
#include "ui/bitplanmodel.h"
#include "ui/bitplanpanel.h"
#include "ui/bitwidthdelegate.h"
#include "ui/blamepanel.h"
#include "ui/imageconvert.h"
#include "ui/plots/histogramplot.h"
#include "ui/plots/scatterplot.h"
#include "ui/triedplanspanel.h"

#include <QAbstractItemView>
#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QDockWidget>
#include <QFile>
#include <QHash>
#include <QRandomGenerator>
#include <QTableView>
#include <QTemporaryDir>
#include <QTreeView>
#include <QUndoStack>
#include <QWheelEvent>

#include <cmath>

using namespace bitlens;
using app::CompareController;
using app::EngineThread;
using app::RequestId;
using test::Desk;

namespace {

/// A plain run has a few; the long run is asked for by the environment.
constexpr int kUsualEvents = 200;
constexpr quint32 kUsualSeed = 20260731;

int fromEnvironment(const char *name, int usual)
{
    bool isNumber = false;
    const int value = qEnvironmentVariableIntValue(name, &isNumber);
    return isNumber ? value : usual;
}

/// Listens to the engine and to the comparisons for as long as the window lives, and writes down what must not be.
class Recorder : public QObject {
public:
    explicit Recorder(const Desk &desk) : m_desk(desk)
    {
        const EngineThread *engine = desk.window->engine();
        connect(engine, &EngineThread::requestFinished, this, [this](RequestId id) { end(id); });
        connect(engine, &EngineThread::requestFailed, this, [this](RequestId id) { end(id); });
        connect(engine, &EngineThread::requestCancelled, this, [this](RequestId id) { end(id); });
        connect(engine, &EngineThread::partAvailable, this, [this](RequestId id) { alive(id, "a part"); });
        connect(engine, &EngineThread::sideReported, this, [this](RequestId id) { alive(id, "numbers"); });
        connect(engine, &EngineThread::comparisonFinished, this, [this](RequestId id) { alive(id, "a result"); });
        connect(engine, &EngineThread::imageOpened, this, [this](RequestId id) { alive(id, "a picture"); });
        connect(engine, &EngineThread::modelOpened, this, [this](RequestId id) { alive(id, "a model"); });
        connect(engine, &EngineThread::progressed, this, [this](RequestId id) { alive(id, "progress"); });

        const CompareController *comparisons = desk.window->comparisons();
        connect(comparisons, &CompareController::finished, this, [this](const compare::Result &result) {
            ++results;
            if (!(result.model->plan == m_desk.session->plan()))
                problems << "a result of another plan was published";
            fits(result);
        });
        connect(comparisons, &CompareController::previewFinished, this,
                [this](const compare::Result &result) { fits(result); });
        connect(comparisons, &CompareController::partAvailable, this, [this](const compare::Part &part) {
            const image::Size size = m_desk.session->outputSize();
            if (part.where.right() > size.width || part.where.bottom() > size.height)
                problems << "a part of another picture was published";
        });
    }

    QStringList problems;
    int results = 0;
    int ends = 0;

private:
    void end(RequestId id)
    {
        ++ends;
        if (++m_ends[id] > 1)
            problems << QStringLiteral("request %1 ended %2 times").arg(id).arg(m_ends[id]);
    }
    void alive(RequestId id, const char *what)
    {
        if (m_ends.contains(id))
            problems << QStringLiteral("request %1 gave %2 after its end").arg(id).arg(what);
    }
    void fits(const compare::Result &result)
    {
        const app::Session *session = m_desk.session;
        if (QString::fromStdString(result.report.input) != session->input().name
            || result.quantized.size() != session->outputSize() || result.fp32.size() != session->outputSize())
            problems << "a result of another picture was published";
        if (result.model->generator != session->model().generator)
            problems << "a result of another model was published";
    }

    const Desk &m_desk;
    QHash<RequestId, int> m_ends;
};

} // namespace

/// A user who does anything at any time, always the same for the same seed. BITLENS_RANDOM_EVENTS says how often,
/// BITLENS_RANDOM_SEED which user.
class TestRandomEvents : public QObject {
    Q_OBJECT

    using Event = std::pair<const char *, void (TestRandomEvents::*)()>;

    QTemporaryDir m_folder;
    QStringList m_pictures;
    QStringList m_models;
    QStringList m_broken;
    QStringList m_plans;
    std::unique_ptr<ui::Theme> m_theme;
    std::unique_ptr<Desk> m_desk;
    std::unique_ptr<Recorder> m_recorder;
    QRandomGenerator m_random;
    QStringList m_log;

    QString path(const QString &name) const { return m_folder.filePath(name); }
    int upTo(int count) { return static_cast<int>(m_random.bounded(count)); }
    template <typename List>
    auto oneOf(const List &list)
    {
        return list.at(upTo(static_cast<int>(list.size())));
    }
    ui::BitPlanPanel *plan() const { return m_desk->window->findChild<ui::BitPlanPanel *>(); }
    app::QueueController *queue() const { return m_desk->window->findChild<app::QueueController *>(); }

    void openDesk()
    {
        m_desk = std::make_unique<Desk>(m_folder.path(), m_theme.get(), false, path("state"));
        m_recorder = std::make_unique<Recorder>(*m_desk);
        QVERIFY(QTest::qWaitForWindowExposed(m_desk->window.get()));
    }

    // What a user may do.
    void dropPicture() { test::dropFiles(m_desk->view, {oneOf(m_pictures)}); }
    void dropModel() { test::dropFiles(m_desk->window.get(), {oneOf(m_models)}); }
    void dropBroken() { test::dropFiles(m_desk->view, {oneOf(m_broken)}); }
    void dropMany() { test::dropFiles(m_desk->view, m_pictures); }
    void openReference() { m_desk->window->files()->openReference(oneOf(m_pictures)); }
    void pastePicture()
    {
        QImage picture(16 + upTo(16), 12 + upTo(12), QImage::Format_RGB32);
        picture.fill(QColor::fromHsv(upTo(360), 200, 200));
        QApplication::clipboard()->setImage(picture);
        m_desk->window->files()->paste();
    }
    void moveSlider()
    {
        const ui::BitPlanModel *model = plan()->model();
        QTreeView *tree = plan()->tree();
        if (model->rowCount() == 0 || !tree->isVisible())
            return;
        const int column = upTo(2) == 0 ? ui::BitPlanModel::WeightColumn : ui::BitPlanModel::ActivationColumn;
        const QModelIndex index = model->index(upTo(model->rowCount()), column);
        tree->scrollTo(index);
        const QRect cell = tree->visualRect(index);
        const auto choices = index.data(ui::BitPlanModel::ChoicesRole).value<QList<int>>();
        if (cell.isEmpty() || choices.isEmpty())
            return;
        const int now = index.data(ui::BitPlanModel::HighestBitsRole).toInt();
        const QPoint from = ui::BitWidthDelegate::stopOf(cell, now, choices);
        QWidget *target = tree->viewport();
        QTest::mousePress(target, Qt::LeftButton, {}, from);
        QPoint to = from;
        for (int step = 1 + upTo(4); step > 0; --step) {
            to = ui::BitWidthDelegate::stopOf(cell, oneOf(choices), choices);
            QTest::mouseMove(target, to);
            breathe();
        }
        QTest::mouseRelease(target, Qt::LeftButton, {}, to);
    }
    void planKey()
    {
        QTreeView *tree = plan()->tree();
        if (plan()->model()->rowCount() == 0 || !tree->isVisible())
            return;
        const QModelIndex index =
            plan()->model()->index(upTo(plan()->model()->rowCount()), ui::BitPlanModel::WeightColumn);
        tree->setCurrentIndex(index);
        tree->setFocus();
        QTest::keyClick(tree,
                        oneOf(QList<Qt::Key>{Qt::Key_Home, Qt::Key_End, Qt::Key_Left, Qt::Key_Right, Qt::Key_Down}));
    }
    void copyAndPastePlan()
    {
        m_desk->window->files()->plans()->copy();
        if (m_desk->session->hasModel())
            m_desk->window->files()->plans()->paste();
    }
    void undo() { m_desk->session->undoStack()->undo(); }
    void redo() { m_desk->session->undoStack()->redo(); }
    void cancel() { m_desk->window->cancel(); }
    void computeAgain() { m_desk->window->comparisons()->requestAgain(); }
    void resize() { m_desk->window->resize(800 + upTo(700), 520 + upTo(400)); }
    void changeMode() { m_desk->view->setMode(static_cast<ui::CompareView::Mode>(upTo(4))); }
    void viewKey()
    {
        m_desk->view->setFocus();
        const auto key =
            oneOf(QList<Qt::Key>{Qt::Key_Left, Qt::Key_Right, Qt::Key_Home, Qt::Key_End, Qt::Key_F, Qt::Key_1,
                                 Qt::Key_Space, Qt::Key_Plus, Qt::Key_Minus, Qt::Key_BracketLeft});
        QTest::keyPress(m_desk->view, key);
        breathe();
        QTest::keyRelease(m_desk->view, key);
    }
    void wheel()
    {
        const QPointF where(upTo(std::max(1, m_desk->view->width())), upTo(std::max(1, m_desk->view->height())));
        QWheelEvent event(where, m_desk->view->mapToGlobal(where), {}, QPoint(0, upTo(2) == 0 ? 120 : -120),
                          Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QApplication::sendEvent(m_desk->view, &event);
    }
    void toggleDock()
    {
        const QList<QDockWidget *> docks = m_desk->window->findChildren<QDockWidget *>();
        oneOf(docks)->toggleViewAction()->trigger();
    }
    void saveResult()
    {
        m_desk->window->files()->save(upTo(2) == 0 ? compare::Side::Fp32 : compare::Side::Quantized,
                                      path(QStringLiteral("result%1.png").arg(upTo(3))));
    }
    /// A panel whose dock a user would have open for what follows.
    template <typename Panel>
    Panel *shown(const char *dock) const
    {
        auto *found = m_desk->window->findChild<QDockWidget *>(QLatin1String(dock));
        found->show();
        found->raise();
        QCoreApplication::processEvents();
        return m_desk->window->findChild<Panel *>();
    }
    void dragMarker()
    {
        ui::HistogramPlot *plot = shown<ui::ActivationsPanel>("dock.activations")->plot();
        if (!plot->markers() || !plot->isVisible())
            return;
        auto *canvas = plot->findChild<QWidget *>();
        const double value = upTo(2) == 0 ? plot->markers()->low : plot->markers()->high;
        const int y = canvas->height() / 2;
        const QPoint from(static_cast<int>(std::lround(plot->pixelOf(value))), y);
        const QPoint to(upTo(std::max(1, canvas->width())), y);
        QTest::mousePress(canvas, Qt::LeftButton, {}, from);
        QTest::mouseMove(canvas, (from + to) / 2);
        breathe(); // the histogram may change meanwhile
        QTest::mouseMove(canvas, to);
        QTest::mouseRelease(canvas, Qt::LeftButton, {}, to);
    }
    void clickTriedPlan()
    {
        const ui::ScatterPlot *plot = shown<ui::TriedPlansPanel>("dock.triedplans")->plot();
        if (plot->points().isEmpty() || !plot->isVisible())
            return;
        const QPoint at = plot->positionOf(upTo(static_cast<int>(plot->points().size()))).toPoint();
        QTest::mouseClick(plot->findChild<QWidget *>(), Qt::LeftButton, {}, at);
    }
    void blamePixel()
    {
        QAction *blame = m_desk->window->findChild<ui::Actions *>()->action(ui::ActionId::Blame);
        if (!blame->isEnabled())
            return;
        if (!m_desk->view->isPicking())
            blame->trigger();
        QTest::mouseClick(m_desk->view, Qt::LeftButton, {}, somewhereIn(m_desk->view));
    }
    void blameRow()
    {
        auto *table = m_desk->window->findChild<ui::BlamePanel *>()->findChild<QTableView *>();
        if (table->model()->rowCount() == 0 || !table->isVisible())
            return;
        const QModelIndex index = table->model()->index(upTo(table->model()->rowCount()), 0);
        table->scrollTo(index);
        QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, table->visualRect(index).center());
    }
    void exportSomething()
    {
        if (!m_desk->session->result())
            return;
        auto *exports = m_desk->window->findChild<app::ExportController *>();
        switch (upTo(4)) {
        case 0:
            exports->exportView(path("view.png"));
            break;
        case 1:
            exports->exportNumbers(path("numbers.json"));
            break;
        case 2:
            exports->exportNumbers(path("numbers.csv"));
            break;
        default:
            m_desk->window->findChild<app::FigureController *>()->writeTo(path("figure.png"));
            break;
        }
    }
    void choosePlan()
    {
        auto *list = m_desk->window->findChild<QComboBox *>(QStringLiteral("planChooser"));
        if (!list->isEnabled() || !list->isVisible())
            return;
        QTest::mouseClick(list, Qt::LeftButton);
        breathe();                          // the list may be filled anew while it is open
        const int last = list->count() - 1; // opens a dialog
        if (last > 0)
            list->view()->setCurrentIndex(list->model()->index(upTo(last), 0));
        QTest::keyClick(list->view(), last > 0 ? Qt::Key_Return : Qt::Key_Escape);
    }
    void dropPlan() { test::dropFiles(m_desk->view, {oneOf(m_plans)}); }
    QPoint somewhereIn(const QWidget *widget)
    {
        const int x = upTo(std::max(1, widget->width()));
        return {x, upTo(std::max(1, widget->height()))};
    }
    void addToQueue() { queue()->add({oneOf(m_pictures)}); }
    void startQueue() { queue()->start(); }
    void pauseQueue() { queue()->pause(); }
    void cancelQueue() { queue()->cancel({}); }
    void closeAndOpenAgain()
    {
        m_desk->window->close();
        // What is being written for the user is written to its end.
        QTRY_VERIFY_WITH_TIMEOUT(!m_desk->window->engine()->isWriting(), test::kWaitMilliseconds);
        QTRY_COMPARE_WITH_TIMEOUT(m_desk->window->engine()->openCount(), 0, test::kWaitMilliseconds);
        QVERIFY2(m_recorder->problems.isEmpty(), qPrintable(m_recorder->problems.join('\n')));
        m_recorder.reset();
        m_desk.reset();
        openDesk();
    }

    /// Lets what was asked for happen, or not yet.
    void breathe()
    {
        if (const int milliseconds = upTo(3) == 0 ? upTo(120) : 0; milliseconds > 0)
            QTest::qWait(milliseconds);
        else
            QCoreApplication::processEvents();
    }

    bool isIdle() const
    {
        return m_desk->window->engine()->openCount() == 0 && !m_desk->window->comparisons()->isBusy();
    }

    QColor shownAt(int x, int y) const
    {
        const ui::CompareView *view = m_desk->view;
        const QRect visible = view->visibleRegion();
        const double ratio = view->devicePixelRatioF();
        const QSize drawn = visible.size() / ratio;
        const QPoint corner((view->width() - drawn.width()) / 2, (view->height() - drawn.height()) / 2);
        return m_desk->view->grab().toImage().pixelColor(QPoint(corner * ratio) + QPoint(x, y) - visible.topLeft());
    }

    void equalsAFreshRun() const
    {
        const app::Session *session = m_desk->session;
        const base::ThreadPool pool(2);
        compare::Request request;
        request.input = session->input().picture;
        request.generator = session->model().generator;
        request.plan = session->plan();
        request.chosenRanges = session->chosenRanges();
        request.measureQuality = false;
        const compare::Result fresh = compare::Comparison(pool).run(request, {});
        QVERIFY(session->result()->fp32.samePixels(fresh.fp32));
        QVERIFY(session->result()->quantized.samePixels(fresh.quantized));
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", path("data").toUtf8());
        QVERIFY(QDir().mkpath(path("state")));
        m_theme = std::make_unique<ui::Theme>(qApp);
        m_pictures = {test::writeNoise(path("a.png"), {48, 36}, 1), test::writeNoise(path("b.png"), {60, 40}, 2),
                      test::writeNoise(path("c.png"), {36, 52}, 3), test::writeNoise(path("d.png"), {192, 144}, 4)};
        m_models = {test::writeSmallModel(path("one.safetensors"), 1),
                    test::writeSmallModel(path("two.safetensors"), 2)};
        const QString compact = path("compact.safetensors");
        base::writeFileAtomically(compact.toStdString(),
                                  model::exportGenerator(*test::syntheticGenerator(test::SrvggShape{})));
        m_models << compact;
        for (const int bits : {4, 10}) { // of the first models, and so not of the last
            const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
            m_plans << path(QStringLiteral("plan%1.json").arg(bits));
            base::writeFileAtomically(m_plans.last().toStdString(),
                                      quant::BitPlan(generator->layers.size(), {bits, bits}).toJson(*generator));
        }
        for (const char *name : {"broken.png", "broken.pth", "notes.txt", "broken.json", "broken.bitlens"}) {
            QFile file(path(name));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write("not what the name says");
            m_broken << file.fileName();
        }
    }

    void anythingAtAnyTime()
    {
        const int count = fromEnvironment("BITLENS_RANDOM_EVENTS", kUsualEvents);
        const auto seed = static_cast<quint32>(fromEnvironment("BITLENS_RANDOM_SEED", int(kUsualSeed)));
        m_random.seed(seed);
        using T = TestRandomEvents;
        // Those that a user does often stand more often.
        const QList<Event> events{{"slider", &T::moveSlider},
                                  {"slider", &T::moveSlider},
                                  {"slider", &T::moveSlider},
                                  {"slider", &T::moveSlider},
                                  {"plan key", &T::planKey},
                                  {"plan key", &T::planKey},
                                  {"picture", &T::dropPicture},
                                  {"picture", &T::dropPicture},
                                  {"model", &T::dropModel},
                                  {"undo", &T::undo},
                                  {"undo", &T::undo},
                                  {"redo", &T::redo},
                                  {"cancel", &T::cancel},
                                  {"cancel", &T::cancel},
                                  {"resize", &T::resize},
                                  {"mode", &T::changeMode},
                                  {"mode", &T::changeMode},
                                  {"view key", &T::viewKey},
                                  {"view key", &T::viewKey},
                                  {"wheel", &T::wheel},
                                  {"wheel", &T::wheel},
                                  {"dock", &T::toggleDock},
                                  {"broken", &T::dropBroken},
                                  {"reference", &T::openReference},
                                  {"paste", &T::pastePicture},
                                  {"paste plan", &T::copyAndPastePlan},
                                  {"again", &T::computeAgain},
                                  {"save", &T::saveResult},
                                  {"many", &T::dropMany},
                                  {"start queue", &T::startQueue},
                                  {"pause queue", &T::pauseQueue},
                                  {"cancel queue", &T::cancelQueue},
                                  {"queue add", &T::addToQueue},
                                  {"marker", &T::dragMarker},
                                  {"marker", &T::dragMarker},
                                  {"tried plan", &T::clickTriedPlan},
                                  {"tried plan", &T::clickTriedPlan},
                                  {"blame", &T::blamePixel},
                                  {"blame", &T::blamePixel},
                                  {"blame row", &T::blameRow},
                                  {"export", &T::exportSomething},
                                  {"plan list", &T::choosePlan},
                                  {"plan list", &T::choosePlan},
                                  {"plan file", &T::dropPlan}};
        constexpr int kEventsPerWindow = 150;
        openDesk();
        dropModel();
        dropPicture();
        int results = 0;
        int ends = 0;
        for (int i = 0; i < count; ++i) {
            const Event event = oneOf(events);
            m_log << QLatin1String(event.first);
            (this->*event.second)();
            breathe();
            if (i % kEventsPerWindow == kEventsPerWindow - 1) {
                m_log << "close";
                results += m_recorder->results;
                ends += m_recorder->ends;
                closeAndOpenAgain();
            }
            if (QTest::currentTestFailed())
                return;
            QVERIFY2(m_recorder->problems.isEmpty(),
                     qPrintable(QStringLiteral("seed %1, event %2 (%3): %4")
                                    .arg(seed)
                                    .arg(i)
                                    .arg(m_log.mid(std::max<qsizetype>(0, m_log.size() - 12)).join(", "),
                                         m_recorder->problems.join('\n'))));
        }

        // The user rests: everything comes to its end.
        queue()->cancel({});
        QTRY_VERIFY_WITH_TIMEOUT(isIdle(), test::kWaitMilliseconds);
        if (!m_desk->session->hasModel())
            test::dropFiles(m_desk->window.get(), {m_models.first()});
        if (!m_desk->session->hasInput())
            test::dropFiles(m_desk->view, {m_pictures.first()});
        QTRY_VERIFY_WITH_TIMEOUT(m_desk->session->hasModel() && m_desk->session->hasInput(), test::kWaitMilliseconds);
        m_desk->window->comparisons()->requestComparison(); // what was cancelled last is wanted now
        QTRY_VERIFY_WITH_TIMEOUT(m_desk->session->isResultCurrent() && isIdle(), test::kWaitMilliseconds);
        QVERIFY2(m_recorder->problems.isEmpty(), qPrintable(m_recorder->problems.join('\n')));
        results += m_recorder->results;
        ends += m_recorder->ends;
        qInfo("%d events of seed %u: %d requests ended, %d results", count, seed, ends, results);
        QVERIFY(results > 0);

        equalsAFreshRun();

        // On the screen as well: a picture large enough to look at, on both sides of the divider.
        test::dropFiles(m_desk->view, {m_pictures.last()});
        QTRY_VERIFY_WITH_TIMEOUT(m_desk->session->input().path == m_pictures.last(), test::kWaitMilliseconds);
        QTRY_VERIFY_WITH_TIMEOUT(m_desk->session->isResultCurrent() && isIdle(), test::kWaitMilliseconds);
        equalsAFreshRun();
        m_desk->window->resize(1440, 900);
        m_desk->view->setMode(ui::CompareView::Mode::Split);
        m_desk->view->setSplitOrientation(Qt::Horizontal);
        m_desk->view->setDividerPosition(0.5);
        m_desk->view->showActualSize();
        const QRect visible = m_desk->view->visibleRegion();
        const QImage left = ui::toQImage(m_desk->session->result()->fp32);
        const QImage right = ui::toQImage(m_desk->session->result()->quantized);
        // Away from labels, which stand at the edges.
        for (int place = 6; place <= 10; ++place) {
            const int y = visible.top() + visible.height() * place / 16;
            const int x = visible.left() + visible.width() / 4;
            QTRY_COMPARE(shownAt(x, y), left.pixelColor(x, y));
            const int mirrored = visible.left() + visible.width() * 3 / 4;
            QTRY_COMPARE(shownAt(mirrored, y), right.pixelColor(mirrored, y));
        }
    }

    void cleanupTestCase()
    {
        m_recorder.reset();
        m_desk.reset();
    }
};

QTEST_MAIN(TestRandomEvents)
#include "tst_randomevents.moc"
