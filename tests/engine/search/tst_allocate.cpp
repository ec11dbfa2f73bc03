// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "analysiscase.h"

#include "engine/base/error.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/search/allocate.h"
#include "engine/search/estimate.h"
#include "engine/search/planmeter.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace bitlens;
using search::AllocatedPlan;
using search::Allocation;
using search::KernelTimes;

class TestAllocate : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_case = test::analysisCase(test::syntheticGenerator(test::SrganShape{.blocks = 3}));
        m_request.generator = m_case.generator;
        m_request.calibration = m_case.calibration;
        m_request.pictures = m_case.pictures;
        m_request.sensitivities.generator = m_case.generator;
        m_request.sensitivities.entries =
            search::estimateSensitivity({m_case.generator, m_case.calibration, m_case.pictures, 8}, m_pool, {});
        m_request.times = KernelTimes::measure(m_case.generator, *m_case.calibration, {24, 24}, m_pool, {});
        m_request.frontPoints = 0;
    }

    void betterThanUniformOfTheSameSize()
    {
        for (const int weight : {5, 6, 8}) {
            const auto [bytes, error] = uniform({weight, 16});
            auto request = m_request;
            request.budget.bytes = bytes;
            const Allocation allocation = search::allocateBits(request, m_pool, {});
            QVERIFY(allocation.chosen.bytes <= bytes);
            QVERIFY2(
                allocation.chosen.squaredError < error,
                qPrintable(QString("W%1: %2 against %3").arg(weight).arg(allocation.chosen.squaredError).arg(error)));
            // What it says of the plan is true.
            const quant::QuantizedModelPtr model =
                quant::quantize(m_case.generator, allocation.chosen.plan, *m_case.calibration);
            QCOMPARE(allocation.chosen.bytes, quant::packedBytes(*model));
            const search::PlanMeter meter(m_case.generator, m_case.calibration, m_case.pictures, m_pool, {});
            QCOMPARE(meter.squaredError(allocation.chosen.plan, {}), allocation.chosen.squaredError);
        }
    }

    void smallestWithinALoss()
    {
        double smaller = 0.0;
        for (const double psnr : {30.0, 40.0, 50.0}) {
            auto request = m_request;
            request.budget.psnrFp32 = psnr;
            const Allocation allocation = search::allocateBits(request, m_pool, {});
            QVERIFY(allocation.chosen.psnrFp32().value() >= psnr);
            QVERIFY(allocation.chosen.psnrFp32().value() < psnr + 6.0); // not wasteful: within one bit everywhere
            QVERIFY(static_cast<double>(allocation.chosen.bytes) > smaller);
            smaller = static_cast<double>(allocation.chosen.bytes);
        }
    }

    void timeIsKept()
    {
        const double fast = m_request.times->seconds(quant::BitPlan(m_case.generator->layers.size(), {4, 8}));
        const double slow = m_request.times->seconds(quant::BitPlan(m_case.generator->layers.size(), {16, 16}));
        auto request = m_request;
        request.budget.seconds = std::min(fast, slow) + std::fabs(slow - fast) / 2.0;
        const Allocation allocation = search::allocateBits(request, m_pool, {});
        QVERIFY(allocation.chosen.seconds.value() <= *request.budget.seconds * (1.0 + 1.0e-9));
        QCOMPARE(allocation.chosen.seconds.value(), request.times->seconds(allocation.chosen.plan));
    }

    void onlyAllowedWidths()
    {
        auto request = m_request;
        request.weightBits = {8};
        request.activationBits = {8, 12};
        request.budget.psnrFp32 = uniformPsnr({8, 12}) - 0.5;
        const Allocation allocation = search::allocateBits(request, m_pool, {});
        for (std::size_t layer = 0; layer < allocation.chosen.plan.size(); ++layer) {
            const quant::LayerBits bits = allocation.chosen.plan.at(layer);
            QVERIFY(bits.weight == 8 && (bits.activation == 8 || bits.activation == 12));
        }
    }

    void frontsFall()
    {
        auto request = m_request;
        request.budget.psnrFp32 = 40.0;
        request.frontPoints = 5;
        request.repairs = 0;
        std::size_t seen = 0;
        const Allocation allocation = search::allocateBits(request, m_pool, {}, [&](const AllocatedPlan &) { ++seen; });
        QCOMPARE(seen, allocation.front.size() + 1);
        std::size_t bySize = 0;
        for (std::size_t i = 0; i < allocation.front.size(); ++i) {
            const AllocatedPlan &point = allocation.front[i];
            bySize += point.role == AllocatedPlan::Role::Bytes ? 1 : 0;
            // Every point can be applied: its rules read back to the plan.
            QVERIFY(quant::BitPlan::fromRules(point.plan.toRules(*m_case.generator), *m_case.generator) == point.plan);
            if (i == 0 || allocation.front[i - 1].role != point.role)
                continue;
            QVERIFY(point.squaredError < allocation.front[i - 1].squaredError);
            if (point.role == AllocatedPlan::Role::Bytes)
                QVERIFY(point.bytes > allocation.front[i - 1].bytes);
        }
        QVERIFY(bySize >= 3);
        const QString json = QString::fromStdString(allocation.toJson());
        for (const char *name : {"\"front\"", "\"chosen\"", "\"plan\"", "\"bytes\"", "\"seconds\"", "\"psnr_fp32\""})
            QVERIFY2(json.contains(name), name);
        QCOMPARE(QString::fromStdString(allocation.toCsv()).count('\n'), static_cast<int>(allocation.front.size()) + 2);
    }

    void impossibleBudgetsSayWhatIsNearest_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("message");
        QTest::newRow("bytes") << 0 << "the nearest has";
        QTest::newRow("seconds") << 1 << "the nearest has";
        QTest::newRow("loss") << 2 << "the nearest has";
        QTest::newRow("none") << 3 << "needs a budget";
        QTest::newRow("no times") << 4 << "kernel times";
        QTest::newRow("no sensitivities") << 5 << "sensitivity of";
        QTest::newRow("no such width") << 6 << "is not a choice of widths";
    }

    void impossibleBudgetsSayWhatIsNearest()
    {
        QFETCH(int, kind);
        QFETCH(QString, message);
        auto request = m_request;
        if (kind == 0)
            request.budget.bytes = 100;
        if (kind == 1)
            request.budget.seconds = 0.0;
        if (kind == 2)
            request.budget.psnrFp32 = 400.0;
        if (kind >= 4) {
            request.budget.seconds = 1.0;
            if (kind == 4)
                request.times.reset();
            if (kind == 5)
                request.sensitivities.entries.resize(10);
            if (kind == 6)
                request.weightBits = {9};
        }
        try {
            search::allocateBits(request, m_pool, {});
            QFAIL("found a plan");
        } catch (const base::Error &error) {
            QVERIFY2(QString::fromStdString(error.detail()).contains(message), error.detail().c_str());
        }
    }

    void timesAreKeptForTheNextCall()
    {
        QTemporaryDir folder;
        const std::string path = folder.filePath("times").toStdString();
        int reports = 0;
        base::Job job;
        job.progress = [&](double, const std::string &) { ++reports; };
        const KernelTimes first =
            search::kernelTimes(m_case.generator, *m_case.calibration, {128, 128}, path, m_pool, job);
        QVERIFY(reports > 0);
        reports = 0;
        const KernelTimes second =
            search::kernelTimes(m_case.generator, *m_case.calibration, {256, 128}, path, m_pool, job);
        QCOMPARE(reports, 0);
        // Twice the pixels take twice the time; decimals of the file round in the last place.
        QVERIFY(std::fabs(second.seconds(0, {8, 8}) / (2.0 * first.seconds(0, {8, 8})) - 1.0) < 1.0e-9);
        const QStringList files = QDir(QString::fromStdString(path)).entryList(QDir::Files);
        QCOMPARE(files.size(), 1);
        QFile broken(QString::fromStdString(path) + "/" + files.first());
        QVERIFY(broken.open(QIODevice::WriteOnly) && broken.write("{\"schema\":1}") > 0);
        broken.close();
        search::kernelTimes(m_case.generator, *m_case.calibration, {128, 128}, path, m_pool, job);
        QVERIFY(reports > 0); // measured again
    }

    void timesThatCannotBeKeptAreNoError()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("times");
        QFile inTheWay(path); // a file where the folder should be
        QVERIFY(inTheWay.open(QIODevice::WriteOnly));
        const KernelTimes times =
            search::kernelTimes(m_case.generator, *m_case.calibration, {128, 128}, path.toStdString(), m_pool, {});
        QCOMPARE(times.layers(), m_case.generator->layers.size());
    }

    void timesReadBack()
    {
        const std::size_t layers = m_case.generator->layers.size();
        const KernelTimes read = KernelTimes::fromJson(m_request.times->toJson(), layers, "file");
        // A width between two measured ones counts as the wider.
        QCOMPARE(read.seconds(2, {5, 9}), m_request.times->seconds(2, {8, 10}));
        QCOMPARE(read.inputSize(), (image::Size{24, 24}));
        QVERIFY_THROWS_EXCEPTION(base::Error, KernelTimes::fromJson(m_request.times->toJson(), layers + 1, "file"));
        QVERIFY_THROWS_EXCEPTION(base::Error, KernelTimes::fromJson("[]", layers, "file"));
    }

private:
    std::pair<std::size_t, double> uniform(quant::LayerBits bits) const
    {
        const search::PlanMeter meter(m_case.generator, m_case.calibration, m_case.pictures, m_pool, {});
        const quant::BitPlan plan(m_case.generator->layers.size(), bits);
        return {meter.bytes(plan), meter.squaredError(plan, {})};
    }
    double uniformPsnr(quant::LayerBits bits) const { return search::decibels(uniform(bits).second).value(); }

    base::ThreadPool m_pool{1};
    test::AnalysisCase m_case;
    search::AllocationRequest m_request;
};

QTEST_APPLESS_MAIN(TestAllocate)
#include "tst_allocate.moc"
