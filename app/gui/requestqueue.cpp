// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/requestqueue.h"

#include "engine/base/clock.h"

#include <QThread>

#include <condition_variable>
#include <deque>
#include <utility>

namespace bitlens::app {

namespace {
constexpr double kProgressIntervalSeconds = 1.0 / 30.0;

struct Waiting {
    RequestId id = 0;
    base::CancelToken cancel;
    RequestQueue::Request request;
};
} // namespace

struct RequestQueue::Shared {
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Waiting> waiting;
    bool stop = false;
    std::deque<Delivery> deliveries; ///< on their way to the queue's own thread

    // The latest progress of the running request; older ones that were not shown yet are overwritten.
    RequestId progressOf = 0;
    double fraction = 0.0;
    QString what;

    /// Takes the next request by the rule of the class comment; the mutex is held and something is waiting.
    Waiting takeNext()
    {
        auto next = waiting.begin();
        for (auto it = waiting.begin(); it != waiting.end(); ++it)
            if (it->request.priority == Priority::Interactive)
                next = it; // the last one is the newest
        Waiting taken = std::move(*next);
        waiting.erase(next);
        return taken;
    }
};

RequestQueue::RequestQueue(const QString &name, RequestId lastId, QObject *parent)
    : QObject(parent),
      m_shared(std::make_unique<Shared>()),
      m_thread(QThread::create([this] { workLoop(); })),
      m_lastId(lastId)
{
    qRegisterMetaType<bitlens::app::RequestId>("bitlens::app::RequestId");
    qRegisterMetaType<bitlens::app::Failure>("bitlens::app::Failure");
    m_thread->setObjectName(name);
    m_thread->start();
}

RequestQueue::~RequestQueue() { shutdown(); }

RequestId RequestQueue::post(Request request)
{
    const RequestId id = ++m_lastId;
    if (!request.topic.isEmpty())
        for (auto it = m_open.cbegin(); it != m_open.cend(); ++it)
            if (it->topic == request.topic)
                cancel(it.key());
    Waiting waiting{id, {}, std::move(request)};
    m_open.insert(id, {waiting.cancel, waiting.request.topic});
    bool stopped = false;
    {
        const std::lock_guard lock(m_shared->mutex);
        stopped = m_shared->stop;
        if (!stopped)
            m_shared->waiting.push_back(std::move(waiting));
    }
    if (stopped)
        deliverLater([this, id] { deliverEnd(id, true, {}); });
    else
        m_shared->wake.notify_one();
    return id;
}

void RequestQueue::cancel(RequestId id)
{
    const auto open = m_open.constFind(id);
    if (open == m_open.cend() || open->cancel.isCancelled())
        return;
    open->cancel.cancel();
    // One that has not started need not wait for the one that runs.
    bool removed = false;
    {
        const std::lock_guard lock(m_shared->mutex);
        removed = std::erase_if(m_shared->waiting, [id](const Waiting &waiting) { return waiting.id == id; }) > 0;
    }
    if (removed)
        deliverLater([this, id] { deliverEnd(id, true, {}); });
}

void RequestQueue::cancelAll()
{
    const QList<RequestId> ids = m_open.keys();
    for (const RequestId id : ids)
        cancel(id);
}

bool RequestQueue::isCancelled(RequestId id) const
{
    const auto open = m_open.constFind(id);
    return open == m_open.cend() || open->cancel.isCancelled();
}

void RequestQueue::publish(RequestId id, Delivery delivery)
{
    deliverLater([this, id, delivery = std::move(delivery)] {
        if (!isCancelled(id))
            delivery();
    });
}

void RequestQueue::shutdown()
{
    cancelAll();
    {
        const std::lock_guard lock(m_shared->mutex);
        m_shared->stop = true;
    }
    m_shared->wake.notify_all();
    m_thread->wait();
    {
        // The thread let go of this lock last. Waiting for it orders its work before what follows; taking the lock says
        // so to ThreadSanitizer, which sees nothing of Qt's own waiting.
        const std::lock_guard lock(m_shared->mutex);
    }
    // Whatever the thread still had to say about them lies in the event queue and finds them closed.
    const QList<RequestId> owed = m_open.keys();
    for (const RequestId id : owed)
        deliverEnd(id, true, {});
}

void RequestQueue::workLoop()
{
    for (;;) {
        Waiting current;
        {
            std::unique_lock lock(m_shared->mutex);
            m_shared->wake.wait(lock, [this] { return m_shared->stop || !m_shared->waiting.empty(); });
            if (m_shared->stop)
                return;
            current = m_shared->takeNext();
        }
        const RequestId id = current.id;
        bool wasCancelled = false;
        Delivery end;
        try {
            try {
                current.cancel.throwIfCancelled();
                Delivery results = current.request.work(id, base::Job{current.cancel, progressFunction(id)});
                end = [this, id, results = std::move(results)] {
                    if (results)
                        results();
                    emit finished(id);
                };
            } catch (...) {
                const base::Error error = base::currentExceptionAsError(current.request.file.toStdString());
                const Failure failure{error.code(), QString::fromStdString(error.file()),
                                      QString::fromStdString(error.detail())};
                end = [this, id, failure] { emit failed(id, failure); };
            }
        } catch (const base::Cancelled &) {
            wasCancelled = true;
        }
        // The work's captures (images, models) are let go of here, not on the GUI thread.
        current = {};
        deliverLater([this, id, wasCancelled, end = std::move(end)] { deliverEnd(id, wasCancelled, end); });
    }
}

base::ProgressFunction RequestQueue::progressFunction(RequestId id)
{
    return [this, id, last = std::make_shared<double>(-1.0)](double fraction, const std::string &what) {
        const double now = base::monotonicSeconds();
        if (*last >= 0.0 && now - *last < kProgressIntervalSeconds)
            return;
        *last = now;
        {
            const std::lock_guard lock(m_shared->mutex);
            const bool pending = m_shared->progressOf == id;
            m_shared->progressOf = id;
            m_shared->fraction = fraction;
            m_shared->what = QString::fromStdString(what);
            if (pending)
                return;
        }
        deliverLater([this, id] { deliverProgress(id); });
    };
}

void RequestQueue::deliverLater(Delivery delivery)
{
    {
        const std::lock_guard lock(m_shared->mutex);
        m_shared->deliveries.push_back(std::move(delivery));
    }
    QMetaObject::invokeMethod(this, "deliverNext", Qt::QueuedConnection);
}

void RequestQueue::deliverNext()
{
    Delivery delivery;
    {
        const std::lock_guard lock(m_shared->mutex);
        delivery = std::move(m_shared->deliveries.front());
        m_shared->deliveries.pop_front();
    }
    delivery();
}

void RequestQueue::deliverProgress(RequestId id)
{
    double fraction = 0.0;
    QString what;
    {
        const std::lock_guard lock(m_shared->mutex);
        if (m_shared->progressOf != id)
            return;
        m_shared->progressOf = 0;
        fraction = m_shared->fraction;
        what = m_shared->what;
    }
    if (!isCancelled(id))
        emit progressed(id, fraction, what);
}

void RequestQueue::deliverEnd(RequestId id, bool wasCancelled, const Delivery &end)
{
    const auto open = m_open.constFind(id);
    if (open == m_open.cend())
        return;
    const bool dropped = wasCancelled || open->cancel.isCancelled();
    m_open.erase(open);
    if (dropped)
        emit cancelled(id);
    else
        end();
}

} // namespace bitlens::app
