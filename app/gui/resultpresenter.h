// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/displaycache.h"
#include "app/gui/requestqueue.h"
#include "engine/compare/comparison.h"

#include <QElapsedTimer>
#include <QObject>

namespace bitlens::ui {
class CompareView;
class MessageBar;
class ReadoutsPanel;
class StatusPanel;
} // namespace bitlens::ui

namespace bitlens::app {

class CompareController;
class EngineThread;
class Session;

/// Shows what session and comparisons say: pictures in the compare view, numbers in the readouts, state in the bottom
/// line. Numbers that no longer belong to the plan stay, dimmed, until the new ones are there. GUI thread.
class ResultPresenter : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        CompareController *comparisons = nullptr;
        ui::CompareView *view = nullptr;
        ui::ReadoutsPanel *readouts = nullptr;
        ui::StatusPanel *status = nullptr;
        ui::MessageBar *messages = nullptr;
    };
    explicit ResultPresenter(const Parts &parts, QObject *parent = nullptr);

    /// Results as the engine thread prepared them for the screen.
    const DisplayCache *displays() const { return &m_displays; }

private:
    void startPicture();
    void showStart(const quant::BitPlan &plan, bool preview);
    void showSide(compare::Side side, const compare::SideReport &report);
    void showResult(const compare::Result &result);
    void showPictures(const compare::Result &result);
    void showFailure(const Failure &failure);
    void showCancelled();
    /// Takes parts of a result that will not be complete off the view again.
    void dropParts();
    void setUpdating(bool updating);

    Parts m_parts;
    DisplayCache m_displays;
    bool m_partsShown = false;  ///< the running comparison has changed pixels of the view
    bool m_fp32Shown = false;   ///< the view's FP32 side belongs to this input and model
    QElapsedTimer m_sinceStart; ///< of the comparison that runs
    /// The last complete result, known by its samples, and how long it took.
    const void *m_doneResult = nullptr;
    double m_doneSeconds = 0.0;
};

} // namespace bitlens::app
