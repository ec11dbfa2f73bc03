// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/mainwindow.h"

#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "app/gui/filecontroller.h"
#include "app/gui/modelchooser.h"
#include "app/gui/modelcontroller.h"
#include "app/gui/resultpresenter.h"
#include "app/gui/session.h"
#include "app/gui/windowactions.h"
#include "app/gui/windowsettings.h"
#include "engine/base/cpu.h"
#include "ui/actions.h"
#include "ui/bitplanpanel.h"
#include "ui/icons.h"
#include "ui/messagebar.h"
#include "ui/readoutspanel.h"
#include "ui/statuspanel.h"
#include "ui/theme.h"
#include "ui/views/compareview.h"

#include <QCloseEvent>
#include <QCoreApplication>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QImage>
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
    ModelChooser *chooser = nullptr;
    bool closesAfterSaving = false;

    FileController *files = nullptr;
    ModelController *models = nullptr;
    WindowActions *actions = nullptr;
    std::unique_ptr<WindowSettings> settings;

    void buildWidgets(MainWindow *window);
    void buildControllers(MainWindow *window);
    void connectPlan(MainWindow *window);
    void connectView(MainWindow *window);
    void connectStatus(MainWindow *window);
    void updateTitle(MainWindow *window) const;
    void addDock(MainWindow *window, const QString &title, QWidget *content, Qt::DockWidgetArea area,
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
    d->connectPlan(this);
    d->connectView(this);
    d->connectStatus(this);
    d->updateTitle(this);

    d->settings = std::make_unique<WindowSettings>(
        WindowSettings::Parts{this, d->theme, d->view, d->files, d->actions->actions()}, options.settingsFile);
    d->settings->restore();
    connect(&d->session, &Session::modelChanged, this, [this] { d->settings->setModel(d->session.model().argument); });
    if (options.openFirstModel)
        d->models->start(d->settings->model());
    d->view->setFocus();
}

MainWindow::~MainWindow()
{
    // Their signals find a window that is still whole.
    d->engine.shutdown();
    disconnect(&d->engine, nullptr, nullptr, nullptr);
}

void MainWindow::Private::addDock(MainWindow *window, const QString &title, QWidget *content, Qt::DockWidgetArea area,
                                  const QString &objectName) const
{
    auto *dock = new QDockWidget(title, window);
    dock->setObjectName(objectName);
    dock->setWidget(content);
    dock->setFeatures(QDockWidget::DockWidgetClosable | QDockWidget::DockWidgetMovable);
    window->addDockWidget(area, dock);
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
}

void MainWindow::Private::buildControllers(MainWindow *window)
{
    files = new FileController({&session, &engine, &comparisons, messages, window}, window);
    models = new ModelController({&session, &engine, files, chooser, messages}, window);
    new ResultPresenter({&session, &comparisons, view, readouts, status, messages}, window);
    actions = new WindowActions({window, theme, &session, &comparisons, files, view, plan, chooser}, window);
    connect(actions, &WindowActions::cancelRequested, window, &MainWindow::cancel);
    connect(files, &FileController::savesEnded, window, [this, window] {
        if (!closesAfterSaving)
            return;
        window->close();
        QCoreApplication::quit(); // a hidden window is not the last one that closes
    });
}

void MainWindow::Private::connectPlan(MainWindow *window)
{
    connect(&session, &Session::modelChanged, window, [this] {
        plan->setGenerator(session.model().generator);
        plan->setPlan(session.plan());
    });
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
    else if (d->files->isOpening())
        d->files->cancelOpening();
    else
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
    if (isVisible())
        d->settings->save();
    d->closesAfterSaving = d->files->isSaving();
    if (d->closesAfterSaving) {
        hide();
        event->ignore();
        return;
    }
    d->engine.shutdown();
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    if (event->mimeData()->hasUrls() || event->mimeData()->hasImage())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent *event)
{
    if (event->mimeData()->hasUrls())
        d->files->openUrls(event->mimeData()->urls());
    else if (event->mimeData()->hasImage())
        d->files->openPicture(qvariant_cast<QImage>(event->mimeData()->imageData()), tr("dropped picture"));
    event->acceptProposedAction();
}

} // namespace bitlens::app
