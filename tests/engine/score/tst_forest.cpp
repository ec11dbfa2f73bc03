// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/score/forest.h"
#include "engine/score/mamodel.h"

#include <QTest>

#include <limits>

using namespace bitlens;
using bitlens::score::Forest;
using bitlens::score::MaModel;

namespace {

/// x1 <= 0.5 ? (x0 <= 2 ? 1 : 2) : 3
Forest::Tree threeLeaves()
{
    constexpr auto kLeaf = Forest::kLeaf;
    return {{0.5, 2.0, 1.0, 2.0, 3.0}, {4, 2, 0, 0, 0}, {1, 0, kLeaf, kLeaf, kLeaf}};
}

} // namespace

class TestForest : public QObject {
    Q_OBJECT

private slots:
    void walksToTheRightLeaf_data()
    {
        QTest::addColumn<double>("first");
        QTest::addColumn<double>("second");
        QTest::addColumn<double>("prediction");
        QTest::newRow("left left") << 1.0 << 0.0 << 1.0;
        QTest::newRow("equal goes left") << 2.0 << 0.5 << 1.0;
        QTest::newRow("left right") << 2.5 << 0.5 << 2.0;
        QTest::newRow("right") << 1.0 << 0.6 << 3.0;
    }

    void walksToTheRightLeaf()
    {
        QFETCH(double, first);
        QFETCH(double, second);
        QFETCH(double, prediction);
        const Forest forest(2, {threeLeaves()});
        QCOMPARE(forest.predict(std::array{first, second}), prediction);
        const Forest two(2, {threeLeaves(), {{10.0}, {0}, {Forest::kLeaf}}});
        QCOMPARE(two.predict(std::array{first, second}), (prediction + 10.0) / 2);
        QCOMPARE(two.nodeCount(), std::size_t(6));
    }

    void brokenTreesAreRefused_data()
    {
        QTest::addColumn<int>("fault");
        QTest::newRow("no nodes") << 0;
        QTest::newRow("right child beyond the end") << 1;
        QTest::newRow("right child is the left one") << 2;
        QTest::newRow("feature too large") << 3;
        QTest::newRow("not finite") << 4;
        QTest::newRow("arrays of different length") << 5;
        QTest::newRow("ends in an inner node") << 6;
    }

    void brokenTreesAreRefused()
    {
        QFETCH(int, fault);
        Forest::Tree tree = threeLeaves();
        if (fault == 0)
            tree = {};
        else if (fault == 1)
            tree.right[0] = 5;
        else if (fault == 2)
            tree.right[1] = 1;
        else if (fault == 3)
            tree.feature[0] = 2;
        else if (fault == 4)
            tree.value[3] = std::numeric_limits<double>::quiet_NaN();
        else if (fault == 5)
            tree.right.pop_back();
        else
            tree.feature[4] = 0;
        QVERIFY_EXCEPTION_THROWN(Forest(2, {tree}), base::Error);
    }

    void wrongNumberOfFeaturesIsRefused()
    {
        const Forest forest(2, {threeLeaves()});
        QVERIFY_EXCEPTION_THROWN(forest.predict(std::array{1.0}), base::Error);
        QVERIFY_EXCEPTION_THROWN(Forest(0, {}), base::Error);
        QVERIFY_EXCEPTION_THROWN(Forest(255, {}), base::Error);
        QVERIFY_EXCEPTION_THROWN(MaModel({forest, forest, forest}, {0, 0, 0, 0}), base::Error);
    }

    void publishedWeightsGiveMaOfPeppers()
    {
        // Weights have 12 digits and the three scores 7: half a unit of their last digit times the weights is 5e-8.
        constexpr double kTolerance = 1e-7;
        const std::array<double, 4> linear{-0.308778059772, 0.165572373359, 0.376563724761, 0.523687089553};
        const std::array<double, 3> scores{4.5678000, 3.3416567, 2.7006006};
        QVERIFY(std::abs(MaModel::combine(linear, scores) - 3.1201398) < kTolerance);
        const std::array<double, 3> swapped{scores[1], scores[0], scores[2]};
        QVERIFY(std::abs(MaModel::combine(linear, swapped) - 3.1201398) > 2 * kTolerance);
    }
};

QTEST_APPLESS_MAIN(TestForest)
#include "tst_forest.moc"
