// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/session.h"

#include "app/gui/triedplans.h"

#include <QUndoCommand>

#include <algorithm>

namespace bitlens::app {

namespace {
constexpr int kUsualScale = 4;
constexpr const char *kCustomPlanName = "custom";

bool isPreset(const QString &name)
{
    const auto presets = quant::presets();
    return std::any_of(presets.begin(), presets.end(),
                       [&](const quant::Preset &preset) { return preset.name == name.toStdString(); });
}

/// The name of the preset that makes exactly this plan; empty when none does.
QString presetOf(const quant::BitPlan &plan, const model::Generator &generator)
{
    for (const quant::Preset &preset : quant::presets())
        if (quant::presetPlan(preset.name, generator) == plan)
            return QString::fromStdString(preset.name);
    return {};
}
} // namespace

/// One step of the plan's history: the plans before and after.
class Session::PlanEdit : public QUndoCommand {
public:
    PlanEdit(Session *session, quant::BitPlan after, const QString &label)
        : QUndoCommand(label), m_session(session), m_before(session->plan()), m_after(std::move(after))
    {
    }
    void undo() override { m_session->applyPlan(m_before); }
    void redo() override { m_session->applyPlan(m_after); }

private:
    Session *m_session;
    quant::BitPlan m_before;
    quant::BitPlan m_after;
};

/// One step of the history of chosen ranges.
class Session::RangeEdit : public QUndoCommand {
public:
    RangeEdit(Session *session, quant::RangeChoices after, const QString &label)
        : QUndoCommand(label), m_session(session), m_before(session->chosenRanges()), m_after(std::move(after))
    {
    }
    void undo() override { m_session->applyRanges(m_before); }
    void redo() override { m_session->applyRanges(m_after); }

private:
    Session *m_session;
    quant::RangeChoices m_before;
    quant::RangeChoices m_after;
};

/// One step that may change what the model was tuned to.
class Session::SettingEdit : public QUndoCommand {
public:
    SettingEdit(Session *session, Setting after, const QString &label)
        : QUndoCommand(label),
          m_session(session),
          m_before{session->model().packed, session->model().tunedFile, session->plan(), session->chosenRanges()},
          m_after(std::move(after))
    {
    }
    void undo() override { m_session->applySetting(m_before); }
    void redo() override { m_session->applySetting(m_after); }

private:
    Session *m_session;
    Setting m_before;
    Setting m_after;
};

Session::Session(QObject *parent) : QObject(parent), m_undoStack(this), m_triedPlans(new TriedPlans(this)) {}

void Session::setInput(const OpenedImage &input)
{
    m_input = input;
    m_reference = {};
    m_result.reset();
    emit inputChanged();
    emit referenceChanged();
    emit resultChanged();
}

void Session::setReference(const OpenedImage &reference)
{
    m_reference = reference;
    emit referenceChanged();
}

bool Session::referenceFits() const
{
    return hasReference() && hasInput() && hasModel() && m_reference.picture.size() == outputSize();
}

void Session::setModel(const OpenedModel &model)
{
    const QString preset = hasModel() ? presetOf(m_plan, *m_model.generator) : QString();
    m_model = model;
    m_result.reset();
    m_undoStack.clear();
    m_ranges.clear();
    if (!m_model.generator) {
        m_plan = {};
    } else if (model.plan) {
        m_plan = *model.plan;
    } else {
        const QString first = isPreset(m_firstPreset) ? m_firstPreset : QString::fromLatin1(quant::kDefaultPreset);
        m_plan = quant::presetPlan((preset.isEmpty() ? first : preset).toStdString(), *m_model.generator);
    }
    emit modelChanged();
    emit planChanged(m_plan);
    emit resultChanged();
}

void Session::setTunedFile(const QString &path)
{
    if (!m_model.isTuned() || path == m_model.tunedFile)
        return;
    m_model.tunedFile = path;
    emit tunedFileChanged();
}

QString Session::nameOf(const quant::BitPlan &plan) const
{
    if (!hasModel())
        return {};
    const QString preset = presetOf(plan, *m_model.generator);
    return preset.isEmpty() ? QString::fromLatin1(kCustomPlanName) : preset;
}

void Session::editPlan(const quant::BitPlan &plan, const QString &label)
{
    if (!hasModel() || plan == m_plan || plan.size() != m_plan.size())
        return;
    m_undoStack.push(new PlanEdit(this, plan, label));
}

void Session::editSetting(const Setting &setting, const QString &label)
{
    if (hasModel() && setting.plan.size() == m_plan.size() && (!m_model.packed || m_model.isTuned()))
        m_undoStack.push(new SettingEdit(this, setting, label));
}

void Session::applySetting(const Setting &setting)
{
    m_model.packed = setting.tuned;
    m_model.tunedFile = setting.tunedFile;
    m_model.plan.reset();
    if (setting.tuned)
        m_model.plan = setting.tuned->plan;
    m_plan = setting.plan;
    m_ranges = setting.ranges;
    m_result.reset();
    emit modelChanged();
    emit planChanged(m_plan);
    emit rangesChanged();
    emit resultChanged();
}

void Session::restorePlan(const quant::BitPlan &plan, const quant::RangeChoices &ranges)
{
    if (!hasModel() || plan.size() != m_plan.size())
        return;
    m_undoStack.clear();
    if (!(plan == m_plan))
        applyPlan(plan);
    if (ranges != m_ranges)
        applyRanges(ranges);
    emit planRestored();
}

void Session::applyPlan(const quant::BitPlan &plan)
{
    m_plan = plan;
    emit planChanged(m_plan);
}

void Session::editRanges(const quant::RangeChoices &ranges, const QString &label)
{
    if (!hasModel() || ranges == m_ranges)
        return;
    m_undoStack.push(new RangeEdit(this, ranges, label));
}

void Session::applyRanges(const quant::RangeChoices &ranges)
{
    m_ranges = ranges;
    emit rangesChanged();
}

image::Size Session::outputSize() const
{
    const int scale = hasModel() ? m_model.generator->scale : kUsualScale;
    return {m_input.picture.width() * scale, m_input.picture.height() * scale};
}

void Session::setResult(const compare::Result &result)
{
    m_result = result;
    emit resultChanged();
}

bool Session::isResultCurrent() const
{
    return m_result && m_result->model && m_result->model->plan == m_plan && m_result->chosenRanges == m_ranges;
}

} // namespace bitlens::app
