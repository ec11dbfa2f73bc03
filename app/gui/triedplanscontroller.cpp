// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/triedplanscontroller.h"

#include "app/gui/session.h"
#include "app/gui/triedplans.h"
#include "app/gui/tunedfiles.h"
#include "engine/base/error.h"
#include "engine/compare/calibrationstore.h"
#include "engine/quant/tunedmodel.h"
#include "ui/messagebar.h"
#include "ui/triedplanspanel.h"

#include <algorithm>

namespace bitlens::app {

namespace {

constexpr const char *kPixels = "pixels:";

QString rulesOf(const quant::BitPlan &plan, const Session &session)
{
    return QString::fromStdString(plan.toRules(*session.model().generator));
}

} // namespace

TriedPlansController::TriedPlansController(const Parts &parts, QObject *parent) : QObject(parent), m_parts(parts)
{
    const Session *session = parts.session;
    connect(session, &Session::inputChanged, this, [this] { m_digest.clear(); });
    connect(session, &Session::resultChanged, this, &TriedPlansController::recordResult);
    for (const auto signal : {&Session::inputChanged, &Session::modelChanged, &Session::rangesChanged})
        connect(session, signal, this, &TriedPlansController::show);
    connect(session, &Session::planChanged, this, &TriedPlansController::show);
    connect(session, &Session::tunedFileChanged, this, [this] { (void)tuning(); });
    TriedPlans *tried = parts.session->triedPlans();
    connect(tried, &QAbstractItemModel::rowsInserted, this, &TriedPlansController::show);
    connect(tried, &QAbstractItemModel::rowsRemoved, this, &TriedPlansController::show);
    connect(tried, &QAbstractItemModel::dataChanged, this, &TriedPlansController::show);
    connect(tried, &QAbstractItemModel::modelReset, this, &TriedPlansController::show);
    connect(parts.panel, &ui::TriedPlansPanel::entryPicked, this, &TriedPlansController::restoreEntry);
    connect(parts.panel, &ui::TriedPlansPanel::clearRequested, this, [this] {
        Session *now = m_parts.session;
        now->triedPlans()->forget(now->model().name, picture(), now->input().name);
    });
    show();
}

QString TriedPlansController::digest()
{
    if (m_digest.isEmpty())
        m_digest =
            QLatin1String(kPixels) + QString::fromStdString(compare::pictureDigest(m_parts.session->input().picture));
    return m_digest;
}

/// Which picture is open: its path, for two files of one name are two pictures. One without a file is known by its
/// pixels, also when a session brings it back from the file that kept it.
QString TriedPlansController::picture()
{
    const QString path = m_parts.session->input().path;
    if (path.isEmpty())
        return digest();
    const QList<TriedPlan> &plans = m_parts.session->triedPlans()->plans();
    const bool keptByPixels = std::any_of(plans.begin(), plans.end(), [this](const TriedPlan &plan) {
        return plan.picture.startsWith(QLatin1String(kPixels)) && plan.picture == digest();
    });
    return keptByPixels ? digest() : path;
}

/// What the session's model was tuned to; empty: it is the FP32 model. Keeps it at hand.
QString TriedPlansController::tuning()
{
    const OpenedModel &model = m_parts.session->model();
    if (!model.isTuned())
        return {};
    const auto known = std::find_if(m_tunings.begin(), m_tunings.end(),
                                    [&model](const Tuning &tuning) { return tuning.model == model.packed; });
    if (known != m_tunings.end()) {
        known->file = model.tunedFile;
        return known->digest;
    }
    const QString digest = TunedFiles::digestOf(*model.packed);
    m_tunings.removeIf([&digest](const Tuning &tuning) { return tuning.digest == digest; });
    if (m_tunings.size() >= kTunings)
        m_tunings.removeFirst();
    m_tunings.append({digest, model.packed, model.tunedFile});
    return digest;
}

/// For people: a preset or rules, and what else makes it another trial.
QString TriedPlansController::nameOf(const TriedPlan &plan) const
{
    const QString preset = m_parts.session->planName();
    QString name = preset == QLatin1String("custom") ? plan.rules : preset;
    if (!plan.ranges.empty())
        name = tr("%1, own ranges").arg(name);
    if (plan.tuned.isEmpty())
        return name;
    QStringList tunings; // of this model, in the order in which they came
    for (const TriedPlan &other : m_parts.session->triedPlans()->plans())
        if (other.model == plan.model && !other.tuned.isEmpty() && !tunings.contains(other.tuned))
            tunings << other.tuned;
    const qsizetype place = tunings.indexOf(plan.tuned);
    const qsizetype number = (place < 0 ? tunings.size() : place) + 1;
    return number == 1 ? tr("%1, tuned").arg(name) : tr("%1, tuned %2").arg(name).arg(number);
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
    plan.picture = picture();
    plan.rules = rulesOf(session->plan(), *session);
    plan.ranges = session->chosenRanges();
    plan.tuned = tuning();
    plan.name = nameOf(plan);
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
        const QString which = picture();
        const QString tuned = tuning();
        const QList<TriedPlan> &plans = m_parts.session->triedPlans()->plans();
        for (int row = 0; row < plans.size(); ++row) {
            const TriedPlan &plan = plans.at(row);
            if (plan.model != session->model().name || !plan.isOf(which, session->input().name))
                continue;
            entries.append({plan.name, plan.bytes, plan.seconds, plan.psnrFp32, plan.piChange,
                            plan.rules == rules && plan.ranges == session->chosenRanges() && plan.tuned == tuned,
                            !plan.tuned.isEmpty()});
            m_shown << row;
        }
    }
    m_parts.panel->setEntries(entries);
}

