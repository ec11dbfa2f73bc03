// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/planchooser.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/calibration.h"
#include "engine/quant/quantizedmodel.h"

#include <QObject>

namespace bitlens::ui {
class Actions;
class BitPlanPanel;
} // namespace bitlens::ui

namespace bitlens::app {

class FileController;
class RecentFiles;
class Session;
class TriedPlansController;

/// Keeps the toolbar's list of plans: presets, the last plans that were tried with this model, and the plan files that
/// were opened last; makes what is chosen the session's plan, as a step that undo takes back. GUI thread.
class PlanList : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        PlanChooser *chooser = nullptr;
        ui::BitPlanPanel *plan = nullptr;
        TriedPlansController *tried = nullptr;
        FileController *files = nullptr;
        RecentFiles *recent = nullptr;
        ui::Actions *actions = nullptr;
    };
    explicit PlanList(const Parts &parts, QObject *parent = nullptr);

    /// Tried plans that the list offers.
    static constexpr int kTried = 8;

private:
    void fill();
    void showCurrent();
    void choose(PlanChooser::Kind kind, const QString &key);
    /// The session's plan is now that of an entry.
    void take(PlanChooser::Kind kind, const QString &key);

    Parts m_parts;
    /// The entry that the session's plan was last taken from, and what the plan was: it is that entry's until edited.
    PlanChooser::Kind m_kind = PlanChooser::Kind::Open;
    QString m_key;
    quant::BitPlan m_plan;
    quant::RangeChoices m_ranges;
    quant::QuantizedModelPtr m_model; ///< what the generator was tuned to
};

} // namespace bitlens::app
