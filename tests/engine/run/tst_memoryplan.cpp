// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/memoryplan.h"

#include <QTest>

#include <random>

using namespace bitlens::run;

class TestMemoryPlan : public QObject {
    Q_OBJECT

private slots:
    void livingBuffersNeverOverlap()
    {
        std::mt19937 random(3);
        for (int round = 0; round < 50; ++round) {
            std::vector<BufferLife> buffers;
            for (int i = 0; i < 60; ++i) {
                const int first = static_cast<int>(random() % 40);
                buffers.push_back({1 + random() % 5000, first, first + static_cast<int>(random() % 8)});
            }
            const MemoryPlan plan = planMemory(buffers);
            std::size_t sum = 0;
            for (std::size_t a = 0; a < buffers.size(); ++a) {
                sum += buffers[a].bytes + kBufferAlignment;
                QCOMPARE(plan.offsets[a] % kBufferAlignment, std::size_t{0});
                QVERIFY(plan.offsets[a] + buffers[a].bytes <= plan.total);
                for (std::size_t b = 0; b < a; ++b) {
                    const bool together = buffers[a].first <= buffers[b].last && buffers[b].first <= buffers[a].last;
                    const bool apart = plan.offsets[a] + buffers[a].bytes <= plan.offsets[b]
                                       || plan.offsets[b] + buffers[b].bytes <= plan.offsets[a];
                    QVERIFY(!together || apart);
                }
            }
            QVERIFY(plan.total < sum); // lives are short: memory is used again
        }
    }

    void aChainNeedsTwoBuffers()
    {
        std::vector<BufferLife> chain;
        for (int step = 0; step < 10; ++step)
            chain.push_back({640, step, step + 1});
        QCOMPARE(planMemory(chain).total, std::size_t{1280});
        QCOMPARE(planMemory({}).total, std::size_t{0});
    }
};

QTEST_GUILESS_MAIN(TestMemoryPlan)
#include "tst_memoryplan.moc"
