// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/error.h"

#include <QHash>
#include <QMetaType>
#include <QObject>
#include <QString>

#include <functional>
#include <memory>
#include <mutex>

class QThread;

namespace bitlens::app {

/// Number of a request, unique within one RequestQueue; 0 is no request.
using RequestId = quint64;

/// Why a request failed, as a value that crosses threads. The parts of a base::Error.
struct Failure {
    base::ErrorCode code = base::ErrorCode::Internal;
    QString file; ///< may be empty
    QString detail;
    /// "file: detail", or the detail alone.
    QString message() const { return file.isEmpty() ? detail : file + QStringLiteral(": ") + detail; }
};

/// Runs requests on one thread of its own, one at a time. Interactive requests go first, the newest of them first;
/// background requests in order of arrival. A request with a topic cancels every older one of the same topic.
///
/// Each request ends in exactly one of the signals finished, failed and cancelled. After cancel() nothing of that
/// request is delivered any more, even when its work had already run to its end: it ends as cancelled.
///
/// Lives in one thread (the GUI's), where all of its signals and deliveries arrive; only publish() may be called from
/// elsewhere, namely from inside a work function. Exceptions are translated here (base::currentExceptionAsError) and
/// nowhere else.
class RequestQueue : public QObject {
    Q_OBJECT

public:
    /// Runs in the queue's own thread object, before the finished signal.
    using Delivery = std::function<void()>;
    /// Runs on the working thread. May throw base::Error, base::Cancelled or anything a library throws. What it returns
    /// (may be empty) hands over its results.
    using Work = std::function<Delivery(RequestId id, const base::Job &job)>;

    enum class Priority { Interactive, Background };

    struct Request {
        Priority priority = Priority::Interactive;
        QString topic; ///< empty: supersedes nothing
        QString file;  ///< named in failures that name no file themselves
        Work work;
    };

    /// `name` is the thread's name in debuggers; ids count up from after `lastId`, so that several queues can be told
    /// apart.
    explicit RequestQueue(const QString &name, RequestId lastId = 0, QObject *parent = nullptr);
    /// As shutdown().
    ~RequestQueue() override;

    RequestId post(Request request);
    /// Asks a request to stop; unknown and ended ones are ignored. Returns at once, the end follows as a signal.
    void cancel(RequestId id);
    void cancelAll();
    /// Posted and not ended yet. A cancelled request stays open until its end was signalled.
    bool isOpen(RequestId id) const { return m_open.contains(id); }
    bool isCancelled(RequestId id) const;
    int openCount() const { return static_cast<int>(m_open.size()); }

    /// From inside a work function: hands something over before the end. It is delivered in the queue's own thread, in
    /// the order of publishing, unless the request has been cancelled until then.
    void publish(RequestId id, Delivery delivery);

    /// Cancels everything, waits for the thread (at most until the running work notices) and signals the ends that are
    /// still owed. Later posts end as cancelled.
    void shutdown();

signals:
    /// At most 30 a second and request; `fraction` in [0,1].
    void progressed(bitlens::app::RequestId id, double fraction, const QString &what);
    void finished(bitlens::app::RequestId id);
    void failed(bitlens::app::RequestId id, const bitlens::app::Failure &failure);
    void cancelled(bitlens::app::RequestId id);

private:
    struct Shared; ///< what both threads touch, under one mutex
    struct Open {
        base::CancelToken cancel;
        QString topic;
    };

    void workLoop();
    base::ProgressFunction progressFunction(RequestId id);
    /// From any thread: runs it in the queue's own one, in the order of calls.
    void deliverLater(Delivery delivery);
    Q_INVOKABLE void deliverNext();
    void deliverProgress(RequestId id);
    /// `end` runs unless the request was cancelled.
    void deliverEnd(RequestId id, bool wasCancelled, const Delivery &end);

    std::unique_ptr<Shared> m_shared;
    std::unique_ptr<QThread> m_thread;
    QHash<RequestId, Open> m_open;
    RequestId m_lastId;
};

} // namespace bitlens::app

Q_DECLARE_METATYPE(bitlens::app::Failure)
