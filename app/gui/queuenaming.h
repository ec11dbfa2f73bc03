// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/queuestate.h"
#include "engine/compare/outputnames.h"

#include <QHash>
#include <QObject>

namespace bitlens::ui {
class MessageBar;
}

namespace bitlens::app {

class Session;

/// How the queue's results are called: the pattern in the panel, with an example or what is wrong with it. GUI thread.
class QueueNaming : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        ui::QueuePanel *panel = nullptr;
        ui::MessageBar *messages = nullptr;
    };
    explicit QueueNaming(const Parts &parts, QObject *parent = nullptr);

    /// With the panel's options and the window's model and plan.
    compare::OutputNaming naming() const;
    /// Whether the pattern gives each picture that waits, and has no recipe yet, a name of its own; posts why not.
    bool isGood(const QHash<quint64, QueueRecipe> &recipes) const;

public slots:
    /// What the pattern makes of the first picture, or what is wrong with it.
    void show();

private:
    Parts m_parts;
};

} // namespace bitlens::app
