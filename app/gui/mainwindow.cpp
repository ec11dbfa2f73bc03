// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/mainwindow.h"

#include "app/gui/blamecontroller.h"
#include "app/gui/closingguard.h"
#include "app/gui/comparecontroller.h"
#include "app/gui/docks.h"
#include "app/gui/enginethread.h"
#include "app/gui/exportcontroller.h"
#include "app/gui/figurecontroller.h"
#include "app/gui/filecontroller.h"
#include "app/gui/insight.h"
#include "app/gui/modelchooser.h"
#include "app/gui/modelcontroller.h"
#include "app/gui/panecontroller.h"
#include "app/gui/planlist.h"
#include "app/gui/queuecontroller.h"
#include "app/gui/recentfiles.h"
#include "app/gui/resources.h"
#include "app/gui/resultpresenter.h"
#include "app/gui/sensitivitycontroller.h"
#include "app/gui/session.h"
#include "app/gui/sessioncontroller.h"
#include "app/gui/sessionkeeper.h"
#include "app/gui/settingscontroller.h"
#include "app/gui/tunecontroller.h"
#include "app/gui/windowactions.h"
#include "app/gui/windowsettings.h"
#include "engine/base/cpu.h"
#include "ui/actions.h"
#include "ui/activationspanel.h"
#include "ui/allocationpanel.h"
#include "ui/bitplanpanel.h"
#include "ui/blamepanel.h"
#include "ui/droppeddata.h"
#include "ui/icons.h"
#include "ui/messagebar.h"
#include "ui/queuepanel.h"
#include "ui/readoutspanel.h"
#include "ui/sensitivitypanel.h"
#include "ui/statuspanel.h"
#include "ui/theme.h"
#include "ui/triedplanspanel.h"
#include "ui/tunepanel.h"
#include "ui/views/compareview.h"

#include <QAction>
#include <QApplication>
#include <QCloseEvent>
#include <QDir>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QImage>
#include <QMenu>
#include <QMimeData>
#include <QStatusBar>
#include <QVBoxLayout>

namespace bitlens::app {

namespace {
constexpr QSize kFirstSize{1440, 900};
constexpr QSize kSmallest{800, 520};
} // namespace

struct MainWindow::Private {
    explicit Private(const Options &options) : engine(options.threads), comparisons(&session, &engine) {}

    Session session;
    EngineThread engine;
    CompareController comparisons;

    ui::Theme *theme = nullptr;
    ui::MessageBar *messages = nullptr;
    ui::CompareView *view = nullptr;
    ui::BitPlanPanel *plan = nullptr;
    ui::ReadoutsPanel *readouts = nullptr;
    ui::StatusPanel *status = nullptr;
    ui::QueuePanel *queuePanel = nullptr;
    ModelChooser *chooser = nullptr;
    PlanChooser *planChooser = nullptr;
    ClosingGuard *closing = nullptr;

    FileController *files = nullptr;
    ModelController *models = nullptr;
    QueueController *queue = nullptr;
    SessionController *sessions = nullptr;
    SettingsController *choices = nullptr;
    RecentFiles *recent = nullptr;
    SessionKeeper *keeper = nullptr; ///< null: the session is not kept
    WindowActions *actions = nullptr;
    FigureController *figure = nullptr;
    ExportController *exports = nullptr;
    Insight *insight = nullptr;
    BlameController *blame = nullptr;
    SensitivityController *sensitivity = nullptr;
    TuneController *tuning = nullptr;
    std::unique_ptr<WindowSettings> settings;

