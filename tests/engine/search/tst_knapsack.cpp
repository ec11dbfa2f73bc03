// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/search/knapsack.h"

#include <QTest>

#include <cmath>
#include <functional>
#include <random>

using namespace bitlens;
using search::Choice;
using search::Items;
using search::Limits;
using search::Objective;
using search::Selection;

namespace {

/// Losses of layers fall four times per bit, sizes rise linearly: like real layers of random size and sensitivity.
Items layersLike(std::size_t items, std::uint64_t seed)
{
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> unit(0.0, 1.0);
    Items made;
    for (std::size_t i = 0; i < items; ++i) {
        const double sensitivity = std::pow(10.0, 2.0 * unit(random));
        const double size = 1.0 + 9.0 * unit(random);
        std::vector<Choice> choices;
        for (const int bits : {2, 4, 6, 8})
            choices.push_back({sensitivity * std::pow(4.0, -bits), size * bits, 1.0 + unit(random)});
        made.push_back(choices);
    }
    return made;
}

void forEachSelection(const Items &items, const std::function<void(const Selection &)> &visit)
{
    Selection selection(items.size(), 0);
    while (true) {
        visit(selection);
        std::size_t item = 0;
        while (item < items.size() && ++selection[item] == items[item].size())
            selection[item++] = 0;
        if (item == items.size())
            return;
    }
}

bool within(const Choice &total, const Limits &limits)
{
    return total.loss <= limits.loss && total.bytes <= limits.bytes && total.seconds <= limits.seconds;
}

double objectiveOf(const Choice &total, Objective objective)
{
    return objective == Objective::Loss ? total.loss : objective == Objective::Bytes ? total.bytes : total.seconds;
}

} // namespace

class TestKnapsack : public QObject {
    Q_OBJECT

private slots:
    void nearTheBestOfAllSelections_data()
    {
        QTest::addColumn<int>("objective");
        QTest::addColumn<double>("loss");
        QTest::addColumn<double>("bytes");
        QTest::addColumn<double>("seconds");
        const double none = std::numeric_limits<double>::infinity();
        QTest::newRow("loss within bytes") << 0 << none << 0.5 << none;
        QTest::newRow("loss within seconds") << 0 << none << none << 0.4;
        QTest::newRow("loss within bytes and seconds") << 0 << none << 0.6 << 0.6;
        QTest::newRow("bytes within loss") << 1 << 0.02 << none << none;
        QTest::newRow("seconds within loss") << 2 << 0.02 << none << none;
        QTest::newRow("seconds within loss and bytes") << 2 << 0.02 << 0.7 << none;
    }

    /// Limits are given as shares of the range that sums can have.
    void nearTheBestOfAllSelections()
    {
        QFETCH(int, objective);
        QFETCH(double, loss);
        QFETCH(double, bytes);
        QFETCH(double, seconds);
        const auto wanted = static_cast<Objective>(objective);
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            const Items items = layersLike(7, seed);
            Choice low{1e300, 1e300, 1e300};
            Choice high;
            forEachSelection(items, [&](const Selection &selection) {
                const Choice total = search::totalOf(items, selection);
                low = {std::min(low.loss, total.loss), std::min(low.bytes, total.bytes),
                       std::min(low.seconds, total.seconds)};
                high = {std::max(high.loss, total.loss), std::max(high.bytes, total.bytes),
                        std::max(high.seconds, total.seconds)};
            });
            const auto between = [](double from, double to, double share) {
                return std::isfinite(share) ? from + (to - from) * share : share;
            };
            const Limits limits{between(low.loss, high.loss, loss), between(low.bytes, high.bytes, bytes),
                                between(low.seconds, high.seconds, seconds)};
            double best = std::numeric_limits<double>::infinity();
            forEachSelection(items, [&](const Selection &selection) {
                const Choice total = search::totalOf(items, selection);
                if (within(total, limits))
                    best = std::min(best, objectiveOf(total, wanted));
            });
            const auto found = search::selectWithin(items, wanted, limits);
            if (!std::isfinite(best)) {
                QVERIFY(!found);
                continue;
            }
            QVERIFY2(found, qPrintable(QString("seed %1: nothing found").arg(seed)));
            const Choice total = search::totalOf(items, *found);
            QVERIFY(within(total, {limits.loss * (1 + 1e-9), limits.bytes * (1 + 1e-9), limits.seconds * (1 + 1e-9)}));
            // One of seven items may be off by one step of two bits: a quarter of a range in bytes or seconds; in loss
            // that is a factor of 16 on one item, seldom more than three on the sum.
            const double slack = wanted == Objective::Loss    ? 3.0 * best
                                 : wanted == Objective::Bytes ? best + 0.25 * (high.bytes - low.bytes)
                                                              : best + 0.25 * (high.seconds - low.seconds);
            QVERIFY2(
                objectiveOf(total, wanted) <= slack,
                qPrintable(QString("seed %1: %2 instead of %3").arg(seed).arg(objectiveOf(total, wanted)).arg(best)));
        }
    }

    void manyItemsAreNearTheBound()
    {
        // With many items one step is nothing: the budget is used up and the loss is near that of the next multiplier.
        const Items items = layersLike(300, 5);
        double least = 0.0;
        double most = 0.0;
        for (const auto &choices : items) {
            least += choices.front().bytes;
            most += choices.back().bytes;
        }
        const double budget = (least + most) / 2.0;
        const auto found = search::selectWithin(items, Objective::Loss, {.bytes = budget});
        QVERIFY(found);
        const Choice total = search::totalOf(items, *found);
        QVERIFY(total.bytes <= budget);
        QVERIFY(total.bytes >= 0.99 * budget);
        // Against the uniform choice of 4 of 2, 4, 6, 8 bits, which is smaller still.
        double uniform = 0.0;
        for (const auto &choices : items)
            uniform += choices[1].loss;
        QVERIFY(total.loss < uniform / 2.0);
    }

    void nothingFits()
    {
        QVERIFY(!search::selectWithin(layersLike(5, 1), Objective::Loss, {.bytes = 1.0}));
        QVERIFY(!search::selectWithin(layersLike(5, 1), Objective::Bytes, {.loss = 0.0}));
    }

    void anItemWithoutChoiceIsAnError()
    {
        Items items = layersLike(3, 1);
        items[1].clear();
        QVERIFY_THROWS_EXCEPTION(base::Error, search::selectWithin(items, Objective::Loss, {}));
    }

    void theFrontFallsAndIsConvex()
    {
        const Items items = layersLike(40, 3);
        const auto front = search::convexFront(items, Objective::Bytes, 12);
        QVERIFY(front.size() >= 8 && front.size() <= 12);
        for (std::size_t i = 1; i < front.size(); ++i) {
            const Choice before = search::totalOf(items, front[i - 1]);
            const Choice after = search::totalOf(items, front[i]);
            QVERIFY(after.bytes > before.bytes);
            QVERIFY(after.loss < before.loss);
        }
        const Choice smallest = search::totalOf(items, front.front());
        const Choice best = search::totalOf(items, front.back());
        double least = 0.0;
        double loss = 0.0;
        for (const auto &choices : items) {
            least += choices.front().bytes;
            loss += choices.back().loss;
        }
        QCOMPARE(smallest.bytes, least);
        QCOMPARE(best.loss, loss);
    }
};

QTEST_APPLESS_MAIN(TestKnapsack)
#include "tst_knapsack.moc"
