// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QList>
#include <QObject>

namespace bitlens::ui {
class MessageBar;
class TriedPlansPanel;
} // namespace bitlens::ui

namespace bitlens::app {

class Session;
struct TriedPlan;

/// Records each result among the session's tried plans, shows those of the current picture and model, and brings one
/// back (with its ranges, as one step that undo takes back). GUI thread.
class TriedPlansController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        ui::TriedPlansPanel *panel = nullptr;
        ui::MessageBar *messages = nullptr;
    };
    explicit TriedPlansController(const Parts &parts, QObject *parent = nullptr);

    /// Makes a tried plan with its ranges the session's; false (and a message) when it is not one of this model.
    bool restore(const TriedPlan &plan);

private:
    void recordResult();
    void show();
    void restoreEntry(int entry);
    QString digest();
    QString picture();

    Parts m_parts;
    QString m_digest;   ///< of the session's picture; empty: not computed yet
    QList<int> m_shown; ///< rows of the model, one per entry of the panel
};

} // namespace bitlens::app
