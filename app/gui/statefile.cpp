// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/statefile.h"

#include "app/gui/requestqueue.h"
#include "engine/base/file.h"

#include <QFile>

namespace bitlens::app {

StateFile::StateFile(const QString &path, QObject *parent) : QObject(parent), m_path(path) {}

StateFile::~StateFile() { flush(); }

void StateFile::write(const QByteArray &content)
{
    m_latest = content;
    m_unwritten = true;
    if (!m_queue) {
        m_queue = std::make_unique<RequestQueue>(QStringLiteral("state"));
        connect(m_queue.get(), &RequestQueue::failed, this,
                [this](RequestId, const Failure &failure) { emit failed(failure.message()); });
    }
    RequestQueue::Request request;
    request.topic = QStringLiteral("write");
    request.file = m_path;
    request.work = [this, content, path = m_path](RequestId, const base::Job &) -> RequestQueue::Delivery {
        base::writeFileAtomically(path.toStdString(), content.toStdString());
        return [this, content] {
            if (content == m_latest)
                m_unwritten = false;
            emit written();
        };
    };
    m_queue->post(std::move(request));
}

void StateFile::stopWriting() { m_queue.reset(); }

void StateFile::flush()
{
    stopWriting();
    if (!std::exchange(m_unwritten, false))
        return;
    try {
        base::writeFileAtomically(m_path.toStdString(), m_latest.toStdString());
        emit written();
    } catch (const base::Error &error) {
        emit failed(QString::fromUtf8(error.what()));
    }
}

void StateFile::discard()
{
    stopWriting();
    m_unwritten = false;
    QFile::remove(m_path);
}

} // namespace bitlens::app
