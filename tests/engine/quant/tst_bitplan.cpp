// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/quant/bitplan.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <random>

using namespace bitlens;
using namespace bitlens::quant;

class TestBitPlan : public QObject {
    Q_OBJECT

    template <typename Function>
    static std::string refusal(Function function)
    {
        try {
            function();
        } catch (const base::Error &error) {
            return error.code() == base::ErrorCode::InvalidArgument ? error.what() : "another code";
        }
        return "accepted";
    }

    model::GeneratorPtr m_srgan = test::syntheticGenerator(test::SrganShape{.blocks = 3, .channels = 4});
    model::GeneratorPtr m_rrdb = test::syntheticGenerator(test::RrdbShape{.blocks = 3, .channels = 8, .growth = 4});

private slots:
    void rulesApplyInOrder()
    {
        const BitPlan plan = BitPlan::fromRules("*=6/10, body=4/8 ,body/block2/conv1=16/fp32,up?=fp32/fp32", *m_srgan);
        const auto at = [&](const char *path) { return plan.at(static_cast<std::size_t>(m_srgan->findLayer(path))); };
        QCOMPARE(at("head/conv1"), (LayerBits{6, 10}));
        QCOMPARE(at("body/block1/conv2"), (LayerBits{4, 8}));
        QCOMPARE(at("body/block2/conv1"), (LayerBits{16, kFloatBits}));
        QVERIFY(at("body/block2/conv1").isFloat());
        QVERIFY(at("up2/conv1").isFloat());
        QCOMPARE(at("tail/conv1"), (LayerBits{6, 10}));
    }

    void patterns_data()
    {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<int>("layers");
        QTest::newRow("all") << "*" << 11;
        QTest::newRow("stage") << "up1" << 1;
        QTest::newRow("group") << "body" << 6;
        QTest::newRow("stage of a group") << "body/block2" << 2;
        QTest::newRow("layer") << "body/block2/conv1" << 1;
        QTest::newRow("layers of one name") << "*/conv2" << 3;
        QTest::newRow("wildcard in the middle") << "body/*/conv2" << 3;
        QTest::newRow("question mark") << "body/block?" << 6;
        QTest::newRow("start") << "b*" << 6;
        QTest::newRow("a group's name is not a prefix of letters") << "bod" << 0;
        QTest::newRow("nor a part") << "block2" << 0;
    }

    void patterns()
    {
        QFETCH(QString, pattern);
        QFETCH(int, layers);
        const std::string rules = pattern.toStdString() + "=4/6";
        if (layers == 0) {
            const std::string message = refusal([&] { BitPlan::fromRules(rules, *m_srgan); });
            QVERIFY2(message.find("head, body/block1") != std::string::npos, message.c_str());
            return;
        }
        const BitPlan plan = BitPlan::fromRules(rules, *m_srgan);
        int changed = 0;
        for (std::size_t i = 0; i < plan.size(); ++i)
            changed += plan.at(i) == LayerBits{4, 6} ? 1 : 0;
        QCOMPARE(changed, layers);
    }

    void badRulesAreNamed_data()
    {
        QTest::addColumn<QString>("rules");
        QTest::addColumn<QString>("part");
        QTest::newRow("no width") << "up1"
                                  << "\"up1\"";
        QTest::newRow("one width") << "up1=8"
                                   << "expected pattern=W/A";
        QTest::newRow("three widths") << "up1=8/8/8"
                                      << "expected pattern=W/A";
        QTest::newRow("no number") << "*=8/8,up1=x/8"
                                   << "\"up1=x/8\": \"x\"";
        QTest::newRow("width of no weight") << "*=9/8"
                                            << "expected one of 2, 3, 4";
        QTest::newRow("width of no activation") << "*=8/3"
                                                << "expected one of 4, 5, 6";
        QTest::newRow("inner sign of FP32") << "*=32/32"
                                            << "fp32";
        QTest::newRow("empty") << ""
                               << "expected pattern=W/A";
        QTest::newRow("trailing comma") << "*=8/8,"
                                        << "expected pattern=W/A";
    }

    void badRulesAreNamed()
    {
        QFETCH(QString, rules);
        QFETCH(QString, part);
        const std::string message = refusal([&] { BitPlan::fromRules(rules.toStdString(), *m_srgan); });
        QVERIFY2(QString::fromStdString(message).contains(part), message.c_str());
    }

