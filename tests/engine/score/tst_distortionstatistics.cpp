// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/score/statistics.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <vector>

using namespace bitlens;
using bitlens::score::DistortionStatistics;

class TestDistortionStatistics : public QObject {
    Q_OBJECT

private slots:
    void countsWhatItSays()
    {
        DistortionStatistics statistics;
        statistics.add(1.0, 1.0);
        statistics.add(2.0, 1.5);
        statistics.add(-1.0, 0.25);
        statistics.add(0.0, 0.5);
        statistics.add(std::numeric_limits<double>::quiet_NaN(), 1.0);
        QCOMPARE(statistics.count(), std::size_t(4));
        QCOMPARE(statistics.notFinite(), std::size_t(1));
        QCOMPARE(statistics.exact(), std::size_t(1));
        QCOMPARE(statistics.signFlips(), std::size_t(1)); // from zero is no flip
        QCOMPARE(statistics.exactShare(), 0.25);
        QCOMPARE(statistics.worst(), 1.25);
        QCOMPARE(statistics.worstOriginal(), -1.0);
        QCOMPARE(statistics.meanError(), (-0.5 + 1.25 + 0.5) / 4);
        QCOMPARE(statistics.meanSquaredError(), (0.25 + 1.5625 + 0.25) / 4);
        QCOMPARE(*statistics.signalToNoise().value, 10 * std::log10(6.0 / 2.0625));
    }

    void piecesMergeToTheWhole()
    {
        std::vector<float> original;
        std::vector<float> distorted;
        for (int i = 0; i < 1000; ++i) {
            original.push_back(static_cast<float>((i * 37) % 101 - 50) / 4);
            distorted.push_back(original.back() + static_cast<float>(i % 7 - 3) / 4);
        }
        DistortionStatistics whole;
        whole.add(original, distorted);
        DistortionStatistics merged;
        for (std::size_t i = 0; i < original.size(); i += 250) {
            DistortionStatistics piece;
            piece.add(std::span(original).subspan(i, 250), std::span(distorted).subspan(i, 250));
            merged.merge(piece);
        }
        // All sums are of multiples of 1/16 below 2^53, and so exact in any order.
        QCOMPARE(merged.count(), whole.count());
        QCOMPARE(merged.exact(), whole.exact());
        QCOMPARE(merged.signFlips(), whole.signFlips());
        QVERIFY(merged.signFlips() > 0);
        QVERIFY(*merged.signalToNoise().value == *whole.signalToNoise().value);
        QVERIFY(merged.worst() == whole.worst() && merged.worstOriginal() == whole.worstOriginal());
        QVERIFY(merged.meanError() == whole.meanError());
    }

    void extremesHaveAnAnswer()
    {
        DistortionStatistics statistics;
        QVERIFY(!statistics.signalToNoise().value);
        QCOMPARE(statistics.meanError(), 0.0);
        statistics.add(0.0, 1.0);
        QVERIFY(!statistics.signalToNoise().value);
        DistortionStatistics exact;
        exact.add(0.0, 0.0);
        QVERIFY(exact.signalToNoise().isInfinite());
        const std::vector<float> two(2);
        const std::vector<float> three(3);
        QVERIFY_EXCEPTION_THROWN(exact.add(two, three), base::Error);
    }
};

QTEST_APPLESS_MAIN(TestDistortionStatistics)
#include "tst_distortionstatistics.moc"
