// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/queueestimate.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <memory>
#include <optional>

namespace bitlens::ui {
class QueuePanel;
}

namespace bitlens::app {

class CompareController;
class EngineThread;
class QueueHold;

/// How far the queue is, on its panel: of the picture at hand and of all, with the time that is left. Counts the time
/// in which it really works, and holds it while the window's own comparison needs the processors. GUI thread.
class QueueProgress : public QObject {
    Q_OBJECT

public:
    struct Parts {
        EngineThread *engine = nullptr;
        CompareController *comparisons = nullptr;
        ui::QueuePanel *panel = nullptr;
    };
    QueueProgress(const Parts &parts, std::shared_ptr<QueueHold> hold, QObject *parent = nullptr);

    /// The queue starts anew.
    void start() { m_estimate.start(); }
    void beginItem(quint64 id);
    void setFraction(double fraction, const QString &what);
    /// It waits between two parts, or goes on.
    void setHeld(bool held);
    bool isHeld() const { return m_held; }
    void itemDone();
    void itemFailed();
    /// Whatever came of it.
    void endItem();
    /// Reads the sizes of what is on the list, on which the remaining time depends.
    void findSizes();
    /// What the panel says of all pictures follows the list.
    void show();

    /// Since the start.
    int done() const { return m_estimate.done(); }
    int failed() const { return m_estimate.failed(); }

private:
    std::optional<ui::QueueItem> item(quint64 id) const;
    double runningWeight() const;
    void beat();

    Parts m_parts;
    std::shared_ptr<QueueHold> m_hold;
    quint64 m_running = 0; ///< id of the item at hand; 0: none
    bool m_held = false;
    QTimer m_beat; ///< while something is made
    QElapsedTimer m_sinceBeat;
    QueueEstimate m_estimate; ///< since the start
};

} // namespace bitlens::app
