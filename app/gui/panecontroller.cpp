// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/panecontroller.h"

#include "app/gui/comparecontroller.h"
#include "app/gui/displaycache.h"
#include "app/gui/enginethread.h"
#include "app/gui/session.h"
#include "engine/image/alpha.h"
#include "engine/image/colour.h"
#include "engine/image/resample.h"
#include "ui/actions.h"
#include "ui/messagebar.h"
#include "ui/views/compareview.h"

#include <QAction>

#include <array>
#include <utility>

namespace bitlens::app {

using ui::ActionId;
using ui::CompareView;

namespace {

using Pane = CompareView::Pane;

/// In the order in which they stand side by side.
constexpr std::array<std::pair<ActionId, Pane>, 4> kPanes{{
    {ActionId::PaneBicubic, Pane::Bicubic},
    {ActionId::PaneFp32, Pane::Fp32},
    {ActionId::PaneQuantized, Pane::Quantized},
    {ActionId::PaneReference, Pane::Reference},
}};

/// A plan without a name is told by its rules, as far as there is room.
constexpr qsizetype kLongestRules = 36;

} // namespace

PaneController::PaneController(const Parts &parts, QObject *parent) : QObject(parent), m_parts(parts)
{
    const Session *session = parts.session;
    connect(session, &Session::inputChanged, this, &PaneController::startPicture);
    connect(session, &Session::modelChanged, this, &PaneController::startPicture);
    connect(session, &Session::referenceChanged, this, &PaneController::updateReference);

    connect(parts.comparisons, &CompareController::started, this,
            [this](const quant::BitPlan &plan, bool) { showPreviousOf(plan); });
    connect(parts.comparisons, &CompareController::finished, this, &PaneController::keepResult);
    connect(parts.comparisons, &CompareController::cancelled, this, [this] { showPreviousOf(m_last.plan); });
    connect(parts.comparisons, &CompareController::failed, this, [this] { showPreviousOf(m_last.plan); });

    connect(parts.view, &CompareView::modeChanged, this, &PaneController::requestBicubic);
    connect(parts.view, &CompareView::sidePanesChanged, this, [this] {
        updateActions();
        requestBicubic();
    });
    connect(parts.engine, &EngineThread::requestFailed, this, [this](RequestId id, const Failure &failure) {
        if (id != m_bicubicRequest || id == 0)
            return;
        m_bicubicRequest = 0; // asked for again when it is looked at the next time
        m_parts.messages->postError(failure.message());
    });
    connect(parts.engine, &EngineThread::requestCancelled, this, [this](RequestId id) {
        if (id == m_bicubicRequest)
            m_bicubicRequest = 0;
    });
    connectActions();
    updateActions();
}

void PaneController::connectActions()
{
    CompareView *view = m_parts.view;
    for (const auto &[id, pane] : kPanes)
        connect(m_parts.actions->action(id), &QAction::triggered, view, [this, view] {
            QList<Pane> chosen;
            for (const auto &[other, candidate] : kPanes)
                if (m_parts.actions->action(other)->isChecked())
                    chosen << candidate;
            view->setSidePanes(chosen);
            updateActions(); // one pane alone is refused
            view->setMode(CompareView::Mode::SideBySide);
        });
    connect(m_parts.actions->action(ActionId::MoreGain), &QAction::triggered, view,
            [view] { view->setDifferenceGain(2 * view->differenceGain()); });
    connect(m_parts.actions->action(ActionId::LessGain), &QAction::triggered, view,
            [view] { view->setDifferenceGain(view->differenceGain() / 2); });
    QAction *colour = m_parts.actions->action(ActionId::FalseColour);
    connect(colour, &QAction::triggered, view, [view](bool on) {
        view->setFalseColour(on);
        view->setMode(CompareView::Mode::Difference);
    });
    connect(view, &CompareView::falseColourChanged, colour, &QAction::setChecked);
}

void PaneController::startPicture()
{
    m_last = {};
    m_before = {};
    m_blinkPlan = {};
    m_parts.view->setPrevious({}, {});
    m_parts.view->setBicubic({});
    m_bicubicShown = false;
    m_parts.engine->cancel(std::exchange(m_bicubicRequest, 0));
    updateReference();
    updateActions();
    requestBicubic();
}

void PaneController::updateReference()
{
    const bool fits = m_parts.session->referenceFits();
    m_parts.view->setReference(fits ? m_parts.session->reference().picture : image::Image());
    updateActions();
}

void PaneController::updateActions()
{
    const bool picture = m_parts.session->hasInput();
    const QList<Pane> chosen = m_parts.view->sidePanes();
    for (const auto &[id, pane] : kPanes) {
        QAction *action = m_parts.actions->action(id);
        action->setChecked(chosen.contains(pane));
        action->setEnabled(picture && (pane != Pane::Reference || m_parts.session->referenceFits()));
    }
    for (const ActionId id : {ActionId::MoreGain, ActionId::LessGain, ActionId::FalseColour})
        m_parts.actions->action(id)->setEnabled(picture);
}

void PaneController::requestBicubic()
{
    const bool wanted =
        m_parts.view->mode() == CompareView::Mode::SideBySide && m_parts.view->sidePanes().contains(Pane::Bicubic);
    if (!wanted || m_bicubicShown || m_bicubicRequest != 0 || !m_parts.session->hasInput())
        return;
    EngineTask task;
    task.lane = Lane::Files; // must not wait for a comparison
    task.topic = QStringLiteral("bicubic");
    task.file = m_parts.session->input().name;
    task.work = [this, input = m_parts.session->input().picture,
                 size = m_parts.session->outputSize()](TaskContext &context, const base::Job &job) {
        job.cancel.throwIfCancelled();
        const image::Image opaque = image::toEightBit(input.hasAlpha() ? image::withoutAlpha(input) : input);
        const ui::DisplayPicture enlarged = ui::prepareForDisplay(image::resizeBicubic(opaque, size));
        return [this, id = context.id, enlarged] {
            if (id != m_bicubicRequest)
                return;
            m_bicubicRequest = 0;
            m_bicubicShown = true;
            m_parts.view->setBicubic(enlarged);
        };
    };
    m_bicubicRequest = m_parts.engine->requestTask(std::move(task));
}

void PaneController::keepResult(const compare::Result &result)
{
    if (result.quantized.isNull() || !result.model)
        return;
    const quant::BitPlan &plan = result.model->plan;
    if (m_last.plan != plan && !m_last.picture.isNull())
        m_before = m_last;
    m_last = {plan, m_parts.displays->of(result.quantized)};
    showPreviousOf(plan);
}

void PaneController::showPreviousOf(const quant::BitPlan &plan)
{
    const Kept &other = plan == m_last.plan ? m_before : m_last;
    if (other.picture.isNull() || other.plan == m_blinkPlan)
        return;
    m_blinkPlan = other.plan;
    m_parts.view->setPrevious(other.picture, labelOf(other.plan));
}

QString PaneController::labelOf(const quant::BitPlan &plan) const
{
    const Session *session = m_parts.session;
    const QString name = session->nameOf(plan);
    const quant::BitPlan custom; // fits no model: named as all plans without a name are
    if (!session->hasModel() || name != session->nameOf(custom))
        return name;
    const QString rules = QString::fromStdString(plan.toRules(*session->model().generator));
    return rules.size() <= kLongestRules ? rules : rules.left(kLongestRules - 1) + QStringLiteral("…");
}

} // namespace bitlens::app
