// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QObject>

#include <memory>

class QMainWindow;

namespace bitlens::ui {
class Actions;
class ActivationsPanel;
class BitPlanPanel;
class CompareView;
class MessageBar;
class ReadoutsPanel;
class StatusPanel;
class TriedPlansPanel;
} // namespace bitlens::ui

namespace bitlens::app {

class CompareController;
class CostController;
class EngineThread;
class FileController;
class ScoreController;
class Session;
class TriedPlansController;

/// What explains a result, beside the picture: scores, costs of layers, activations, tried plans. Makes the panels and
/// controllers of these and connects them with actions and view; the window puts the panels into docks. GUI thread.
class Insight : public QObject {
    Q_OBJECT

public:
    struct Parts {
        QMainWindow *window = nullptr;
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        CompareController *comparisons = nullptr;
        FileController *files = nullptr;
        ui::CompareView *view = nullptr;
        ui::ReadoutsPanel *readouts = nullptr;
        ui::BitPlanPanel *plan = nullptr;
        ui::StatusPanel *status = nullptr;
        ui::MessageBar *messages = nullptr;
        ui::Actions *actions = nullptr;
    };
    explicit Insight(const Parts &parts, QObject *parent = nullptr);
    ~Insight() override;

    ui::ActivationsPanel *activations() const;
    ui::TriedPlansPanel *triedPlans() const;
    ScoreController *scores() const;
    CostController *costs() const;
    TriedPlansController *tried() const;

    /// Stops what it has asked for itself; false when there was nothing.
    bool cancel();

signals:
    /// The session's plan was written to a file.
    void planSaved(const QString &path);

private:
    void connectActions();
    void updateEnabled();
    void showSavePlanDialog();
    void savePlan(const QString &path);

    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::app
