// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/allocationanalysis.h"
#include "engine/quant/quantizedmodel.h"
#include "tests/engine/search/analysiscase.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace bitlens;
using search::KernelTimes;

class TestAllocationAnalysis : public QObject {
    Q_OBJECT

    test::AnalysisCase m_case =
        test::analysisCase(test::syntheticGenerator(test::SrganShape{.blocks = 2, .channels = 8}));

    std::size_t layers() const { return m_case.generator->layers.size(); }

    /// Every layer takes as many milliseconds as its activations have bits.
    KernelTimes times() const
    {
        nlohmann::json seconds = nlohmann::json::array();
        for (std::size_t layer = 0; layer < layers(); ++layer) {
            nlohmann::json row = nlohmann::json::array();
            for (std::size_t weight = 0; weight < KernelTimes::kWeightBits.size(); ++weight)
                for (const int activation : KernelTimes::kActivationBits)
                    row.push_back(activation / 1000.0);
            seconds.push_back(row);
        }
        const nlohmann::json json{{"schema", 1}, {"width", 32}, {"height", 32}, {"seconds", seconds}};
        return KernelTimes::fromJson(json.dump(), layers(), "times");
    }

private slots:
    void theDefaultBudgetIsTheSizeOf8BitWeights()
    {
        const search::Budget budget = compare::defaultBudget(m_case.generator, *m_case.calibration, std::nullopt, 8);
        const quant::BitPlan eight(layers(), quant::LayerBits{8, 8});
        const quant::BitPlan nine(layers(), quant::LayerBits{9, 8});
        const auto bytes = [this](const quant::BitPlan &plan) {
            return quant::packedBytes(*quant::quantize(m_case.generator, plan, *m_case.calibration));
        };
        QVERIFY(bytes(eight) <= *budget.bytes);
        QVERIFY(bytes(nine) > *budget.bytes);
        QVERIFY(!budget.seconds);
        QVERIFY(!budget.psnrFp32);
    }

    void measuredTimesLimitItToAFifthMoreThanTheNarrowest_data()
    {
        QTest::addColumn<int>("activationBits");
        QTest::newRow("8") << 8;
        QTest::newRow("12") << 12;
    }
    void measuredTimesLimitItToAFifthMoreThanTheNarrowest()
    {
        QFETCH(int, activationBits);
        const search::Budget budget =
            compare::defaultBudget(m_case.generator, *m_case.calibration, times(), activationBits);
        QVERIFY(budget.seconds.has_value());
        QCOMPARE(*budget.seconds, 1.2 * static_cast<double>(layers()) * activationBits / 1000.0);
    }
};

QTEST_GUILESS_MAIN(TestAllocationAnalysis)
#include "tst_allocationanalysis.moc"
