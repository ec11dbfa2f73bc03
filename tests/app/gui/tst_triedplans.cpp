// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/triedplans.h"

#include <QAbstractItemModelTester>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <cmath>
#include <limits>

using namespace bitlens;
using app::TriedPlan;
using app::TriedPlans;

namespace {

TriedPlan plan(const QString &rules, double psnr = 40.0, const QString &input = "cat.png")
{
    TriedPlan tried;
    tried.model = "srgan";
    tried.input = input;
    tried.name = tried.rules = rules;
    tried.bytes = 1.5e6;
    tried.seconds = 0.2;
    tried.psnrFp32 = psnr;
    return tried;
}

} // namespace

class TestTriedPlans : public QObject {
    Q_OBJECT

private slots:
    void aPlanTriedAgainKeepsItsPlace()
    {
        TriedPlans plans;
        QAbstractItemModelTester tester(&plans, QAbstractItemModelTester::FailureReportingMode::QtTest);
        plans.record(plan("*=8/8"));
        plans.record(plan("*=4/8"));
        plans.record(plan("*=8/8", 41.0));
        QCOMPARE(plans.rowCount(), 2);
        QCOMPARE(*plans.plans().first().psnrFp32, 41.0);
        TriedPlan ranged = plan("*=8/8");
        ranged.ranges[3] = {-1.0F, 2.0F};
        plans.record(ranged); // other ranges are another trial
        TriedPlan tuned = plan("*=8/8");
        tuned.tuned = "0123456789abcdef";
        plans.record(tuned); // and so is another model
        plans.record(plan("*=8/8", 40.0, "dog.png"));
        QCOMPARE(plans.rowCount(), 5);
        plans.forget("srgan", "/pictures/cat.png", "cat.png"); // recorded by the name alone
        QCOMPARE(plans.rowCount(), 1);
        QCOMPARE(plans.index(0, TriedPlans::NameColumn).data().toString(), QStringLiteral("*=8/8"));
        QVERIFY(plans.index(0, TriedPlans::PsnrColumn).data().toString().contains("40"));
        QCOMPARE(plans.index(0, TriedPlans::PiColumn).data().toString(), QStringLiteral("n/a"));
        plans.clear();
        QCOMPARE(plans.rowCount(), 0);
    }

    void twoPicturesOfOneNameAreTwo()
    {
        TriedPlans plans;
        TriedPlan first = plan("*=8/8", 40.0, "clipboard");
        first.picture = "pixels:1";
        TriedPlan second = plan("*=8/8", 50.0, "clipboard");
        second.picture = "pixels:2";
        plans.record(first);
        plans.record(second);
        QCOMPARE(plans.rowCount(), 2);
        TriedPlans again;
        again.fromJson(plans.toJson());
        QVERIFY(again.plans().last().isOf("pixels:2", "clipboard")
                && !again.plans().last().isOf("pixels:1", "clipboard"));
        again.forget("srgan", "pixels:1", "clipboard");
        QCOMPARE(again.rowCount(), 1);
        QCOMPARE(*again.plans().first().psnrFp32, 50.0);
    }

    void theOldestGoes()
    {
        TriedPlans plans;
        for (int i = 0; i <= TriedPlans::kMost; ++i)
            plans.record(plan(QString::number(i)));
        QCOMPARE(plans.rowCount(), TriedPlans::kMost);
        QCOMPARE(plans.plans().first().rules, QStringLiteral("1"));
    }

    void jsonAndBack()
    {
        TriedPlans plans;
        TriedPlan full = plan("*=8/8,up2=8/12");
        full.name = "multi, own ranges";
        full.picture = "/pictures/cat.png";
        full.ranges[12] = {-0.5F, 1.25F};
        full.tuned = "0123456789abcdef";
        full.psnrFp32 = std::numeric_limits<double>::infinity();
        full.piChange = -0.02;
        plans.record(full);
        TriedPlan bare = plan("*=4/8");
        bare.psnrFp32.reset();
        plans.record(bare);
        const QByteArray text = QJsonDocument(plans.toJson()).toJson();

        TriedPlans again;
        QAbstractItemModelTester tester(&again, QAbstractItemModelTester::FailureReportingMode::QtTest);
        again.fromJson(QJsonDocument::fromJson(text).array());
        QCOMPARE(again.rowCount(), 2);
        const TriedPlan &first = again.plans().first();
        QVERIFY(first.isSameTrial(full));
        QVERIFY(std::isinf(*first.psnrFp32));
        QCOMPARE(*first.piChange, -0.02);
        QCOMPARE(first.name, full.name);
        QVERIFY(!again.plans().last().psnrFp32);
        QCOMPARE(again.toJson(), plans.toJson());
    }

    void rubbishIsLeftOut()
    {
        TriedPlans plans;
        plans.fromJson(QJsonArray{1, "text", QJsonObject{{"model", "m"}},
                                  QJsonObject{{"model", "m"},
                                              {"input", "i"},
                                              {"rules", "*=8/8"},
                                              {"bytes", "many"},
                                              {"psnr_fp32", QJsonObject{}},
                                              {"ranges", QJsonObject{{"3", QJsonArray{1.0, 2.0}},
                                                                     {"x", QJsonArray{-1.0, 2.0}},
                                                                     {"5", QJsonArray{-1.0, 2.0}}}}}});
        QCOMPARE(plans.rowCount(), 1);
        QVERIFY(!plans.plans().first().psnrFp32);
        QCOMPARE(plans.plans().first().ranges.size(), std::size_t(1));
    }
};

QTEST_MAIN(TestTriedPlans)
#include "tst_triedplans.moc"
