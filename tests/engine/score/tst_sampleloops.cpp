// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/cpu.h"
#include "engine/score/sampleloops.h"

#include <QTest>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

using namespace bitlens;
using score::SampleLoops;

namespace {

/// Sums of at most 1000 products in any order differ by some 1000 roundings of 1.1e-16 each.
constexpr double kTolerance = 1e-12;

using Samples = std::vector<double>;

Samples randomSamples(std::size_t count, unsigned seed)
{
    std::mt19937 engine(seed);
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    Samples samples(count);
    for (double &sample : samples)
        sample = uniform(engine);
    return samples;
}

std::vector<const double *> rowsOf(const Samples &samples, int rows, int length)
{
    std::vector<const double *> pointers;
    for (int i = 0; i < rows; ++i)
        pointers.push_back(samples.data() + static_cast<std::ptrdiff_t>(i) * length);
    return pointers;
}

/// What every loop makes of the same samples, one after the other.
Samples everything(const SampleLoops &loops, int count)
{
    const auto size = static_cast<std::size_t>(count);
    const Samples in = randomSamples((size + 10) * SampleLoops::kColumns, 7);
    const auto rows = rowsOf(in, SampleLoops::kColumns, count + 10);
    const Samples weights = randomSamples(SampleLoops::kBlock, 11);
    Samples result;
    Samples out(size);
    const auto keep = [&](const Samples &values) { result.insert(result.end(), values.begin(), values.end()); };
    loops.windowAlong(rows[0], out.data(), count, weights.data());
    keep(out);
    loops.windowAcross(rows.data(), out.data(), count, weights.data());
    keep(out);
    loops.multiply(rows[0], rows[1], out.data(), count);
    keep(out);
    loops.varianceFromSquares(rows[2], out.data(), count);
    keep(out);
    const auto spread = loops.spread(rows[3], count, 0.125);
    const SampleLoops::Local local{rows[0], rows[1], rows[2], rows[3], rows[4]};
    keep({loops.sum(rows[3], count), spread.squares, spread.magnitudes, loops.structureSum(local, count, 9.0),
          loops.similaritySum(local, count, 3.0, 9.0)});
    Samples products(9, 0.5);
    loops.addProducts(rows.data(), rows.data() + 3, count, products.data());
    keep(products);
    Samples m(SampleLoops::kColumns * SampleLoops::kColumns);
    for (int i = 0; i < SampleLoops::kColumns; ++i)
        for (int j = i; j < SampleLoops::kColumns; ++j)
            m[static_cast<std::size_t>(i * SampleLoops::kColumns + j)] = i == j ? 2.0 + i : 0.01 * (i - j);
    if (count >= 4) {
        loops.normalise(rows.data(), 4, count, m.data(), 0.25, out.data());
        keep(out);
    }
    loops.combine(rows.data(), weights.data(), out.data(), count);
    keep(out);
    loops.add(rows[5], out.data(), count);
    loops.addMagnitude(rows[6], out.data(), count);
    keep(out);
    Samples magnitudes(size);
    loops.addSpread(rows[7], rows[8], out.data(), magnitudes.data(), count);
    loops.addMagnitudeSpread(rows[9], rows[10], out.data(), count);
    keep(out);
    keep(magnitudes);
    return result;
}

} // namespace

class TestSampleLoops : public QObject {
    Q_OBJECT

private slots:
    void bothInstructionSetsGiveTheSameBits_data()
    {
        QTest::addColumn<int>("count");
        for (int count : {1, 3, 4, 7, 8, 9, 31, 64, 65, 1000})
            QTest::newRow(qPrintable(QString::number(count))) << count;
    }

    void bothInstructionSetsGiveTheSameBits()
    {
        if (!base::cpuFeatures().avx2)
            QSKIP("this processor has no AVX2");
        QFETCH(int, count);
        const Samples plain = everything(score::detail::kPlainSampleLoops, count);
        const Samples vectors = everything(score::detail::kAvx2SampleLoops, count);
        QCOMPARE(plain.size(), vectors.size());
        QCOMPARE(std::memcmp(plain.data(), vectors.data(), plain.size() * sizeof(double)), 0);
        // The comparison bites: one bit in the last of them is seen.
        Samples other = vectors;
        other.back() = std::nextafter(other.back(), 2.0);
        QVERIFY(std::memcmp(plain.data(), other.data(), plain.size() * sizeof(double)) != 0);
    }

    void theLoopsComputeWhatTheySay()
    {
        const SampleLoops &loops = score::sampleLoops();
        constexpr int kCount = 13;
        const Samples in = randomSamples(kCount * SampleLoops::kColumns, 3);
        const auto rows = rowsOf(in, SampleLoops::kColumns, kCount);
        double products[9] = {};
        loops.addProducts(rows.data(), rows.data() + 3, kCount, products);
        double expected = 0.0;
        for (int x = 0; x < kCount; ++x)
            expected += rows[1][x] * rows[5][x];
        QVERIFY(std::abs(products[5] - expected) < kTolerance);
        QVERIFY(std::abs(products[4] - expected) > 2 * kTolerance); // a neighbour's sum would be noticed

        Samples m(SampleLoops::kColumns * SampleLoops::kColumns);
        double form = 0.0;
        for (int i = 0; i < SampleLoops::kColumns; ++i)
            for (int j = i; j < SampleLoops::kColumns; ++j) {
                const double value = i == j ? 3.0 : 0.02 * (j - i);
                m[static_cast<std::size_t>(i * SampleLoops::kColumns + j)] = value;
                form += value * rows[i][12] * rows[j][12];
            }
        Samples out(kCount);
        loops.normalise(rows.data(), 4, kCount, m.data(), 0.5, out.data());
        QVERIFY(std::abs(out[12] - (rows[4][12] - 0.5) / std::sqrt(form)) < kTolerance);
    }
};

QTEST_APPLESS_MAIN(TestSampleLoops)
#include "tst_sampleloops.moc"
