// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/parallel.h"

#include <QTest>

#include <atomic>
#include <stdexcept>
#include <vector>

using namespace bitlens::base;

class TestParallel : public QObject {
    Q_OBJECT

private slots:
    void everyIndexIsVisitedOnce_data()
    {
        QTest::addColumn<int>("threads");
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("grain");
        for (int threads : {1, 2, 4})
            for (int count : {0, 1, 7, 100})
                for (int grain : {1, 3, 100})
                    QTest::addRow("%d threads, %d by %d", threads, count, grain) << threads << count << grain;
    }

    void everyIndexIsVisitedOnce()
    {
        QFETCH(int, threads);
        QFETCH(int, count);
        QFETCH(int, grain);
        const ThreadPool pool(threads);
        QCOMPARE(pool.threads(), threads);
        std::vector<std::atomic<int>> visits(static_cast<std::size_t>(count));
        std::vector<std::atomic<int>> inside(static_cast<std::size_t>(threads));
        std::atomic<bool> wrong = false;
        pool.forRanges(visits.size(), static_cast<std::size_t>(grain),
                       [&](std::size_t begin, std::size_t end, int thread) {
                           if (thread < 0 || thread >= threads || end - begin > static_cast<std::size_t>(grain)
                               || inside[static_cast<std::size_t>(thread)]++ != 0)
                               wrong = true;
                           for (std::size_t i = begin; i < end; ++i)
                               ++visits[i];
                           --inside[static_cast<std::size_t>(thread)];
                       });
        QVERIFY(!wrong);
        for (const auto &visit : visits)
            QCOMPARE(visit.load(), 1);
    }

    void exceptionsReachTheCaller()
    {
        const ThreadPool pool(2);
        QVERIFY_EXCEPTION_THROWN(pool.forRanges(8, 1,
                                                [](std::size_t begin, std::size_t, int) {
                                                    if (begin == 5)
                                                        throw std::runtime_error("five");
                                                }),
                                 std::runtime_error);
    }
};

QTEST_APPLESS_MAIN(TestParallel)
#include "tst_parallel.moc"
