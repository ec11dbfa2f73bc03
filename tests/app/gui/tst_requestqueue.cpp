// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/requestqueue.h"

#include <QRandomGenerator>
#include <QSemaphore>
#include <QSignalSpy>
#include <QTest>
#include <QThread>

#include <new>
#include <stdexcept>

using namespace bitlens;
using app::Failure;
using app::RequestId;
using app::RequestQueue;

namespace {

constexpr int kWaitMilliseconds = 60000; // a bound for hangs, not a measurement

/// Counts the ends of every request, whatever kind they are.
struct Ends {
    explicit Ends(RequestQueue *queue)
    {
        QObject::connect(queue, &RequestQueue::finished, queue, [this](RequestId id) { add(id, 'f'); });
        QObject::connect(queue, &RequestQueue::failed, queue, [this](RequestId id, const Failure &failure) {
            add(id, 'e');
            failures.insert(id, failure);
        });
        QObject::connect(queue, &RequestQueue::cancelled, queue, [this](RequestId id) { add(id, 'c'); });
    }
    void add(RequestId id, char kind)
    {
        kinds[id] += kind;
        order.append(id);
    }
    QString of(RequestId id) const { return kinds.value(id); }
    QHash<RequestId, QString> kinds;
    QHash<RequestId, Failure> failures;
    QList<RequestId> order;
};

RequestQueue::Request request(RequestQueue::Work work,
                              RequestQueue::Priority priority = RequestQueue::Priority::Interactive,
                              const QString &topic = {})
{
    return {priority, topic, {}, std::move(work)};
}

/// Work that waits until it is let go or cancelled.
RequestQueue::Work gate(QSemaphore *started, QSemaphore *open)
{
    return [started, open](RequestId, const base::Job &job) -> RequestQueue::Delivery {
        started->release();
        while (!open->tryAcquire(1, 1))
            job.cancel.throwIfCancelled();
        return {};
    };
}

} // namespace

/// Order, ends, cancelling and errors of the queue that the engine thread is made of.
class TestRequestQueue : public QObject {
    Q_OBJECT

private slots:
    void workRunsOnItsThreadAndDeliversHere()
    {
        RequestQueue queue("test");
        Ends ends(&queue);
        QThread *workThread = nullptr;
        QThread *deliveryThread = nullptr;
        const RequestId id = queue.post(request([&](RequestId, const base::Job &) -> RequestQueue::Delivery {
            workThread = QThread::currentThread();
            return [&] { deliveryThread = QThread::currentThread(); };
        }));
        QTRY_COMPARE_WITH_TIMEOUT(ends.of(id), "f", kWaitMilliseconds);
        QVERIFY(workThread != QThread::currentThread());
        QCOMPARE(deliveryThread, QThread::currentThread());
        QVERIFY(!queue.isOpen(id));
    }

    void newestInteractiveRequestGoesFirstAndBackgroundInOrder()
    {
        RequestQueue queue("test");
        Ends ends(&queue);
        QSemaphore started, open;
        queue.post(request(gate(&started, &open)));
        started.acquire();
        QStringList ran;
        const auto note = [&ran](const QString &name) {
            return [&ran, name](RequestId, const base::Job &) -> RequestQueue::Delivery {
                ran << name; // one working thread; read after all have ended
                return {};
            };
        };
        queue.post(request(note("background 1"), RequestQueue::Priority::Background));
        queue.post(request(note("interactive 1")));
        queue.post(request(note("background 2"), RequestQueue::Priority::Background));
        queue.post(request(note("interactive 2")));
        open.release();
        QTRY_COMPARE_WITH_TIMEOUT(queue.openCount(), 0, kWaitMilliseconds);
        QCOMPARE(ran, QStringList({"interactive 2", "interactive 1", "background 1", "background 2"}));
    }

