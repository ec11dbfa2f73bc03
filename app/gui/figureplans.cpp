// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/figureplans.h"

#include "app/gui/comparecontroller.h"
#include "app/gui/scorecontroller.h"
#include "app/gui/session.h"
#include "app/gui/triedplans.h"
#include "engine/base/error.h"

#include <algorithm>
#include <utility>

namespace bitlens::app {

namespace {

/// More tried plans than these are no choice any more.
constexpr qsizetype kMostTriedChoices = 12;

figure::PlanPicture pictureOf(const compare::Result &result)
{
    const std::string rules = result.model->plan.toRules(*result.model->generator);
    return {result.report.plan == "custom" ? rules : result.report.plan, rules, result.quantized,
            result.report.quantized};
}

} // namespace

FigurePlans::FigurePlans(const Parts &parts, QObject *parent)
    : QObject(parent), m_parts(parts), m_request(new CurrentRequest(parts.engine, this))
{
    m_entries.append(Entry{});
    const Session *session = parts.session;
    for (const auto signal :
         {&Session::inputChanged, &Session::modelChanged, &Session::rangesChanged, &Session::referenceChanged})
        connect(session, signal, this, &FigurePlans::startPicture);
    connect(session, &Session::resultChanged, this, &FigurePlans::takeResult);
    for (const auto signal : {&TriedPlans::rowsInserted, &TriedPlans::rowsRemoved})
        connect(session->triedPlans(), signal, this, &FigurePlans::changed);

    connect(m_request, &CurrentRequest::progressed, this, [this](double fraction) {
        Entry *entry = running();
        if (!entry)
            return;
        entry->fraction = std::clamp(fraction, 0.0, 1.0);
        emit changed();
    });
    connect(m_request, &CurrentRequest::failed, this, [this](const Failure &failure) {
        if (Entry *entry = running()) {
            entry->state = State::Failed;
            entry->error = failure.message();
        }
    });
    connect(m_request, &CurrentRequest::ended, this, &FigurePlans::endOfRun);
    // It is asked for again at its end, behind what the user waits for.
    connect(parts.comparisons, &CompareController::engineWanted, m_request, &CurrentRequest::cancel);
}

QList<int> FigurePlans::shownEntries() const
{
    QList<int> shown;
    for (int i = 0; i < m_entries.size(); ++i)
        if (m_entries.at(i).argument.isEmpty() || (m_entries.at(i).plan && !isShownPlan(m_entries.at(i))))
            shown << i;
    return shown;
}

/// Whether the window's result is this plan's: it stands in the figure once.
bool FigurePlans::isShownPlan(const Entry &entry) const
{
    const auto &result = m_parts.session->result();
    return entry.plan && result && result->model && result->model->plan == *entry.plan;
}

QList<ui::FigurePlanRow> FigurePlans::rows() const
{
    QList<ui::FigurePlanRow> rows;
    const auto &result = m_parts.session->result();
    for (const int i : shownEntries()) {
        const Entry &entry = m_entries.at(i);
        ui::FigurePlanRow row;
        if (entry.argument.isEmpty()) {
            row.state = State::Shown;
            if (result && result->model) {
                const figure::PlanPicture shown = pictureOf(*result);
                row.name = QString::fromStdString(shown.name);
                row.rules = QString::fromStdString(shown.rules);
            }
        } else {
            row = {entry.argument, QString::fromStdString(entry.plan->toRules(*m_parts.session->model().generator)),
                   entry.made ? State::Ready : entry.state, entry.fraction, entry.error};
        }
        rows << row;
    }
    return rows;
}

QList<ui::FigurePlanChoice> FigurePlans::choices() const
{
    const Session *session = m_parts.session;
    QList<ui::FigurePlanChoice> choices;
    if (!session->hasModel())
        return choices;
    QList<quant::BitPlan> known;
    for (const Entry &entry : m_entries)
        if (entry.plan)
            known << *entry.plan;
    if (session->result() && session->result()->model)
        known << session->result()->model->plan;
    const auto offer = [&](const QString &argument, bool tried) {
        const auto plan = planOf(argument);
        if (!plan || plan->isAllFloat() || known.contains(*plan)) // FP32 has a column of its own
            return;
        known << *plan;
        choices << ui::FigurePlanChoice{argument, argument, tried};
    };
    for (const quant::Preset &preset : quant::presets())
        offer(QString::fromStdString(preset.name), false);
    const qsizetype presets = choices.size();
    const QList<TriedPlan> &tried = session->triedPlans()->plans();
    for (auto plan = tried.crbegin(); plan != tried.crend() && choices.size() < presets + kMostTriedChoices; ++plan)
        if (plan->model == session->model().name)
            offer(plan->rules, true);
    return choices;
}

void FigurePlans::addTo(figure::Source *source) const
{
    const figure::PlanPicture atHand = source->plans.at(source->atHand);
    source->plans.clear();
    for (const int i : shownEntries()) {
        const Entry &entry = m_entries.at(i);
        if (entry.argument.isEmpty()) {
            source->atHand = source->plans.size();
            source->plans.push_back(atHand);
        } else if (entry.made) {
            source->plans.push_back(*entry.made);
        }
    }
}

QStringList FigurePlans::arguments() const
{
    QStringList arguments;
    for (const Entry &entry : m_entries)
        arguments << entry.argument;
    return arguments;
}

void FigurePlans::setArguments(const QStringList &arguments)
{
    cancel();
    m_entries.clear();
    for (const QString &argument : arguments)
        if (std::none_of(m_entries.cbegin(), m_entries.cend(),
                         [&](const Entry &entry) { return entry.argument == argument; }))
            m_entries.append(Entry{argument, planOf(argument), std::nullopt, State::Missing, 0.0, {}});
    if (!arguments.contains(QString()))
        m_entries.prepend(Entry{});
    emit changed();
    emit picturesChanged();
}

std::optional<quant::BitPlan> FigurePlans::planOf(const QString &argument) const
{
    const Session *session = m_parts.session;
    if (argument.isEmpty() || !session->hasModel())
        return std::nullopt;
    try {
        return quant::planFromArgument(argument.toStdString(), *session->model().generator);
    } catch (const base::Error &) {
        return std::nullopt; // rules for another generator
    }
}

void FigurePlans::add(const QString &argument)
{
    const auto plan = planOf(argument);
    const bool known = std::any_of(m_entries.cbegin(), m_entries.cend(),
                                   [&](const Entry &entry) { return entry.argument == argument; });
    if (!plan || known)
        return;
    m_entries.append(Entry{argument, plan, std::nullopt, State::Waiting, 0.0, {}});
    takeResult(); // the window's plan needs no run
    emit argumentsChanged();
    runNext();
}

bool FigurePlans::keepShown()
{
    const auto &result = m_parts.session->result();
    if (!result || !result->model)
        return false;
    const figure::PlanPicture shown = pictureOf(*result);
    const QString argument = QString::fromStdString(shown.name);
    if (std::any_of(m_entries.cbegin(), m_entries.cend(), [this](const Entry &entry) { return isShownPlan(entry); }))
        return false;
    // Before the window's plan, which becomes another one now.
    const auto window =
        std::find_if(m_entries.cbegin(), m_entries.cend(), [](const Entry &entry) { return entry.argument.isEmpty(); });
    m_entries.insert(window - m_entries.cbegin(), Entry{argument, result->model->plan, shown, State::Ready, 1.0, {}});
    emit changed();
    emit argumentsChanged();
    return true;
}

void FigurePlans::remove(int row)
{
    const QList<int> shown = shownEntries();
    if (row < 0 || row >= shown.size() || m_entries.at(shown.at(row)).argument.isEmpty())
        return;
    const Entry entry = m_entries.takeAt(shown.at(row));
    if (entry.plan == m_runningPlan)
        m_request->cancel();
    emit changed();
    emit picturesChanged();
    emit argumentsChanged();
}

void FigurePlans::move(int from, int to)
{
    const QList<int> shown = shownEntries();
    if (from < 0 || to < 0 || from >= shown.size() || to >= shown.size() || from == to)
        return;
    m_entries.move(shown.at(from), shown.at(to));
    emit changed();
    emit picturesChanged();
    emit argumentsChanged();
}

void FigurePlans::computeMissing()
{
    for (Entry &entry : m_entries)
        if (entry.plan && !entry.made && entry.state != State::Running)
            entry.state = State::Waiting;
    emit changed();
    runNext();
}

void FigurePlans::cancel()
{
    for (Entry &entry : m_entries)
        if (entry.state == State::Waiting || entry.state == State::Running)
            entry.state = State::Missing;
    m_request->cancel();
    emit changed();
}

/// Pictures of before belong to another picture, model, range or reference.
void FigurePlans::startPicture()
{
    cancel();
    for (Entry &entry : m_entries) {
        entry.plan = planOf(entry.argument);
        entry.made.reset();
        entry.state = State::Missing;
        entry.error.clear();
    }
    emit changed();
    emit picturesChanged();
}

void FigurePlans::takeResult()
{
    const auto &result = m_parts.session->result();
    if (result && result->model && m_parts.session->isResultCurrent())
        for (Entry &entry : m_entries)
            if (isShownPlan(entry)) {
                entry.made = pictureOf(*result);
                entry.state = State::Ready;
            }
    emit changed();
}

FigurePlans::Entry *FigurePlans::running()
{
    const auto found = std::find_if(m_entries.begin(), m_entries.end(), [this](const Entry &entry) {
        return entry.state == State::Running && entry.plan == m_runningPlan;
    });
    return found == m_entries.end() ? nullptr : &*found;
}

void FigurePlans::runNext()
{
    const auto next = std::find_if(m_entries.begin(), m_entries.end(),
                                   [](const Entry &entry) { return entry.state == State::Waiting && entry.plan; });
    if (m_request->isOpen() || next == m_entries.end() || !m_parts.session->hasInput() || !m_parts.session->hasModel())
        return;
    next->state = State::Running;
    next->fraction = 0.0;
    next->error.clear();
    m_runningPlan = *next->plan;
    compare::Request request = m_parts.comparisons->requestFor(m_runningPlan);
    request.focus = {};
    request.maModel = m_parts.scores->maModel();
    EngineTask task;
    task.lane = Lane::Engine;
    task.background = true; // behind what the user waits for
    task.file = m_parts.session->input().name;
    task.work = [this, request](TaskContext &context, const base::Job &job) -> RequestQueue::Delivery {
        compare::Result result = context.comparison.run(request, job);
        return [this, plan = request.plan, result = std::move(result)] { take(plan, result); };
    };
    m_request->start(std::move(task));
    emit changed();
}

void FigurePlans::take(const quant::BitPlan &plan, const compare::Result &result)
{
    for (Entry &entry : m_entries)
        if (entry.plan == plan && entry.state == State::Running) {
            entry.made = pictureOf(result);
            entry.state = State::Ready;
        }
    emit picturesChanged();
}

void FigurePlans::endOfRun()
{
    // It has given way to the window and goes on.
    if (Entry *entry = running())
        entry->state = State::Waiting;
    emit changed();
    runNext();
}

} // namespace bitlens::app
