// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "analysiscase.h"
#include "rankcorrelation.h"
#include "sharedcase.h"

#include "engine/base/error.h"
#include "engine/search/estimate.h"
#include "engine/search/measure.h"
#include "engine/search/roundingerror.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

using namespace bitlens;
using quant::kFloatBits;
using search::Sensitivity;

namespace {

/// 4 crops with 24 probes are 96 samples: a standard deviation of 14 % or 0.6 dB, of which three are 1.8 dB. What is
/// left is for the estimate's first order.
constexpr int kProbes = 24;
constexpr double kTolerance = 2.0;
/// The program's form, which leaves products between channels out. 4 crops with 8 probes are 32 samples at least: a
/// standard deviation of 25 %, 1 dB. Products between output channels, of which half are left out, made the error up to
/// three times smaller in these small random networks: a factor of two when half counts, 3 dB.
constexpr int kFewProbes = 8;
constexpr double kToleranceOfFew = 4.0;
/// Above, what is left is float rounding: pictures of 8 bits, which 8 bits represent.
constexpr double kNothing = 125.0;
/// Of the ranks of a real generator's layers, with the default number of probes; the goal is 0.9.
constexpr double kRankCorrelation = 0.95;

double psnrOf(const std::vector<Sensitivity> &entries, int layer, quant::LayerBits bits)
{
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const Sensitivity &entry) {
        return entry.target.layer == layer && entry.bits == bits;
    });
    return found == entries.end() ? -1.0 : found->psnrFp32().value_or(1000.0);
}

} // namespace

class TestEstimate : public QObject {
    Q_OBJECT

private slots:
    void agreesWithMeasurement_data()
    {
        QTest::addColumn<bool>("plain");
        QTest::addColumn<bool>("dense");
        QTest::addColumn<int>("weight");
        QTest::addColumn<int>("activation");
        for (const bool plain : {true, false})
            for (const bool dense : {false, true}) {
                const QByteArray family =
                    (plain ? "plain, " : "few probes, ") + QByteArray(dense ? "RRDBNet " : "SRGAN ");
                QTest::newRow(family + "A8") << plain << dense << kFloatBits << 8;
                QTest::newRow(family + "A6") << plain << dense << kFloatBits << 6;
                QTest::newRow(family + "W8") << plain << dense << 8 << kFloatBits;
                QTest::newRow(family + "W4") << plain << dense << 4 << kFloatBits;
            }
    }

    void agreesWithMeasurement()
    {
        QFETCH(bool, plain);
        QFETCH(bool, dense);
        QFETCH(int, weight);
        QFETCH(int, activation);
        // Leaving products out needs channels to leave them out between.
        const test::RrdbShape rrdb = plain ? test::RrdbShape{} : test::RrdbShape{.channels = 32, .growth = 16};
        const test::SrganShape srgan = plain ? test::SrganShape{.slopesPerChannel = true}
                                             : test::SrganShape{.channels = 32, .slopesPerChannel = true};
        const test::AnalysisCase on =
            test::analysisCase(dense ? test::syntheticGenerator(rrdb) : test::syntheticGenerator(srgan));
        const double tolerance = plain ? kTolerance : kToleranceOfFew;
        const base::ThreadPool pool(1);
        const quant::LayerBits bits{weight, activation};
        const auto measured =
            search::measureSensitivity({on.generator, on.calibration, on.pictures, false, {bits}, false, {}}, pool, {});
        std::vector<Sensitivity> &estimated = m_estimated[(plain ? 0 : 2) + (dense ? 1 : 0)];
        if (estimated.empty()) {
            search::EstimateRequest request{on.generator, on.calibration, on.pictures, plain ? kProbes : kFewProbes};
            request.allProducts = plain;
            estimated = search::estimateSensitivity(request, pool, {});
        }
        double difference = 0.0;
        for (const Sensitivity &entry : measured) {
            const double off = psnrOf(estimated, entry.target.layer, bits) - entry.psnrFp32().value_or(1000.0);
            if (entry.psnrFp32().value_or(1000.0) > kNothing)
                continue;
            QVERIFY2(std::fabs(off) < tolerance,
                     qPrintable(QString("%1: off by %2 dB")
                                    .arg(QString::fromStdString(
                                        on.generator->layers[static_cast<std::size_t>(entry.target.layer)].path))
                                    .arg(off)));
        }
        // The tolerance bites: two bits less are 12 dB, a little less where a bias is corrected.
        const quant::LayerBits other{weight == kFloatBits ? weight : weight - 2,
                                     activation == kFloatBits ? activation : activation - 2};
        for (const Sensitivity &entry : measured)
            if (entry.psnrFp32().value_or(1000.0) <= kNothing)
                difference +=
                    (psnrOf(estimated, entry.target.layer, bits) - psnrOf(estimated, entry.target.layer, other))
                    / static_cast<double>(measured.size());
        QVERIFY2(difference > (plain ? 2.0 : 1.5) * tolerance, qPrintable(QString::number(difference)));
    }

