// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/closingguard.h"

#include "app/gui/enginethread.h"

#include <QCoreApplication>
#include <QWidget>

namespace bitlens::app {

ClosingGuard::ClosingGuard(QWidget *window, EngineThread *engine, QObject *parent)
    : QObject(parent), m_window(window), m_engine(engine)
{
    connect(engine, &EngineThread::requestFailed, this, &ClosingGuard::takeFailure);
    connect(engine, &EngineThread::writesEnded, this, &ClosingGuard::takeEnd);
}

bool ClosingGuard::holds()
{
    m_waiting = m_engine->isWriting();
    if (m_waiting)
        m_window->hide();
    return m_waiting;
}

void ClosingGuard::takeFailure(RequestId id)
{
    if (!m_waiting || !m_engine->isWriting(id))
        return;
    m_waiting = false; // the hidden window would take the error with it
    m_window->show();
    m_window->raise();
    m_window->activateWindow();
}

void ClosingGuard::takeEnd()
{
    if (!m_waiting)
        return;
    m_window->close();
    QCoreApplication::quit(); // a hidden window is not the last one that closes
}

} // namespace bitlens::app
