// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/blamecontroller.h"

#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "app/gui/session.h"
#include "ui/actions.h"
#include "ui/bitplanmodel.h"
#include "ui/bitplanpanel.h"
#include "ui/blamepanel.h"
#include "ui/views/compareview.h"

#include <QAction>
#include <QDockWidget>
#include <QTreeView>

#include <utility>

namespace bitlens::app {

using ui::CompareView;

BlameController::BlameController(const Parts &parts, QObject *parent) : QObject(parent), m_parts(parts)
{
    connect(parts.actions->action(ui::ActionId::Blame), &QAction::toggled, this, &BlameController::setPicking);
    connect(parts.panel, &ui::BlamePanel::pickingRequested, this, &BlameController::setPicking);
    connect(parts.panel, &ui::BlamePanel::againRequested, this, [this] { request(m_region); });
    connect(parts.panel, &ui::BlamePanel::layerChosen, this, &BlameController::selectLayer);
    connect(parts.view, &CompareView::regionPicked, this, &BlameController::request);

    connect(parts.session, &Session::inputChanged, this, &BlameController::reset);
    connect(parts.session, &Session::modelChanged, this, &BlameController::reset);
    connect(parts.comparisons, &CompareController::started, this, &BlameController::markOutdated);
    connect(parts.comparisons, &CompareController::finished, this, [this] {
        if (m_waiting)
            start();
    });
    connect(parts.comparisons, &CompareController::failed, this,
            [this] { stopWaiting(tr("The picture could not be computed, and there is nothing to look at.")); });
    connect(parts.comparisons, &CompareController::cancelled, this,
            [this] { stopWaiting(tr("Cancelled before the picture was there. Again computes it first.")); });

    const EngineThread *engine = parts.engine;
    connect(engine, &EngineThread::progressed, this, [this](RequestId id, double fraction) {
        if (id == m_running)
            m_parts.panel->setProgress(fraction);
    });
    connect(engine, &EngineThread::requestFailed, this, [this](RequestId id, const Failure &failure) {
        if (id != m_running)
            return;
        m_running = 0;
        m_parts.panel->stop(tr("Failed: %1").arg(failure.message()));
    });
    connect(engine, &EngineThread::requestCancelled, this, [this](RequestId id) {
        if (id != m_running)
            return;
        m_running = 0;
        m_parts.panel->stop(tr("Cancelled. The layers that are not listed have not been looked at."));
    });
    reset();
}

void BlameController::setPicking(bool on)
{
    const bool picks = on && m_parts.session->hasInput();
    m_parts.view->setPicking(picks);
    m_parts.panel->setPicking(picks);
    m_parts.actions->action(ui::ActionId::Blame)->setChecked(picks);
    if (!picks)
        return;
    m_parts.dock->show();
    m_parts.dock->raise();
    m_parts.view->setFocus();
}

void BlameController::reset()
{
    m_parts.engine->cancel(std::exchange(m_running, 0));
    m_waiting = false;
    m_region = {};
    m_parts.panel->clear();
    m_parts.view->setMarkedRegion({});
    m_parts.actions->action(ui::ActionId::Blame)->setEnabled(m_parts.session->hasInput());
    if (!m_parts.session->hasInput())
        setPicking(false);
}

void BlameController::request(const QRect &region)
{
    if (region.isEmpty() || !m_parts.session->hasInput() || !m_parts.session->hasModel())
        return;
    m_region = region;
    m_parts.dock->show();
    m_parts.dock->raise();
    m_parts.view->setMarkedRegion(region);
    m_waiting = !m_parts.session->isResultCurrent();
    m_parts.panel->start(region, m_waiting);
    if (m_waiting)
        m_parts.comparisons->requestComparison(); // unless it is under way already
    else
        start();
}

void BlameController::stopWaiting(const QString &why)
{
    if (std::exchange(m_waiting, false))
        m_parts.panel->stop(why);
}

void BlameController::start()
{
    m_waiting = false;
    const auto &result = m_parts.session->result();
    if (!result || !result->model)
        return;
    m_parts.panel->start(m_region, false);
    compare::BlameRequest request;
    request.input = m_parts.session->input().picture;
    request.inputName = m_parts.session->input().name.toStdString();
    request.model = result->model;
    request.region = {m_region.x(), m_region.y(), m_region.width(), m_region.height()};
    EngineTask task;
    task.topic = QStringLiteral("blame");
    task.file = m_parts.session->input().name;
    task.work = [this, request](TaskContext &context, const base::Job &job) {
        const RequestId id = context.id;
        const auto onEntry = [&](const compare::BlameEntry &entry, double error) {
            context.publish([this, id, entry, error] {
                if (id == m_running)
                    m_parts.panel->addEntry(entry, error);
            });
        };
        const compare::Blame blame = compare::blame(request, context.pool, job, onEntry);
        return [this, id, blame] {
            if (id != m_running)
                return;
            m_running = 0;
            const image::Rect &seen = blame.region;
            m_parts.view->setMarkedRegion({seen.x, seen.y, seen.width, seen.height});
            m_parts.panel->finish(blame);
        };
    };
    m_running = m_parts.engine->requestTask(std::move(task));
}

void BlameController::cancel()
{
    stopWaiting(tr("Cancelled."));
    m_parts.engine->cancel(m_running);
}

void BlameController::markOutdated()
{
    if (m_waiting || m_region.isEmpty())
        return;
    m_parts.engine->cancel(std::exchange(m_running, 0));
    m_parts.panel->setOutdated(true);
}

void BlameController::selectLayer(int layer, const QString &path)
{
    const ui::BitPlanModel *model = m_parts.plan->model();
    const QModelIndex index = layer >= 0 ? model->indexOfLayer(layer) : model->indexOfPath(path);
    if (!index.isValid())
        return;
    m_parts.plan->tree()->scrollTo(index);
    m_parts.plan->tree()->setCurrentIndex(index);
}

} // namespace bitlens::app
