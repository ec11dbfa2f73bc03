// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/enginethread.h"
#include "engine/search/sensitivity.h"
#include "ui/allocationpanel.h"
#include "ui/sensitivitypanel.h"

#include <QObject>

#include <memory>
#include <optional>

class QDockWidget;

namespace bitlens::ui {
class Actions;
class BitPlanPanel;
class MessageBar;
} // namespace bitlens::ui

namespace bitlens::app {

class FileController;

/// Sensitivity and bit allocation from the window: analyses the open model on the open picture, on the thread of the
/// long analyses, and shows what is found as it comes. What was measured is kept in the user's data folder, so that an
/// analysis which was cancelled goes on. GUI thread.
class SensitivityController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        FileController *files = nullptr;
        ui::SensitivityPanel *panel = nullptr;
        ui::AllocationPanel *allocation = nullptr;
        ui::BitPlanPanel *plan = nullptr;
        ui::MessageBar *messages = nullptr;
        QWidget *window = nullptr; ///< parent of dialogs
    };
    explicit SensitivityController(const Parts &parts, QObject *parent = nullptr);

    bool isBusy() const { return m_request != 0 || m_allocationRequest != 0; }

public slots:
    void start(bitlens::ui::SensitivityPanel::Kind kind);
    void startAllocation(bitlens::ui::AllocationPanel::Budget budget, double amount);
    void cancel();
    /// Writes everything that was found; JSON, or CSV where the name ends so.
    void save(const QString &path);
    /// Makes a plan that was found the session's, as a step that undo takes back.
    void applyPlan(int row);

private:
    struct Subject;
    std::shared_ptr<const Subject> subject() const;
    void forgetResults();
    void updateReady();
    /// Before any results: what they are of. Those of other conditions are forgotten.
    void takeConditions(const search::SensitivityReport &report);
    void take(const QList<search::Sensitivity> &found);
    void showOnSliders();
    void keep(const search::Sensitivity &entry);
    void takePlan(const ui::AllocationModel::Plan &plan);
    void takeEnd(RequestId id, const QString &how);
    void showSaveDialog();

    Parts m_parts;
    RequestId m_request = 0;           ///< of the running analysis; 0: none
    RequestId m_allocationRequest = 0; ///< of the running allocation; 0: none
    search::SensitivityReport m_report;
};

} // namespace bitlens::app