void TriedPlansController::restoreEntry(int entry)
{
    const Session *session = m_parts.session;
    if (entry >= 0 && entry < m_shown.size() && session->hasModel())
        restore(session->triedPlans()->plans().at(m_shown.at(entry)));
}

bool TriedPlansController::restore(const TriedPlan &tried)
{
    const TriedPlan plan = tried; // the list may change while it is restored
    Session *session = m_parts.session;
    try {
        const quant::BitPlan bits = quant::BitPlan::fromRules(plan.rules.toStdString(), *session->model().generator);
        if (plan.tuned != tuning()) {
            Session::Setting setting{nullptr, {}, bits, plan.ranges};
            if (!plan.tuned.isEmpty()) {
                const auto kept = std::find_if(m_tunings.cbegin(), m_tunings.cend(),
                                               [&plan](const Tuning &tuning) { return tuning.digest == plan.tuned; });
                if (kept == m_tunings.cend()) {
                    m_parts.messages->postWarning(tr("%1 was run with a tuned model that is no longer at hand. Open "
                                                     "the session that it was saved "
                                                     "with, or tune again.")
                                                      .arg(plan.name));
                    return false;
                }
                // The same model may have been opened anew.
                setting.tuned = kept->model->generator == session->model().generator
                                    ? kept->model
                                    : quant::withGenerator(*kept->model, session->model().generator);
                setting.tunedFile = kept->file;
            }
            session->editSetting(setting, tr("tried plan %1").arg(plan.name));
            return true;
        }
        if (plan.ranges == session->chosenRanges()) {
            session->editPlan(bits, tr("tried plan %1").arg(plan.name));
            return true;
        }
        session->undoStack()->beginMacro(tr("tried plan %1").arg(plan.name));
        session->editPlan(bits, {});
        session->editRanges(plan.ranges, {});
        session->undoStack()->endMacro();
        return true;
    } catch (const base::Error &error) {
        // From a session of another version of this model: its layers are not the same, the point stays as a record.
        m_parts.messages->postError(
            tr("The plan %1 is not one of this model: %2").arg(plan.name, QString::fromStdString(error.detail())));
    }
    return false;
}

} // namespace bitlens::app
