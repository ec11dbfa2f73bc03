// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/currentrequest.h"

#include <utility>

namespace bitlens::app {

CurrentRequest::CurrentRequest(EngineThread *engine, QObject *parent) : QObject(parent), m_engine(engine)
{
    connect(engine, &EngineThread::progressed, this, [this](RequestId id, double fraction, const QString &what) {
        if (id != 0 && id == m_id)
            emit progressed(fraction, what);
    });
    connect(engine, &EngineThread::requestFinished, this, [this](RequestId id) {
        if (!end(id))
            return;
        emit finished();
        emit ended();
    });
    connect(engine, &EngineThread::requestCancelled, this, [this](RequestId id) {
        if (!end(id))
            return;
        emit cancelled();
        emit ended();
    });
    connect(engine, &EngineThread::requestFailed, this, [this](RequestId id, const Failure &failure) {
        if (!end(id))
            return;
        emit failed(failure);
        emit ended();
    });
}

void CurrentRequest::start(EngineTask task)
{
    forget();
    m_id = m_engine->requestTask(std::move(task));
}

void CurrentRequest::cancel()
{
    if (m_id != 0)
        m_engine->cancel(m_id);
}

void CurrentRequest::forget()
{
    if (m_id != 0)
        m_engine->cancel(std::exchange(m_id, 0));
}

bool CurrentRequest::end(RequestId id)
{
    if (id == 0 || id != m_id)
        return false;
    m_id = 0;
    return true;
}

} // namespace bitlens::app
