// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/triedplanscontroller.h"

#include "app/gui/session.h"
#include "app/gui/triedplans.h"
#include "engine/base/error.h"
#include "ui/triedplanspanel.h"

namespace bitlens::app {

namespace {

QString rulesOf(const quant::BitPlan &plan, const Session &session)
{
    return QString::fromStdString(plan.toRules(*session.model().generator));
}

} // namespace

TriedPlansController::TriedPlansController(const Parts &parts, QObject *parent) : QObject(parent), m_parts(parts)
{
    const Session *session = parts.session;
    connect(session, &Session::resultChanged, this, &TriedPlansController::recordResult);
    for (const auto signal : {&Session::inputChanged, &Session::modelChanged, &Session::rangesChanged})
        connect(session, signal, this, &TriedPlansController::show);
    connect(session, &Session::planChanged, this, &TriedPlansController::show);
    TriedPlans *tried = parts.session->triedPlans();
    connect(tried, &QAbstractItemModel::rowsInserted, this, &TriedPlansController::show);
    connect(tried, &QAbstractItemModel::rowsRemoved, this, &TriedPlansController::show);
    connect(tried, &QAbstractItemModel::dataChanged, this, &TriedPlansController::show);
    connect(tried, &QAbstractItemModel::modelReset, this, &TriedPlansController::show);
    connect(parts.panel, &ui::TriedPlansPanel::entryPicked, this, &TriedPlansController::restore);
    connect(parts.panel, &ui::TriedPlansPanel::clearRequested, this, [this] {
        Session *now = m_parts.session;
        now->triedPlans()->forget(now->model().name, now->input().name);
    });
    show();
}

void TriedPlansController::recordResult()
{
    const Session *session = m_parts.session;
    if (!session->hasModel() || !session->isResultCurrent())
        return;
    const compare::Report &report = session->result()->report;
    TriedPlan plan;
    plan.model = session->model().name;
    plan.input = session->input().name;
    plan.rules = rulesOf(session->plan(), *session);
    const QString preset = session->planName();
    plan.name = preset == QLatin1String("custom") ? plan.rules : preset;
    plan.ranges = session->chosenRanges();
    if (!plan.ranges.empty())
        plan.name = tr("%1, own ranges").arg(plan.name);
    plan.bytes = static_cast<double>(report.quantized.bytes);
    plan.seconds = report.quantized.seconds;
    plan.psnrFp32 = report.quantized.psnrFp32.value;
    if (report.quantized.pi.value && report.fp32.pi.value)
        plan.piChange = *report.quantized.pi.value - *report.fp32.pi.value;
    m_parts.session->triedPlans()->record(plan);
}

void TriedPlansController::show()
{
    const Session *session = m_parts.session;
    m_shown.clear();
    QList<ui::TriedPlansPanel::Entry> entries;
    if (session->hasModel() && session->hasInput()) {
        const QString rules = rulesOf(session->plan(), *session);
        const QList<TriedPlan> &plans = m_parts.session->triedPlans()->plans();
        for (int row = 0; row < plans.size(); ++row) {
            const TriedPlan &plan = plans.at(row);
            if (plan.model != session->model().name || plan.input != session->input().name)
                continue;
            entries.append({plan.name, plan.bytes, plan.seconds, plan.psnrFp32, plan.piChange,
                            plan.rules == rules && plan.ranges == session->chosenRanges()});
            m_shown << row;
        }
    }
    m_parts.panel->setEntries(entries);
}

void TriedPlansController::restore(int entry)
{
    Session *session = m_parts.session;
    if (entry < 0 || entry >= m_shown.size() || !session->hasModel())
        return;
    const TriedPlan plan = session->triedPlans()->plans().at(m_shown.at(entry));
    try {
        const quant::BitPlan bits = quant::BitPlan::fromRules(plan.rules.toStdString(), *session->model().generator);
        if (plan.ranges == session->chosenRanges()) {
            session->editPlan(bits, tr("tried plan %1").arg(plan.name));
            return;
        }
        session->undoStack()->beginMacro(tr("tried plan %1").arg(plan.name));
        session->editPlan(bits, {});
        session->editRanges(plan.ranges, {});
        session->undoStack()->endMacro();
    } catch (const base::Error &) {
        // From a session of another version of this model: its layers are not the same, the point stays as a record.
    }
}

} // namespace bitlens::app