    void everyWidthOfEveryLayerOnce()
    {
        const test::AnalysisCase on = test::analysisCase(test::syntheticGenerator(test::SrvggShape{}), {4, 16});
        const base::ThreadPool pool(1);
        std::size_t calls = 0;
        const auto entries = search::estimateSensitivity({on.generator, on.calibration, on.pictures, 2}, pool, {},
                                                         [&](const Sensitivity &) { ++calls; });
        QCOMPARE(entries.size(), on.generator->layers.size() * 20); // 11 widths of weights, 9 of activations
        QCOMPARE(calls, 2 * entries.size());                        // preliminary after each two pictures
        for (std::size_t i = 1; i < entries.size(); ++i)
            QVERIFY(entries[i].target.layer >= entries[i - 1].target.layer);
    }

    /// Whatever was interrupted after each round goes on to the same bits, and what is complete costs nothing.
    void goesOnWhereItWasInterrupted()
    {
        const test::AnalysisCase on = test::analysisCase(test::syntheticGenerator(test::SrganShape{}), {5, 16});
        const base::ThreadPool pool(1);
        search::EstimateRequest request{on.generator, on.calibration, on.pictures};
        std::vector<search::EstimateProgress> rounds;
        const auto whole = search::estimateSensitivity(
            request, pool, {}, {}, [&](const search::EstimateProgress &at) { rounds.push_back(at); });
        QCOMPARE(rounds.size(), std::size_t{3});
        QCOMPARE(rounds.back().pictures, std::size_t{5});
        for (std::size_t left = 0; left < rounds.size(); ++left) {
            request.start = rounds[left];
            std::size_t told = 0;
            QStringList steps;
            base::Job job;
            job.progress = [&](double, const std::string &what) { steps << QString::fromStdString(what); };
            const auto resumed =
                search::estimateSensitivity(request, pool, job, {}, [&](const search::EstimateProgress &) { ++told; });
            QCOMPARE(told, rounds.size() - left); // what was there, and each round that was missing
            QCOMPARE(resumed.size(), whole.size());
            for (std::size_t i = 0; i < whole.size(); ++i)
                QCOMPARE(resumed[i].squaredError, whole[i].squaredError); // to the bit
            QCOMPARE(steps == QStringList{"done"}, left + 1 == rounds.size());
        }
        // Of another number of probes it is no help.
        request.probes = 3;
        std::size_t told = 0;
        search::estimateSensitivity(request, pool, {}, {}, [&](const search::EstimateProgress &) { ++told; });
        QCOMPARE(told, rounds.size());
    }

    void doesNotDependOnThreads()
    {
        const test::AnalysisCase on = test::analysisCase(test::syntheticGenerator(test::SrganShape{}), {3, 16});
        const search::EstimateRequest request{on.generator, on.calibration, on.pictures};
        const auto one = search::estimateSensitivity(request, base::ThreadPool(1), {});
        const auto three = search::estimateSensitivity(request, base::ThreadPool(3), {});
        QCOMPARE(one.size(), three.size());
        for (std::size_t i = 0; i < one.size(); ++i) // what is left: the order of float sums inside LibTorch
            QVERIFY(std::fabs(one[i].squaredError - three[i].squaredError) <= 1.0e-3 * one[i].squaredError);
    }

    void combinesWeightsAndActivations()
    {
        search::SensitivityReport report;
        report.generator = test::syntheticGenerator(test::SrganShape{});
        report.entries = {{{0, 0}, {8, kFloatBits}, 1.0, std::nullopt, search::Method::Estimated},
                          {{0, 0}, {8, kFloatBits}, 3.0, std::nullopt, search::Method::Measured},
                          {{0, 0}, {kFloatBits, 6}, 2.0, std::nullopt, search::Method::Estimated}};
        QCOMPARE(search::combinedError(report, 0, {8, 6}).value(), 5.0); // a measured one counts before an estimate
        QVERIFY(!search::combinedError(report, 0, {8, 8}));
        QCOMPARE(search::combinedError(report, 0, {kFloatBits, 6}).value(), 2.0);
    }