    void rulesAreShort_data()
    {
        QTest::addColumn<QString>("rules");
        QTest::addColumn<bool>("dense");
        QTest::newRow("uniform") << "*=8/8" << false;
        QTest::newRow("float") << "*=fp32/fp32" << false;
        QTest::newRow("one stage") << "*=8/8,up2=8/12" << false;
        QTest::newRow("group") << "*=8/12,body=4/8" << false;
        QTest::newRow("exception in a group") << "*=8/12,body=4/8,body/block2/conv2=16/16" << false;
        QTest::newRow("one name everywhere") << "*=8/12,*/conv5=12/12" << true;
    }

    void rulesAreShort()
    {
        QFETCH(QString, rules);
        QFETCH(bool, dense);
        const model::Generator &generator = dense ? *m_rrdb : *m_srgan;
        const BitPlan plan = BitPlan::fromRules(rules.toStdString(), generator);
        QCOMPARE(QString::fromStdString(plan.toRules(generator)), rules);
    }

    void anyPlanSurvivesRulesAndJson()
    {
        std::mt19937 random(5);
        for (const model::GeneratorPtr &generator : {m_srgan, m_rrdb}) {
            for (std::size_t trial = 0; trial < 200; ++trial) {
                BitPlan plan(generator->layers.size(), LayerBits{});
                for (std::size_t i = 0; i < plan.size(); ++i)
                    if (random() % (1 + trial / 10) == 0)
                        plan.set(i, {kWeightBitChoices[random() % kWeightBitChoices.size()],
                                     kActivationBitChoices[random() % kActivationBitChoices.size()]});
                QCOMPARE(BitPlan::fromRules(plan.toRules(*generator), *generator), plan);
                QCOMPARE(BitPlan::fromJson(plan.toJson(*generator), *generator, "plan.json"), plan);
            }
        }
    }

    void badJsonIsNamed_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::addColumn<QString>("part");
        QTest::newRow("cut") << "}}"
                             << ""
                             << "not a JSON";
        QTest::newRow("schema") << "\"schema\":1"
                                << "\"schema\":2"
                                << "schema";
        QTest::newRow("missing layer") << "\"up1/conv1\":[8,8],"
                                       << ""
                                       << "up1/conv1 of synthetic is missing";
        QTest::newRow("unknown layer") << "\"up1/conv1\""
                                       << "\"up9/conv1\""
                                       << "up9/conv1 does not exist";
        QTest::newRow("width") << "\"up1/conv1\":[8,8]"
                               << "\"up1/conv1\":[8,9]"
                               << "9 is not a width";
        QTest::newRow("huge width") << "\"up1/conv1\":[8,8]"
                                    << "\"up1/conv1\":[4294967304,8]"
                                    << "is not a width";
        QTest::newRow("text") << "\"up1/conv1\":[8,8]"
                              << "\"up1/conv1\":[\"8\",8]"
                              << "expected [weight bits";
        QTest::newRow("three numbers") << "\"up1/conv1\":[8,8]"
                                       << "\"up1/conv1\":[8,8,8]"
                                       << "expected [weight bits";
    }

    void badJsonIsNamed()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QFETCH(QString, part);
        QString json = QString::fromStdString(BitPlan(m_srgan->layers.size(), LayerBits{}).toJson(*m_srgan));
        QVERIFY(json.contains(from));
        json.replace(from, to);
        const std::string message = refusal([&] { BitPlan::fromJson(json.toStdString(), *m_srgan, "plan.json"); });
        QVERIFY2(QString::fromStdString(message).contains(part), message.c_str());
        QVERIFY2(QString::fromStdString(message).startsWith("plan.json: "), message.c_str());
    }

    void argumentIsPresetFileOrRules()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("plan.json");
        const BitPlan plan = BitPlan::fromRules("*=6/10", *m_srgan);
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::fromStdString(plan.toJson(*m_srgan)));
        file.close();
        QCOMPARE(planFromArgument(path.toStdString(), *m_srgan), plan);
        QCOMPARE(planFromArgument("*=6/10", *m_srgan), plan);
        QVERIFY(planFromArgument("fp32", *m_srgan).isAllFloat());
        const std::string message = refusal([&] { planFromArgument("int9", *m_srgan); });
        QVERIFY2(message.find("fp32, int8, multi") != std::string::npos, message.c_str());
    }

    void firstDifference()
    {
        const BitPlan plan = BitPlan::fromRules("*=8/8", *m_srgan);
        BitPlan other = plan;
        QCOMPARE(plan.firstDifference(other), plan.size());
        other.set(4, {8, 12});
        QCOMPARE(plan.firstDifference(other), std::size_t(4));
        QCOMPARE(plan.firstDifference(BitPlan(2, LayerBits{})), std::size_t(2));
    }
};

QTEST_GUILESS_MAIN(TestBitPlan)
#include "tst_bitplan.moc"
