// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/enginethread.h"

#include <QObject>
#include <QString>

namespace bitlens::app {

/// The one request of its kind that a controller has open: passes on what the engine says about it and forgets it at
/// its end, so that a controller need not compare ids. Each start() ends in exactly one of finished, failed and
/// cancelled, unless another start() or forget() comes first. GUI thread.
class CurrentRequest : public QObject {
    Q_OBJECT

public:
    explicit CurrentRequest(EngineThread *engine, QObject *parent = nullptr);

    bool isOpen() const { return m_id != 0; }
    /// An older request is cancelled and no longer heard of.
    void start(EngineTask task);

public slots:
    /// Asks it to stop; cancelled() follows.
    void cancel();
    /// Asks it to stop and hears nothing of it any more.
    void forget();

signals:
    void progressed(double fraction, const QString &what);
    void finished();
    void failed(const bitlens::app::Failure &failure);
    void cancelled();
    /// After finished, failed or cancelled.
    void ended();

private:
    bool end(RequestId id);

    EngineThread *m_engine;
    RequestId m_id = 0;
};

} // namespace bitlens::app
