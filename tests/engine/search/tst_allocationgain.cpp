// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What allocation brings on a real generator, and that the preset "multi" is better than a uniform plan there.

#include "sharedcase.h"

#include "engine/search/allocate.h"
#include "engine/search/estimate.h"
#include "engine/search/planmeter.h"

#include <QTest>

#include <memory>

using namespace bitlens;

namespace {

/// dB that an allocated plan must gain on the best uniform plan of its size.
constexpr double kGain = 3.0;

} // namespace

class TestAllocationGain : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const std::optional<test::AnalysisCase> shared = test::sharedSrganCase({5, 32});
        if (!shared)
            QSKIP("shared weights and test pictures are not there");
        const test::AnalysisCase &on = *shared;
        m_request.generator = on.generator;
        m_request.calibration = on.calibration;
        m_request.pictures = on.pictures;
        m_request.weightBits = {6, 7, 8, 10, 12};
        m_request.activationBits = {8, 10, 12, 14, 16};
        m_request.frontPoints = 0;
        m_request.repairs = 4;
        m_request.sensitivities.generator = on.generator;
        m_request.sensitivities.entries =
            search::estimateSensitivity({on.generator, on.calibration, on.pictures}, m_pool, {});
        m_meter =
            std::make_unique<search::PlanMeter>(on.generator, on.calibration, on.pictures, m_pool, base::CancelToken());
        // Activations cost no bytes: of the uniform plans of this size, that with the widest is the best.
        const quant::BitPlan uniform(on.generator->layers.size(), {8, 16});
        m_request.budget.bytes = m_meter->bytes(uniform);
        m_uniform = psnrOf(uniform);
        m_allocated = search::allocateBits(m_request, m_pool, {}).chosen.psnrFp32().value();
        qInfo("W8 A16 %.2f dB, allocated %.2f dB", m_uniform, m_allocated);
    }

    void gainsOnTheUniformPlanOfItsSize() { QVERIFY(m_allocated >= m_uniform + kGain); }

    void sensitivitiesOfOtherLayersGainLess()
    {
        auto request = m_request;
        request.repairs = 0;
        const double own = search::allocateBits(request, m_pool, {}).chosen.psnrFp32().value();
        // Each layer is told the numbers of another.
        const std::size_t perLayer = request.sensitivities.entries.size() / request.generator->layers.size();
        const std::vector<search::Sensitivity> entries = request.sensitivities.entries;
        for (std::size_t i = 0; i < entries.size(); ++i)
            request.sensitivities.entries[i].squaredError =
                entries[(i + entries.size() / 2 / perLayer * perLayer) % entries.size()].squaredError;
        const double shuffled = search::allocateBits(request, m_pool, {}).chosen.psnrFp32().value();
        QVERIFY2(shuffled < own - kGain, qPrintable(QString("%1 against %2 dB").arg(shuffled).arg(own)));
    }

    void multiIsBetterThanTheUniformPlanOfItsSize()
    {
        const quant::BitPlan multi = quant::presetPlan("multi", *m_request.generator);
        QVERIFY(m_meter->bytes(multi) <= *m_request.budget.bytes);
        const double psnr = psnrOf(multi);
        qInfo("multi %.2f dB", psnr);
        QVERIFY(psnr > m_uniform);
    }

private:
    double psnrOf(const quant::BitPlan &plan) const
    {
        return search::decibels(m_meter->squaredError(plan, {})).value();
    }

    base::ThreadPool m_pool{1};
    search::AllocationRequest m_request;
    std::unique_ptr<search::PlanMeter> m_meter;
    double m_uniform = 0.0;
    double m_allocated = 0.0;
};

QTEST_APPLESS_MAIN(TestAllocationGain)
#include "tst_allocationgain.moc"
