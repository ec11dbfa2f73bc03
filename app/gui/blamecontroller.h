// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/requestqueue.h"
#include "engine/compare/blame.h"

#include <QObject>
#include <QRect>

namespace bitlens::ui {
class Actions;
class BitPlanPanel;
class BlamePanel;
class CompareView;
} // namespace bitlens::ui

class QDockWidget;

namespace bitlens::app {

class CompareController;
class EngineThread;
class Session;

/// Blame: a pixel or region that is chosen on the picture is looked at layer by layer, and the panel ranks them. An
/// answer that no longer belongs to the plan is stopped and marked, because a comparison must not wait for it. GUI
/// thread.
class BlameController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        CompareController *comparisons = nullptr;
        ui::CompareView *view = nullptr;
        ui::BlamePanel *panel = nullptr;
        ui::BitPlanPanel *plan = nullptr;
        ui::Actions *actions = nullptr;
        QDockWidget *dock = nullptr; ///< of the panel
    };
    explicit BlameController(const Parts &parts, QObject *parent = nullptr);

    bool isBusy() const { return m_running != 0; }

public slots:
    /// Looks at a part of the result, in output pixels; as soon as the result is there.
    void request(const QRect &region);
    void cancel();

private:
    void setPicking(bool on);
    void start();
    void stopWaiting(const QString &why);
    void reset();
    void markOutdated();
    void selectLayer(int layer, const QString &path);

    Parts m_parts;
    QRect m_region;
    bool m_waiting = false; ///< for the result of the session's plan
    RequestId m_running = 0;
};

} // namespace bitlens::app