    void newerOfOneTopicCancelsOlder()
    {
        RequestQueue queue("test");
        Ends ends(&queue);
        QSemaphore started, open;
        const auto interactive = RequestQueue::Priority::Interactive;
        const RequestId running = queue.post(request(gate(&started, &open), interactive, "compare"));
        started.acquire();
        bool queuedRan = false;
        const RequestId queued = queue.post(request(
            [&](RequestId, const base::Job &) -> RequestQueue::Delivery {
                queuedRan = true;
                return {};
            },
            interactive, "compare"));
        const RequestId newest = queue.post(
            request([](RequestId, const base::Job &) { return RequestQueue::Delivery(); }, interactive, "compare"));
        QTRY_COMPARE_WITH_TIMEOUT(queue.openCount(), 0, kWaitMilliseconds);
        QCOMPARE(ends.of(running), "c");
        QCOMPARE(ends.of(queued), "c");
        QCOMPARE(ends.of(newest), "f");
        QVERIFY(!queuedRan);
    }

    void nothingIsDeliveredAfterCancel()
    {
        RequestQueue queue("test");
        Ends ends(&queue);
        QSemaphore worked;
        int delivered = 0;
        int published = 0;
        const RequestId id = queue.post(request([&](RequestId self, const base::Job &job) -> RequestQueue::Delivery {
            queue.publish(self, [&] { ++published; });
            job.report(0.5, "half");
            worked.release();
            return [&] { ++delivered; };
        }));
        // The work has run to its end, but this thread has not seen anything of it yet.
        worked.acquire();
        QThread::msleep(20);
        QSignalSpy progress(&queue, &RequestQueue::progressed);
        queue.cancel(id);
        QTRY_COMPARE_WITH_TIMEOUT(ends.of(id), "c", kWaitMilliseconds);
        QTest::qWait(20);
        QCOMPARE(delivered, 0);
        QCOMPARE(published, 0);
        QCOMPARE(progress.count(), 0);
        QCOMPARE(ends.of(id), "c");
    }

    void partsComeBeforeTheEndInOrder()
    {
        RequestQueue queue("test");
        QList<int> seen;
        connect(&queue, &RequestQueue::finished, &queue, [&] { seen << -1; });
        queue.post(request([&](RequestId self, const base::Job &) -> RequestQueue::Delivery {
            for (int part = 0; part < 5; ++part)
                queue.publish(self, [&seen, part] { seen << part; });
            return [&seen] { seen << 100; };
        }));
        QTRY_COMPARE_WITH_TIMEOUT(seen, QList<int>({0, 1, 2, 3, 4, 100, -1}), kWaitMilliseconds);
    }

    void progressIsThrottledAndTheLatest()
    {
        constexpr int kReports = 20000;
        RequestQueue queue("test");
        Ends ends(&queue);
        QSignalSpy progress(&queue, &RequestQueue::progressed);
        const RequestId id = queue.post(request([](RequestId, const base::Job &job) -> RequestQueue::Delivery {
            for (int i = 0; i < kReports; ++i)
                job.report(double(i) / kReports, "step " + std::to_string(i));
            return {};
        }));
        QTRY_COMPARE_WITH_TIMEOUT(ends.of(id), "f", kWaitMilliseconds);
        QVERIFY(progress.count() >= 1);
        QVERIFY2(progress.count() < kReports / 10, qPrintable(QString::number(progress.count())));
        double last = -1.0;
        for (const QList<QVariant> &report : progress) {
            QVERIFY(report.at(1).toDouble() >= last);
            last = report.at(1).toDouble();
        }
    }

