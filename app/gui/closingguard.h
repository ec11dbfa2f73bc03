// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/requestqueue.h"

#include <QObject>

class QWidget;

namespace bitlens::app {

class EngineThread;

/// Keeps the program alive while files of the user's are being written: a window that is closed meanwhile is hidden,
/// and closed once the last of them is complete; when one fails, it comes back to say so. GUI thread.
class ClosingGuard : public QObject {
    Q_OBJECT

public:
    ClosingGuard(QWidget *window, EngineThread *engine, QObject *parent = nullptr);

    /// The window is about to close: true when it must not yet, and was hidden instead.
    bool holds();
    /// The window goes in any case.
    void release() { m_waiting = false; }

private:
    void takeFailure(RequestId id);
    void takeEnd();

    QWidget *m_window;
    EngineThread *m_engine;
    bool m_waiting = false;
};

} // namespace bitlens::app
