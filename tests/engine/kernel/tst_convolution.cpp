// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/kernel/registry.h"
#include "engine/kernel/winogradproof.h"
#include "tests/engine/kernel/kernelcase.h"

#include <QTest>

#include <limits>
#include <map>
#include <set>

using namespace bitlens;
using namespace bitlens::kernel;
using test::Fill;
using test::KernelCase;
using test::KernelShape;

/// Every kernel that this processor runs and that accepts a layer must give the definition's result, exactly.
class TestConvolution : public QObject {
    Q_OBJECT

    std::map<std::string, int> m_uses;

    /// Runs all kernels that suit; returns what is wrong, or nothing.
    QString disagreement(const KernelShape &shape)
    {
        const KernelCase layer(shape);
        const std::vector<float> expected = layer.spec().isFloat()
                                                ? layer.computed(*packConvolution(layer.spec(), kReferenceKernels))
                                                : layer.expected();
        for (const KernelEntry &entry : kernels()) {
            if (!entry.isAvailable(base::cpuFeatures()) || !entry.suits(layer.spec()))
                continue;
            const std::unique_ptr<const Convolution> convolution = entry.pack(layer.spec());
            if (convolution->name() != entry.name)
                return QString("%1 calls itself %2").arg(entry.name, QString::fromStdString(convolution->name()));
            ++m_uses[entry.name];
            for (const std::size_t grain : {std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
                const std::vector<float> computed = layer.computed(*convolution, grain);
                for (std::size_t i = 0; i < expected.size(); ++i)
                    if (computed[i] != expected[i])
                        return QString("%1: output %2 is %3, expected %4, at %5 channels -> %6, kernel %7, %8x%9, W%10 "
                                       "A%11")
                            .arg(entry.name)
                            .arg(i)
                            .arg(static_cast<double>(computed[i]), 0, 'f', 1)
                            .arg(static_cast<double>(expected[i]), 0, 'f', 1)
                            .arg(layer.spec().inChannels())
                            .arg(shape.outChannels)
                            .arg(shape.kernel)
                            .arg(shape.width)
                            .arg(shape.height)
                            .arg(shape.weightBits)
                            .arg(shape.activationBits);
            }
        }
        return {};
    }

private slots:
    void raggedSizes_data()
    {
        QTest::addColumn<int>("weightBits");
        QTest::addColumn<int>("activationBits");
        for (const auto &[weight, activation] : {std::pair{8, 8},
                                                 {4, 4},
                                                 {2, 8},
                                                 {8, 12},
                                                 {12, 12},
                                                 {16, 8},
                                                 {8, 16},
                                                 {16, 16},
                                                 {10, 14},
                                                 {12, 13},
                                                 {32, 32}})
            QTest::addRow("W%d A%d", weight, activation) << weight << activation;
    }
    void raggedSizes()
    {
        QFETCH(int, weightBits);
        QFETCH(int, activationBits);
        KernelShape shape;
        shape.weightBits = weightBits;
        shape.activationBits = activationBits;
        for (int side = 1; side <= 17; ++side) {
            shape.width = side;
            shape.height = 1 + side * 7 % 17;
            shape.seed = static_cast<unsigned>(side);
            shape.sourceChannels = side % 3 == 0 ? std::vector<int>{16, 5, 21} : std::vector<int>{side + 4};
            shape.outChannels = side % 4 == 0 ? 33 : side;
            const QString wrong = disagreement(shape);
            QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
        }
    }

    void kernelSizes_data()
    {
        QTest::addColumn<int>("kernel");
        QTest::addColumn<int>("in");
        QTest::addColumn<int>("out");
        for (const int kernel : {1, 3, 5, 7, 9})
            for (const auto &[in, out] : {std::pair{3, 16}, {16, 3}, {20, 7}, {1, 1}, {4, 18}})
                QTest::addRow("%dx%d %d-%d", kernel, kernel, in, out) << kernel << in << out;
    }
    void kernelSizes()
    {
        QFETCH(int, kernel);
        QFETCH(int, in);
        QFETCH(int, out);
        KernelShape shape;
        shape.kernel = kernel;
        shape.sourceChannels = {in};
        shape.outChannels = out;
        for (const auto &[width, height] : {std::pair{1, 1}, {2, 9}, {50, 3}, {101, 2}}) {
            shape.width = width;
            shape.height = height;
            for (const int bits : {8, 16, quant::kFloatBits}) {
                shape.weightBits = shape.activationBits = bits;
                const QString wrong = disagreement(shape);
                QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
            }
        }
    }

    void upsampling()
    {
        for (const int bits : {8, 12, 16, quant::kFloatBits}) {
            for (int side = 1; side <= 9; ++side) {
                KernelShape shape;
                shape.upsample = 2;
                shape.width = side;
                shape.height = 10 - side;
                shape.sourceChannels = {17};
                shape.outChannels = side % 2 == 0 ? 3 : 20;
                shape.weightBits = shape.activationBits = bits;
                const QString wrong = disagreement(shape);
                QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
            }
        }
    }

    void extremeValues_data()
    {
        QTest::addColumn<int>("weightBits");
        QTest::addColumn<int>("activationBits");
        QTest::addColumn<int>("in");
        for (const int in : {16, 64, 192})
            for (const auto &[weight, activation] :
                 {std::pair{8, 8}, {2, 8}, {8, 12}, {12, 12}, {16, 8}, {8, 14}, {8, 16}, {16, 16}})
                QTest::addRow("W%d A%d of %d", weight, activation, in) << weight << activation << in;
    }
    void extremeValues()
    {
        QFETCH(int, weightBits);
        QFETCH(int, activationBits);
        QFETCH(int, in);
        for (const Fill fill : {Fill::Highest, Fill::Lowest, Fill::Alternating}) {
            KernelShape shape;
            shape.weightBits = weightBits;
            shape.activationBits = activationBits;
            shape.sourceChannels = {in};
            shape.outChannels = 3;
            shape.width = 6;
            shape.fill = fill;
            const QString wrong = disagreement(shape);
            QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
        }
    }

    void unsafeLayersAreRefused()
    {
        // 192 channels of extreme 8-bit numbers: 192 * 9 * 255 * 127 > 2^25.
        KernelShape shape;
        shape.fill = Fill::Highest;
        shape.sourceChannels = {192};
        const KernelCase layer(shape);
        QVERIFY(accumulatorBound(layer.spec()) == std::int64_t{192} * 9 * 255 * 127);
        const std::set<std::string> f43{"winograd-f43-avx2", "winograd-f43-avx512vnni"};
        for (const KernelEntry &entry : kernels())
            if (f43.count(entry.name) > 0)
                QVERIFY(!entry.suits(layer.spec()));
        shape.fill = Fill::Random;
        const KernelCase usual(shape);
        if (base::cpuFeatures().avx2)
            QVERIFY(f43.count(packConvolution(usual.spec())->name()) > 0);
        QCOMPARE(packConvolution(usual.spec(), kReferenceKernels)->name(), std::string("reference"));
        QVERIFY_THROWS_EXCEPTION(base::Error, packConvolution(usual.spec(), "no such kernel"));
    }

    void boundsFollowTheSigns()
    {
        ConvolutionSpec spec;
        spec.outChannels = 2;
        spec.kernel = 1;
        spec.sourceChannels = {2};
        const std::vector<std::int16_t> weights{5, -2, 1, 1};
        spec.weights = weights;
        spec.lowest = {-3, 0};
        spec.highest = {7, 4};
        spec.correction = {0, 0};
        QCOMPARE(sumRange(spec, 0, 0, 2).highest, std::int64_t{5 * 7});
        QCOMPARE(sumRange(spec, 0, 0, 2).lowest, std::int64_t{-5 * 3 - 2 * 4});
        QCOMPARE(sumRange(spec, 1, 1, 2).highest, std::int64_t{4});
        QCOMPARE(accumulatorBound(spec), std::int64_t{35});
    }

    void largeSumsAreCutIntoGroups()
    {
        KernelShape shape;
        shape.fill = Fill::Highest;
        shape.sourceChannels = {64, 32, 32, 64};
        shape.weightBits = shape.activationBits = 12;
        const auto groupsOf = [&shape] { return f23Groups(KernelCase(shape).spec()); };
        QVERIFY(groupsOf().empty()); // 16 * 9 * 4095 * 2047 > 2^29: not even one vector
        shape.weightBits = 10;
        std::vector<ChannelGroup> groups = groupsOf();
        QVERIFY(groups.size() > 1);
        int next = 0;
        for (const ChannelGroup &group : groups) {
            QCOMPARE(group.first, next);
            next += group.count;
            QVERIFY(std::int64_t{group.count} * 9 * 4095 * 511 < std::int64_t{1} << 29);
            QVERIFY(next == 192 || std::int64_t{group.count + 16} * 9 * 4095 * 511 >= std::int64_t{1} << 29);
        }
        QCOMPARE(next, 192);
        shape.weightBits = 4;
        QCOMPARE(groupsOf().size(), std::size_t{1});
    }

    void everyKernelWasTried()
    {
        std::set<std::string> untried;
        for (const KernelEntry &entry : kernels())
            if (entry.isAvailable(base::cpuFeatures()) && m_uses[entry.name] == 0)
                untried.insert(entry.name);
        QVERIFY2(untried.empty(), untried.empty() ? "" : untried.begin()->c_str());
    }
};

QTEST_GUILESS_MAIN(TestConvolution)
#include "tst_convolution.moc"