    void exceptionsBecomeFailures_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("message");
        QTest::newRow("own error") << 0 << int(base::ErrorCode::BrokenFile) << "a.pth: key conv1.weight is missing";
        QTest::newRow("own error without file") << 1 << int(base::ErrorCode::TooLarge) << "request.png: too large";
        QTest::newRow("memory") << 2 << int(base::ErrorCode::OutOfMemory) << "request.png: not enough memory";
        QTest::newRow("library") << 3 << int(base::ErrorCode::Internal) << "request.png: shape mismatch";
        QTest::newRow("not an exception") << 4 << int(base::ErrorCode::Internal) << "request.png: unknown error";
    }

    void exceptionsBecomeFailures()
    {
        QFETCH(int, kind);
        QFETCH(int, code);
        QFETCH(QString, message);
        RequestQueue queue("test");
        Ends ends(&queue);
        auto failing = request([kind](RequestId, const base::Job &) -> RequestQueue::Delivery {
            switch (kind) {
            case 0:
                throw base::Error(base::ErrorCode::BrokenFile, "a.pth", "key conv1.weight is missing");
            case 1:
                throw base::Error(base::ErrorCode::TooLarge, "", "too large");
            case 2:
                throw std::bad_alloc();
            case 3:
                throw std::runtime_error("shape mismatch\nat frame 0");
            default:
                throw 7;
            }
        });
        failing.file = "request.png";
        const RequestId id = queue.post(failing);
        QTRY_COMPARE_WITH_TIMEOUT(ends.of(id), "e", kWaitMilliseconds);
        QCOMPARE(int(ends.failures.value(id).code), code);
        QCOMPARE(ends.failures.value(id).message(), message);
        // The thread survives.
        const RequestId next =
            queue.post(request([](RequestId, const base::Job &) { return RequestQueue::Delivery(); }));
        QTRY_COMPARE_WITH_TIMEOUT(ends.of(next), "f", kWaitMilliseconds);
    }

    void shutdownEndsEverythingOnce()
    {
        RequestQueue queue("test");
        Ends ends(&queue);
        QSemaphore started, open;
        QList<RequestId> ids{queue.post(request(gate(&started, &open)))};
        started.acquire();
        for (int i = 0; i < 5; ++i)
            ids << queue.post(request(gate(&started, &open)));
        queue.shutdown();
        for (const RequestId id : ids)
            QCOMPARE(ends.of(id), "c");
        const RequestId late = queue.post(request(gate(&started, &open)));
        QTRY_COMPARE_WITH_TIMEOUT(ends.of(late), "c", kWaitMilliseconds);
        QCOMPARE(ends.order.size(), ids.size() + 1);
    }

    void randomRequestsEachEndOnce()
    {
        constexpr int kRequests = 200;
        RequestQueue queue("test");
        Ends ends(&queue);
        QRandomGenerator random(20240607);
        QList<RequestId> ids;
        QSet<RequestId> delivered;
        QSet<RequestId> cancelledByUs;
        QSet<RequestId> deliveredAfterCancel;
        for (int i = 0; i < kRequests; ++i) {
            const int kind = random.bounded(4);
            const int steps = random.bounded(30);
            auto next = request(
                [&, kind, steps](RequestId self, const base::Job &job) -> RequestQueue::Delivery {
                    for (int step = 0; step < steps; ++step) {
                        job.cancel.throwIfCancelled();
                        job.report(double(step) / steps, "working");
                        queue.publish(self, [&, self] {
                            if (cancelledByUs.contains(self))
                                deliveredAfterCancel.insert(self);
                        });
                        QThread::usleep(50);
                    }
                    if (kind == 0)
                        throw base::Error(base::ErrorCode::Internal, "", "as planned");
                    return [&, self] {
                        delivered.insert(self);
                        if (cancelledByUs.contains(self))
                            deliveredAfterCancel.insert(self);
                    };
                },
                kind == 1 ? RequestQueue::Priority::Background : RequestQueue::Priority::Interactive,
                kind == 2 ? QString("compare") : QString());
            ids << queue.post(next);
            if (random.bounded(4) == 0) {
                const RequestId victim = ids.at(random.bounded(int(ids.size())));
                if (queue.isOpen(victim))
                    cancelledByUs.insert(victim);
                queue.cancel(victim);
            }
            if (random.bounded(3) == 0)
                QTest::qWait(random.bounded(3));
        }
        QTRY_COMPARE_WITH_TIMEOUT(queue.openCount(), 0, kWaitMilliseconds);
        QTest::qWait(10);
        QCOMPARE(ends.order.size(), kRequests);
        int finishedCount = 0;
        for (const RequestId id : ids) {
            QCOMPARE(ends.of(id).size(), 1);
            QCOMPARE(delivered.contains(id), ends.of(id) == "f");
            if (cancelledByUs.contains(id))
                QCOMPARE(ends.of(id), "c");
            finishedCount += ends.of(id) == "f";
        }
        QVERIFY(finishedCount > 0);
        QVERIFY(!cancelledByUs.isEmpty());
        QVERIFY(deliveredAfterCancel.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestRequestQueue)
#include "tst_requestqueue.moc"