    void buildWidgets(MainWindow *window);
    void buildControllers(MainWindow *window);
    void buildBlame(MainWindow *window);
    void buildQueue(MainWindow *window, const QString &stateFolder);
    void buildExports(MainWindow *window);
    void buildSessions(MainWindow *window);
    void close() const;
    void buildInsight(MainWindow *window);
    void buildTuning(MainWindow *window);
    void buildSensitivity(MainWindow *window);
    void connectPlan(MainWindow *window);
    void connectView(MainWindow *window);
    void connectStatus(MainWindow *window);
    void updateTitle(MainWindow *window) const;
    /// A dock that is hidden until its action asks for it.
    QDockWidget *addHiddenDock(MainWindow *window, const QString &title, QWidget *content, ui::ActionId action,
                               const QString &objectName) const;
};

MainWindow::MainWindow(const Options &options, QWidget *parent)
    : QMainWindow(parent), d(std::make_unique<Private>(options))
{
    setObjectName(QStringLiteral("mainWindow"));
    setWindowIcon(ui::applicationIcon());
    setAcceptDrops(true);
    setMinimumSize(kSmallest);
    resize(kFirstSize);
    d->theme = options.theme;
    d->buildWidgets(this);
    d->buildControllers(this);
    d->buildInsight(this);
    d->buildSensitivity(this);
    d->connectPlan(this);
    d->connectView(this);
    d->connectStatus(this);
    d->updateTitle(this);

    d->settings = std::make_unique<WindowSettings>(
        WindowSettings::Parts{this, d->theme, d->view, d->files, d->actions->actions()}, options.settingsFile);
    d->buildTuning(this);
    d->buildQueue(this, options.stateFolder);
    d->buildSessions(this);
    d->buildExports(this);
    d->settings->restore();
    d->choices =
        new SettingsController({d->settings->settings(), &d->session, &d->engine, &d->comparisons, d->queue, d->status,
                                d->actions->actions(), d->theme, this, options.threads, options.stateFolder},
                               this);
    connect(&d->session, &Session::modelChanged, this, [this] { d->settings->setModel(d->session.model().argument); });
    if (options.openFirstModel) {
        const QString wanted = d->choices->values().startModel;
        d->models->start(wanted.isEmpty() ? d->settings->model() : wanted);
    }
    if (!options.stateFolder.isEmpty()) {
        d->queue->restore();
        d->keeper = new SessionKeeper({d->sessions, d->messages, options.stateFolder + QStringLiteral("/queue.json")},
                                      options.stateFolder + QStringLiteral("/sessions"), this);
        d->keeper->begin(options.restoreSession && d->choices->values().restoreSession);
    }
    d->view->setFocus();
}

MainWindow::~MainWindow()
{
    d->close();
    d->closing->release();
    // Their signals find a window that is still whole.
    d->engine.shutdown();
    disconnect(&d->engine, nullptr, nullptr, nullptr);
}

QDockWidget *MainWindow::Private::addHiddenDock(MainWindow *window, const QString &title, QWidget *content,
                                                ui::ActionId action, const QString &objectName) const
{
    QDockWidget *dock = addDock(window, title, content, Qt::BottomDockWidgetArea, objectName);
    connectDock(dock, actions->actions()->action(action), view);
    return dock;
}

void MainWindow::Private::buildWidgets(MainWindow *window)
{
    messages = new ui::MessageBar(window);
    view = new ui::CompareView(window);
    auto *center = new QWidget(window);
    auto *column = new QVBoxLayout(center);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(messages);
    column->addWidget(view, 1);
    window->setCentralWidget(center);

    plan = new ui::BitPlanPanel(window);
    readouts = new ui::ReadoutsPanel(window);
    addDock(window, tr("Bit plan"), plan, Qt::LeftDockWidgetArea, QStringLiteral("dock.bitplan"));
    addDock(window, tr("Readouts"), readouts, Qt::RightDockWidgetArea, QStringLiteral("dock.readouts"));

    status = new ui::StatusPanel(window);
    status->setThreads(engine.threads());
    status->setKernels(QString::fromStdString(base::instructionSetName(base::cpuFeatures())));
    window->statusBar()->setSizeGripEnabled(false);
    window->statusBar()->addPermanentWidget(status, 1);

    chooser = new ModelChooser(window);
    planChooser = new PlanChooser(window);
}

void MainWindow::Private::buildControllers(MainWindow *window)
{
    files = new FileController({&session, &engine, &comparisons, messages, window}, window);
    models = new ModelController({&session, &engine, files, chooser, messages}, window);
    const auto *results =
        new ResultPresenter({&session, &engine, &comparisons, view, readouts, status, messages}, window);
    actions =
        new WindowActions({window, theme, &session, &comparisons, files, view, plan, chooser, planChooser}, window);
    new PaneController({&session, &engine, &comparisons, results->displays(), view, actions->actions(), messages},
                       window);
    buildBlame(window);
    connect(actions, &WindowActions::cancelRequested, window, &MainWindow::cancel);
    closing = new ClosingGuard(window, &engine, window);
}

void MainWindow::Private::buildExports(MainWindow *window)
{
    figure = new FigureController(
        {&session, &engine, &comparisons, insight->scores(), files, view, messages, settings->settings(), window},
        window);
    exports = new ExportController({&session, &engine, &comparisons, files, figure, insight->costs(), insight->scores(),
                                    view, actions->actions(), messages, status, window},
                                   window);
}

void MainWindow::Private::buildQueue(MainWindow *window, const QString &stateFolder)
{
    queuePanel = new ui::QueuePanel(window);
    addDock(window, tr("Queue"), queuePanel, Qt::BottomDockWidgetArea, QStringLiteral("dock.queue"));
    auto *dock = window->findChild<QDockWidget *>(QStringLiteral("dock.queue"));
    dock->hide();
    const QString file = stateFolder.isEmpty() ? QString() : stateFolder + QStringLiteral("/queue.json");
    queue = new QueueController({&session, &engine, &comparisons, queuePanel, messages, window}, file, window);
    const auto show = [dock] {
        dock->show();
        dock->raise();
    };
    connect(queue, &QueueController::panelWanted, window, show);
    connect(queue, &QueueController::openRequested, files, &FileController::openImage);
    connect(files, &FileController::queueRequested, queue, &QueueController::add);
    connect(actions->actions()->action(ui::ActionId::ShowQueue), &QAction::triggered, window, [this, show] {
        show();
        queuePanel->setFocus();
    });
}

void MainWindow::Private::buildSessions(MainWindow *window)
{
    sessions = new SessionController({&session, &engine, files, view, messages, window}, window);
    connect(files, &FileController::sessionRequested, sessions, &SessionController::open);
    connect(actions->actions()->action(ui::ActionId::SaveSession), &QAction::triggered, sessions,
            &SessionController::showSaveDialog);

    recent = new RecentFiles(settings->settings(), window);
    actions->actions()->action(ui::ActionId::OpenRecent)->setMenu(recent->menu());
    // By its key there is no menu to open it from.
    connect(actions->actions()->action(ui::ActionId::OpenRecent), &QAction::triggered, window,
            [this] { recent->menu()->popup(view->mapToGlobal(view->rect().topLeft())); });
    connect(recent, &RecentFiles::openRequested, window, [this](const QString &path) { files->openPaths({path}); });
    connect(recent, &RecentFiles::missing, window, [this](const QString &path) {
        messages->postError(tr("%1 is no longer there").arg(QDir::toNativeSeparators(path)));
    });
    new PlanList({&session, planChooser, plan, insight->tried(), files, recent, actions->actions()}, window);
    connect(insight, &Insight::planSaved, recent,
            [this](const QString &path) { recent->add(RecentFiles::Kind::Plan, path); });
    rememberFiles(recent, &session, sessions,
                  [this](const QString &path) { return path == sampleInputPath() || (keeper && keeper->owns(path)); });
}

void MainWindow::Private::close() const
{
    queue->close();
    if (keeper)
        keeper->close();
}

void MainWindow::Private::buildBlame(MainWindow *window)
{
    auto *panel = new ui::BlamePanel(window);
    addDock(window, tr("Blame"), panel, Qt::RightDockWidgetArea, QStringLiteral("dock.blame"));
    auto *dock = window->findChild<QDockWidget *>(QStringLiteral("dock.blame"));
    window->tabifyDockWidget(window->findChild<QDockWidget *>(QStringLiteral("dock.readouts")), dock);
    dock->hide(); // until it is asked for: the picture comes first
    blame = new BlameController({&session, &engine, &comparisons, view, panel, plan, actions->actions(), dock}, window);
}

void MainWindow::Private::buildInsight(MainWindow *window)
{
    insight = new Insight(
        {window, &session, &engine, &comparisons, files, view, readouts, plan, status, messages, actions->actions()},
        window);
    addHiddenDock(window, tr("Activations"), insight->activations(), ui::ActionId::ShowActivations,
                  QStringLiteral("dock.activations"));
    addHiddenDock(window, tr("Tried plans"), insight->triedPlans(), ui::ActionId::ShowTriedPlans,
                  QStringLiteral("dock.triedplans"));
}

void MainWindow::Private::buildTuning(MainWindow *window)
{
    auto *panel = new ui::TunePanel(window);
    tuning = new TuneController({&session, &engine, files, panel, messages, settings->settings(), window}, window);
    connect(tuning, &TuneController::closeAgreed, window, &QWidget::close);
    addHiddenDock(window, tr("Tune"), panel, ui::ActionId::ShowTuning, QStringLiteral("dock.tune"));
}

void MainWindow::Private::buildSensitivity(MainWindow *window)
{
    auto *panel = new ui::SensitivityPanel(window);
    auto *allocation = new ui::AllocationPanel(window);
    sensitivity =
        new SensitivityController({&session, &engine, files, panel, allocation, plan, messages, window}, window);
    QDockWidget *first = addHiddenDock(window, tr("Sensitivity"), panel, ui::ActionId::ShowSensitivity,
                                       QStringLiteral("dock.sensitivity"));
    QDockWidget *second = addHiddenDock(window, tr("Allocate"), allocation, ui::ActionId::ShowAllocation,
                                        QStringLiteral("dock.allocation"));
    window->tabifyDockWidget(first, second);
}

void MainWindow::Private::connectPlan(MainWindow *window)
{
    connect(&session, &Session::modelChanged, window, [this] {
        plan->setGenerator(session.model().generator);
        plan->beginWith(session.plan());
    });
    connect(&session, &Session::planRestored, window, [this] { plan->beginWith(session.plan()); });
    connect(&session, &Session::planChanged, window, [this](const quant::BitPlan &now) { plan->setPlan(now); });
    connect(plan, &ui::BitPlanPanel::planEdited, &session, &Session::editPlan);
    // A slider that came back to where it was is no edit, but the preview in between has to go.
    connect(plan, &ui::BitPlanPanel::planEdited, &comparisons, &CompareController::requestComparison);
    connect(plan, &ui::BitPlanPanel::planPreviewed, &comparisons, &CompareController::previewPlan);
}

void MainWindow::Private::connectView(MainWindow *window)
{
    connect(view, &ui::CompareView::visibleRegionChanged, &comparisons, &CompareController::setVisibleRegion);
    connect(view, &ui::CompareView::filesDropped, files, &FileController::openUrls);
    connect(view, &ui::CompareView::imageDropped, files,
            [this](const QImage &picture) { files->openPicture(picture, tr("dropped picture")); });
    connect(view, &ui::CompareView::openRequested, files, &FileController::showOpenDialog);
    connect(view, &ui::CompareView::sampleRequested, files, &FileController::openSample);
    connect(&session, &Session::inputChanged, window, [this, window] {
        updateTitle(window);
        view->setFocus();
    });
    connect(&session, &Session::modelChanged, window, [this, window] { updateTitle(window); });
}

void MainWindow::Private::connectStatus(MainWindow *window)
{
    connect(status, &ui::StatusPanel::cancelRequested, window, &MainWindow::cancel);
    connect(models, &ModelController::downloadProgressed, window, [this](double fraction, const QString &what) {
        if (!comparisons.isBusy())
            status->setProgress(fraction, what);
    });
    connect(models, &ModelController::downloadEnded, window, [this] {
        if (!comparisons.isBusy())
            status->setIdle();
    });
}

void MainWindow::Private::updateTitle(MainWindow *window) const
{
    QStringList parts;
    if (session.hasInput())
        parts << session.input().name;
    if (session.hasModel())
        parts << session.model().name;
    parts << QStringLiteral("Bitlens");
    window->setWindowTitle(parts.join(QStringLiteral(" – ")));
}

Session *MainWindow::session() const { return &d->session; }

EngineThread *MainWindow::engine() const { return &d->engine; }

CompareController *MainWindow::comparisons() const { return &d->comparisons; }

FileController *MainWindow::files() const { return d->files; }

void MainWindow::openPaths(const QStringList &paths) { d->files->openPaths(paths); }

void MainWindow::openSample() { d->files->openSample(); }

void MainWindow::openModel(const QString &argument) { d->files->openModel(argument); }

void MainWindow::cancel()
{
    if (d->comparisons.isBusy())
        d->comparisons.cancel();
    else if (d->blame->isBusy())
        d->blame->cancel();
    else if (d->files->isOpening())
        d->files->cancelOpening();
    else if (d->exports->isBusy())
        d->exports->cancel();
    else if (d->sensitivity->isBusy())
        d->sensitivity->cancel();
    else if (!d->insight->cancel())
        d->models->cancelDownload();
}

bool MainWindow::event(QEvent *event)
{
    // The bottom line belongs to the engine's state; what an action does is in its tooltip.
    if (event->type() == QEvent::StatusTip)
        return true;
    return QMainWindow::event(event);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    if (d->tuning->isTraining() && !qApp->isSavingSession()) {
        event->ignore();
        d->tuning->askToClose();
        return;
    }
    if (isVisible())
        d->settings->save();
    if (d->closing->holds()) {
        event->ignore();
        return;
    }
    d->close();
    d->engine.shutdown();
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    if (ui::canHoldPictures(event->mimeData()))
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent *event)
{
    d->files->openData(event->mimeData(), tr("dropped picture"));
    event->acceptProposedAction();
}

} // namespace bitlens::app
