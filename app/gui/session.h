// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"
#include "engine/image/image.h"
#include "engine/model/generator.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/calibration.h"
#include "engine/quant/quantizedmodel.h"

#include <QObject>
#include <QString>
#include <QUndoStack>

#include <optional>

namespace bitlens::app {

class TriedPlans;

/// A decoded picture and where it came from.
struct OpenedImage {
    image::Image picture;
    QString name; ///< for people: the file's name, "clipboard"
    QString path; ///< empty when it did not come from a file
};

/// A generator that is ready to run, and how to open it again.
struct OpenedModel {
    model::GeneratorPtr generator;
    QString name;     ///< for people: catalogue name or file name
    QString argument; ///< what was asked for: catalogue name or path
    /// The plan that came with a quantized model file; none for plain weights.
    std::optional<quant::BitPlan> plan;
    /// The quantized model of that file: its ranges and weights are used as they are. Null for plain weights.
    quant::QuantizedModelPtr packed = nullptr;
    /// The file that keeps `packed` where it was tuned from `generator`; empty: it is in none (yet).
    QString tunedFile = {};
    QString warning = {}; ///< what could not be brought back, for people; empty: nothing

    /// `packed` was tuned from the generator, which is not its own.
    bool isTuned() const { return packed && generator && generator->storage != model::WeightStorage::Quantized; }
};

/// The document of the window: picture, reference, generator, plan and the last complete result. Emits facts; computes
/// no pixels and starts nothing. Plan edits can be undone; opening something clears the history of a different
/// generator.
class Session : public QObject {
    Q_OBJECT

public:
    explicit Session(QObject *parent = nullptr);

    bool hasInput() const { return !m_input.picture.isNull(); }
    const OpenedImage &input() const { return m_input; }
    /// Drops reference and result, which belong to another picture.
    void setInput(const OpenedImage &input);

    bool hasReference() const { return !m_reference.picture.isNull(); }
    const OpenedImage &reference() const { return m_reference; }
    /// A null picture takes the reference away.
    void setReference(const OpenedImage &reference);
    /// Whether the reference has the size that the generator makes of the input.
    bool referenceFits() const;

    bool hasModel() const { return m_model.generator != nullptr; }
    const OpenedModel &model() const { return m_model; }
    /// The plan becomes the model's own, else the preset that was in use, else the default preset.
    void setModel(const OpenedModel &model);

    /// The model's tuned quantized model is in this file now; no signal but tunedFileChanged.
    void setTunedFile(const QString &path);

    const quant::BitPlan &plan() const { return m_plan; }
    /// The name of the preset that equals a plan of the current model, "custom" when none does, empty without a model.
    QString nameOf(const quant::BitPlan &plan) const;
    QString planName() const { return nameOf(m_plan); }
    /// A user's edit, as a step that undo takes back; `label` names it ("W of body to 6 bits"). Equal plans are no
    /// step.
    void editPlan(const quant::BitPlan &plan, const QString &label);
    /// Ranges of feature maps that the user chose in place of the calibrated ones; they belong to the model.
    const quant::RangeChoices &chosenRanges() const { return m_ranges; }
    /// An edit of them, as a step that undo takes back. Equal choices are no step.
    void editRanges(const quant::RangeChoices &ranges, const QString &label);
    /// What the quantized side is made of: a tuned model of the generator (null: none), the plan and the ranges.
    struct Setting {
        quant::QuantizedModelPtr tuned = nullptr;
        QString tunedFile = {}; ///< that keeps `tuned`; empty: in none (yet)
        quant::BitPlan plan;
        quant::RangeChoices ranges;
    };
    /// All of it at once, as a step that undo takes back. Only for a model that is not a quantized one itself.
    void editSetting(const Setting &setting, const QString &label);
    /// Plan and ranges of a session that was opened: no step of the history, which begins anew.
    void restorePlan(const quant::BitPlan &plan, const quant::RangeChoices &ranges);
    QUndoStack *undoStack() { return &m_undoStack; }
    /// All plans that were run in this session, saved with it.
    TriedPlans *triedPlans() const { return m_triedPlans; }

    /// The preset that a model without a plan of its own begins with when no other is in use; empty: the usual one.
    void setFirstPreset(const QString &name) { m_firstPreset = name; }

    /// Output pixels of the input under the current model; of scale 4 while there is no model.
    image::Size outputSize() const;

    /// The last complete result of this input and model, whatever the plan; empty when there is none.
    const std::optional<compare::Result> &result() const { return m_result; }
    void setResult(const compare::Result &result);
    /// Whether the last result was made with the current plan and the current ranges.
    bool isResultCurrent() const;

signals:
    void inputChanged();
    void referenceChanged();
    void modelChanged();
    void tunedFileChanged();
    void planChanged(const bitlens::quant::BitPlan &plan);
    void planRestored(); ///< by restorePlan, after planChanged
    void rangesChanged();
    void resultChanged();

private:
    class PlanEdit;
    class RangeEdit;
    class SettingEdit;
    void applySetting(const Setting &setting);
    void applyPlan(const quant::BitPlan &plan);
    void applyRanges(const quant::RangeChoices &ranges);

    OpenedImage m_input;
    OpenedImage m_reference;
    OpenedModel m_model;
    quant::BitPlan m_plan;
    quant::RangeChoices m_ranges;
    QString m_firstPreset;
    std::optional<compare::Result> m_result;
    QUndoStack m_undoStack;
    TriedPlans *m_triedPlans;
};

} // namespace bitlens::app