    void roundsByTheRule()
    {
        // The fast loop against the rule itself, value by value, ties and clamps included.
        const quant::Range range{-1.5F, 2.5F, {-1.5F}, {2.5F}};
        for (const int bits : {4, 8, 12, 16}) {
            const quant::ActivationQuantizer quantizer = quant::makeActivationQuantizer(range, 1, bits, 0.5F);
            std::vector<float> values;
            for (int i = -200; i < 300; ++i)
                values.push_back((static_cast<float>(i) + 0.5F) * quantizer.scale[0] / 2.0F);
            values.insert(values.end(), {-9.0F, 9.0F, 0.0F, 1.0e-9F});
            for (const float value : values) {
                const auto level = quant::quantizeActivation(value, quantizer.inverseScale[0], quantizer.zeroPoint[0],
                                                             quantizer.maximum());
                const float change = static_cast<float>(level - quantizer.zeroPoint[0]) * quantizer.scale[0] - value;
                const float one = 1.0F;
                QCOMPARE(search::roundingProduct(&value, &one, 1, quantizer, 0), static_cast<double>(change));
            }
        }
    }

    void longProductsAreExactEnough()
    {
        std::mt19937 random(1);
        std::normal_distribution<float> normal;
        for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{15}, std::size_t{16},
                                        std::size_t{1025}, std::size_t{10000}}) {
            std::vector<float> a(count);
            std::vector<float> b(count);
            double sum = 0.0;
            double magnitude = 1.0e-30;
            for (std::size_t i = 0; i < count; ++i) {
                a[i] = normal(random);
                b[i] = normal(random);
                sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
                magnitude += std::fabs(static_cast<double>(a[i]) * static_cast<double>(b[i]));
            }
            // 64 float additions per lane and block, half a unit in the last place each.
            QVERIFY(std::fabs(search::dotProduct(a.data(), b.data(), count) - sum) <= 64 * 6.0e-8 * magnitude);
        }
    }

    void cancelEndsIt()
    {
        const test::AnalysisCase on = test::analysisCase(test::syntheticGenerator(test::SrganShape{}), {4, 16});
        const base::ThreadPool pool(1);
        base::Job job;
        job.progress = [cancel = job.cancel](double, const std::string &what) {
            if (what.starts_with("picture 3"))
                cancel.cancel();
        };
        QVERIFY_THROWS_EXCEPTION(
            base::Cancelled, search::estimateSensitivity({on.generator, on.calibration, on.pictures, 2}, pool, job));
    }

    void rangesOfAnotherGeneratorAreAnError()
    {
        const test::AnalysisCase on = test::analysisCase(test::syntheticGenerator(test::SrganShape{}), {1, 16});
        const base::ThreadPool pool(1);
        QVERIFY_THROWS_EXCEPTION(
            base::Error, search::estimateSensitivity(
                             {test::syntheticGenerator(test::RrdbShape{}), on.calibration, on.pictures, 2}, pool, {}));
    }

    void ranksARealGeneratorAsMeasured_data()
    {
        QTest::addColumn<int>("weight");
        QTest::addColumn<int>("activation");
        QTest::newRow("A8") << kFloatBits << 8;
        QTest::newRow("W4") << 4 << kFloatBits;
    }

    void ranksARealGeneratorAsMeasured()
    {
        QFETCH(int, weight);
        QFETCH(int, activation);
        const std::optional<test::AnalysisCase> shared = test::sharedSrganCase({10, 16});
        if (!shared)
            QSKIP("shared weights and test pictures are not there");
        const test::AnalysisCase &on = *shared;
        const base::ThreadPool pool(1);
        const quant::LayerBits bits{weight, activation};
        const auto measured =
            search::measureSensitivity({on.generator, on.calibration, on.pictures, false, {bits}, false, {}}, pool, {});
        std::vector<Sensitivity> &estimated = m_estimated[4];
        if (estimated.empty())
            estimated = search::estimateSensitivity({on.generator, on.calibration, on.pictures}, pool, {});
        std::vector<double> a;
        std::vector<double> b;
        for (const Sensitivity &entry : measured) {
            a.push_back(entry.psnrFp32().value_or(1000.0));
            b.push_back(psnrOf(estimated, entry.target.layer, bits));
        }
        const double correlation = test::rankCorrelation(a, b);
        qInfo("rank correlation %.3f", correlation);
        QVERIFY(correlation >= kRankCorrelation);
        // It bites: the same layers in another order.
        std::rotate(b.begin(), b.begin() + 1, b.end());
        QVERIFY(test::rankCorrelation(a, b) < kRankCorrelation);
    }

private:
    /// Of the synthetic generators and the real one: the same for all rows of a test.
    std::array<std::vector<Sensitivity>, 5> m_estimated;
};

QTEST_APPLESS_MAIN(TestEstimate)
#include "tst_estimate.moc"
