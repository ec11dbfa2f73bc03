// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/planlist.h"

#include "app/gui/filecontroller.h"
#include "app/gui/planfiles.h"
#include "app/gui/recentfiles.h"
#include "app/gui/session.h"
#include "app/gui/triedplans.h"
#include "app/gui/triedplanscontroller.h"
#include "ui/actions.h"
#include "ui/bitplanpanel.h"
#include "ui/format.h"

#include <QAction>
#include <QDir>
#include <QFileInfo>
#include <QSet>

namespace bitlens::app {

using Kind = PlanChooser::Kind;

namespace {

/// Two tried plans of equal rules differ in the ranges that were chosen, or in what the model was tuned to.
QString keyOf(const TriedPlan &plan, int row)
{
    return plan.ranges.empty() && plan.tuned.isEmpty() ? plan.rules : QStringLiteral("%1 %2").arg(row).arg(plan.rules);
}

QString describe(const TriedPlan &plan)
{
    QStringList facts{plan.rules};
    if (plan.bytes > 0.0)
        facts << ui::formatBytes(static_cast<std::size_t>(plan.bytes));
    if (plan.psnrFp32)
        facts << PlanList::tr("PSNR to FP32 %1").arg(ui::formatDecibels(*plan.psnrFp32));
    return facts.join(QStringLiteral(", "));
}

} // namespace

PlanList::PlanList(const Parts &parts, QObject *parent) : QObject(parent), m_parts(parts)
{
    const Session *session = parts.session;
    connect(session, &Session::modelChanged, this, &PlanList::fill);
    connect(session, &Session::planChanged, this, &PlanList::showCurrent);
    connect(session, &Session::rangesChanged, this, &PlanList::showCurrent);
    const TriedPlans *tried = session->triedPlans();
    connect(tried, &QAbstractItemModel::rowsInserted, this, &PlanList::fill);
    connect(tried, &QAbstractItemModel::rowsRemoved, this, &PlanList::fill);
    connect(tried, &QAbstractItemModel::dataChanged, this, &PlanList::fill);
    connect(tried, &QAbstractItemModel::modelReset, this, &PlanList::fill);
    connect(parts.recent, &RecentFiles::changed, this, &PlanList::fill);
    connect(parts.files->plans(), &PlanFiles::opened, this, [this](const QString &path) {
        take(Kind::File, QFileInfo(path).absoluteFilePath());
        m_parts.recent->add(RecentFiles::Kind::Plan, path);
        showCurrent(); // also where the file was on the list already
    });
    connect(parts.chooser, &PlanChooser::chosen, this, &PlanList::choose);
    connect(parts.actions->action(ui::ActionId::ChoosePlan), &QAction::triggered, parts.chooser, [this] {
        m_parts.chooser->setFocus(Qt::ShortcutFocusReason);
        m_parts.chooser->showPopup();
    });
    fill();
}

void PlanList::take(Kind kind, const QString &key)
{
    m_kind = kind;
    m_key = key;
    m_plan = m_parts.session->plan();
    m_ranges = m_parts.session->chosenRanges();
    m_model = m_parts.session->model().packed;
}

void PlanList::fill()
{
    const Session *session = m_parts.session;
    QList<PlanChooser::Entry> entries;
    if (session->hasModel()) {
        QSet<QString> known;
        for (const quant::Preset &preset : quant::presets()) {
            const QString name = QString::fromStdString(preset.name);
            entries.append({Kind::Preset, name, name, QString::fromStdString(preset.description)});
            known << name;
        }
        const QList<TriedPlan> &tried = session->triedPlans()->plans();
        int offered = 0;
        for (int row = static_cast<int>(tried.size()) - 1; row >= 0 && offered < kTried; --row) {
            const TriedPlan &plan = tried.at(row);
            const QString key = keyOf(plan, row);
            if (plan.model != session->model().name || known.contains(plan.name) || known.contains(key))
                continue;
            known << key;
            entries.append({Kind::Tried, key, plan.name, describe(plan)});
            ++offered;
        }
        for (const QString &path : m_parts.recent->files(RecentFiles::Kind::Plan))
            entries.append({Kind::File, path, QFileInfo(path).fileName(), QDir::toNativeSeparators(path)});
        entries.append({Kind::Open, {}, tr("Open plan…"), tr("Use the bit plan in a file")});
    }
    m_parts.chooser->setEntries(entries);
    showCurrent();
}

void PlanList::showCurrent()
{
    const Session *session = m_parts.session;
    if (!session->hasModel()) {
        m_parts.chooser->setCustom({});
        return;
    }
    const bool isPreset = session->planName() != session->nameOf(quant::BitPlan());
    if (m_kind != Kind::Open && session->plan() == m_plan && session->chosenRanges() == m_ranges
        && session->model().packed == m_model)
        m_parts.chooser->setCurrent(m_kind, m_key);
    else if (isPreset)
        m_parts.chooser->setCurrent(Kind::Preset, m_parts.plan->planName()); // several may be the same plan
    else
        m_parts.chooser->setCustom(QString::fromStdString(session->plan().toRules(*session->model().generator)));
}

void PlanList::choose(Kind kind, const QString &key)
{
    const Session *session = m_parts.session;
    switch (kind) {
    case Kind::Preset:
        m_kind = Kind::Open;
        m_parts.plan->applyPreset(key);
        break;
    case Kind::Tried: {
        const QList<TriedPlan> &tried = session->triedPlans()->plans();
        for (int row = static_cast<int>(tried.size()) - 1; row >= 0; --row) {
            if (tried.at(row).model != session->model().name || keyOf(tried.at(row), row) != key)
                continue;
            if (m_parts.tried->restore(tried.at(row)))
                take(kind, key);
            break;
        }
        break;
    }
    case Kind::File:
        m_parts.recent->choose(key);
        break;
    case Kind::Open:
        m_parts.actions->action(ui::ActionId::OpenPlan)->trigger();
        break;
    }
    showCurrent();
}

} // namespace bitlens::app
