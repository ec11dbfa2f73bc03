// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/insight.h"

#include "app/gui/activationscontroller.h"
#include "app/gui/comparecontroller.h"
#include "app/gui/costcontroller.h"
#include "app/gui/filecontroller.h"
#include "app/gui/regioncontroller.h"
#include "app/gui/scorecontroller.h"
#include "app/gui/session.h"
#include "app/gui/triedplanscontroller.h"
#include "engine/base/file.h"
#include "ui/actions.h"
#include "ui/activationspanel.h"
#include "ui/bitplanpanel.h"
#include "ui/messagebar.h"
#include "ui/triedplanspanel.h"
#include "ui/views/compareview.h"

#include <QAction>
#include <QDockWidget>
#include <QFileDialog>
#include <QMainWindow>
#include <QSaveFile>

namespace bitlens::app {

using ui::ActionId;

struct Insight::Private {
    Parts parts;
    ui::ActivationsPanel *activationsPanel = nullptr;
    ui::TriedPlansPanel *triedPanel = nullptr;
    ScoreController *scores = nullptr;
    CostController *costs = nullptr;
    ActivationsController *activations = nullptr;
    TriedPlansController *tried = nullptr;
};

Insight::Insight(const Parts &parts, QObject *parent) : QObject(parent), d(std::make_unique<Private>())
{
    d->parts = parts;
    d->activationsPanel = new ui::ActivationsPanel(parts.window);
    d->triedPanel = new ui::TriedPlansPanel(parts.window);
    d->scores = new ScoreController(
        {parts.session, parts.engine, parts.comparisons, parts.readouts, parts.status, parts.messages, parts.window},
        this);
    d->costs = new CostController(
        {parts.session, parts.engine, parts.comparisons, parts.readouts, parts.plan, parts.status, parts.messages},
        this);
    d->activations = new ActivationsController({parts.session, parts.engine, parts.comparisons, d->activationsPanel,
                                                parts.plan, parts.messages, parts.window, parts.readouts, parts.files},
                                               this);
    d->tried = new TriedPlansController({parts.session, d->triedPanel, parts.messages}, this);
    connect(parts.view, &ui::CompareView::visibleRegionChanged, d->scores, &ScoreController::setVisibleRegion);
    connect(parts.view, &ui::CompareView::visibleRegionChanged, d->activations,
            &ActivationsController::setVisibleRegion);
    new RegionController({parts.session, parts.view, parts.actions, d->scores}, this);
    connectActions();
    updateEnabled();
    d->scores->start();
}

Insight::~Insight() = default;

ui::ActivationsPanel *Insight::activations() const { return d->activationsPanel; }

ui::TriedPlansPanel *Insight::triedPlans() const { return d->triedPanel; }

ScoreController *Insight::scores() const { return d->scores; }

CostController *Insight::costs() const { return d->costs; }

TriedPlansController *Insight::tried() const { return d->tried; }

void Insight::connectActions()
{
    const auto on = [this](ActionId id) { return d->parts.actions->action(id); };
    connect(on(ActionId::InstallMaModel), &QAction::triggered, d->scores, &ScoreController::showInstallDialog);
    connect(on(ActionId::DownloadMaModel), &QAction::triggered, d->scores, &ScoreController::download);
    QAction *region = on(ActionId::ScoreRegion);
    connect(region, &QAction::toggled, d->scores, &ScoreController::setRegionWanted);
    connect(d->scores, &ScoreController::regionWantedChanged, region, &QAction::setChecked);
    connect(on(ActionId::MeasureLatency), &QAction::triggered, d->costs, &CostController::measure);
    connect(on(ActionId::OnlyThisLayer), &QAction::triggered, d->parts.plan, &ui::BitPlanPanel::quantizeOnlyCurrent);
    connect(on(ActionId::OpenPlan), &QAction::triggered, this, [this] {
        auto *dialog = new QFileDialog(d->parts.window, tr("Open plan"), d->parts.files->folder(),
                                       tr("Bit plans (*.json);;All files (*)"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::ExistingFile);
        connect(dialog, &QFileDialog::fileSelected, this,
                [this](const QString &path) { d->parts.files->openPaths({path}); });
        dialog->open();
    });
    connect(on(ActionId::SavePlan), &QAction::triggered, this, &Insight::showSavePlanDialog);
    const Session *session = d->parts.session;
    connect(session, &Session::modelChanged, this, &Insight::updateEnabled);
    connect(session, &Session::resultChanged, this, &Insight::updateEnabled);
}

void Insight::updateEnabled()
{
    const Session *session = d->parts.session;
    for (const ActionId id : {ActionId::OpenPlan, ActionId::SavePlan, ActionId::OnlyThisLayer})
        d->parts.actions->action(id)->setEnabled(session->hasModel());
    d->parts.actions->action(ActionId::MeasureLatency)->setEnabled(session->result().has_value());
}

void Insight::showSavePlanDialog()
{
    const Session *session = d->parts.session;
    auto *dialog = new QFileDialog(
        d->parts.window, tr("Save plan"),
        QStringLiteral("%1/%2-%3.json").arg(d->parts.files->folder(), session->model().name, session->planName()),
        tr("Bit plans (*.json)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("json"));
    connect(dialog, &QFileDialog::fileSelected, this, &Insight::savePlan);
    dialog->open();
}

void Insight::savePlan(const QString &path)
{
    const Session *session = d->parts.session;
    const std::string json = session->plan().toJson(*session->model().generator);
    for (const QString &input : {session->input().path, session->reference().path, session->model().argument})
        if (base::isSameFile(input.toStdString(), path.toStdString())) {
            d->parts.messages->postError(tr("%1 is an input of this session; it is not overwritten").arg(path));
            return;
        }
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.write(QByteArray::fromStdString(json)) >= 0 && file.commit()) {
        d->parts.messages->postInfo(tr("Saved %1").arg(path));
        emit planSaved(path);
    } else {
        d->parts.messages->postError(QStringLiteral("%1: %2").arg(path, file.errorString()));
    }
}

bool Insight::cancel()
{
    if (d->costs->isMeasuring()) {
        d->costs->cancel();
        return true;
    }
    if (d->scores->isInstalling()) {
        d->scores->cancelInstalling();
        return true;
    }
    return false;
}

} // namespace bitlens::app
