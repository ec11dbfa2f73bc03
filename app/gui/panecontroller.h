// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/requestqueue.h"
#include "engine/compare/comparison.h"
#include "ui/views/displaypicture.h"

#include <QObject>

namespace bitlens::ui {
class Actions;
class CompareView;
class MessageBar;
} // namespace bitlens::ui

namespace bitlens::app {

class CompareController;
class DisplayCache;
class EngineThread;
class Session;

/// Gives the compare view what it shows beside the two results: the bicubic enlargement (made on a thread of its own
/// when it is first looked at), the reference, and the last complete result of another plan to blink against; and
/// connects the actions that choose among them. GUI thread.
class PaneController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        CompareController *comparisons = nullptr;
        const DisplayCache *displays = nullptr; ///< results that were prepared for the screen
        ui::CompareView *view = nullptr;
        ui::Actions *actions = nullptr;
        ui::MessageBar *messages = nullptr;
    };
    explicit PaneController(const Parts &parts, QObject *parent = nullptr);

private:
    /// A complete quantized picture and whose it is.
    struct Kept {
        quant::BitPlan plan;
        ui::DisplayPicture picture;
    };

    void connectActions();
    void startPicture();
    void updateReference();
    void updateActions();
    void requestBicubic();
    void keepResult(const compare::Result &result);
    /// The view shows this plan now: what it blinks against is the newest result of another one.
    void showPreviousOf(const quant::BitPlan &plan);
    QString labelOf(const quant::BitPlan &plan) const;

    Parts m_parts;
    RequestId m_bicubicRequest = 0;
    bool m_bicubicShown = false;
    Kept m_last;
    Kept m_before;              ///< the last one of another plan than m_last's
    quant::BitPlan m_blinkPlan; ///< of what the view has
};

} // namespace bitlens::app
