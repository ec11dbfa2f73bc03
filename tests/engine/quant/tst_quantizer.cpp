// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/quant/quantizer.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <random>

using namespace bitlens;
using namespace bitlens::quant;

namespace {
// Zero point and scale are rounded to float32: half a step plus a few units in the last place of the range.
constexpr float kHalfStep = 0.5F + 1.0e-2F;
} // namespace

class TestQuantizer : public QObject {
    Q_OBJECT

    static float dequantized(float x, const ActivationQuantizer &q, std::size_t channel)
    {
        const auto code = quantizeActivation(x, q.inverseScale[channel], q.zeroPoint[channel], q.maximum());
        return static_cast<float>(code - q.zeroPoint[channel]) * q.scale[channel];
    }

private slots:
    void activationRule_data()
    {
        QTest::addColumn<float>("x");
        QTest::addColumn<float>("inverse");
        QTest::addColumn<int>("zero");
        QTest::addColumn<int>("maximum");
        QTest::addColumn<int>("expected");
        const float infinity = std::numeric_limits<float>::infinity();
        QTest::newRow("zero is the zero point") << 0.0F << 10.0F << 37 << 255 << 37;
        QTest::newRow("tie to even, down") << 0.5F << 1.0F << 0 << 255 << 0;
        QTest::newRow("tie to even, up") << 1.5F << 1.0F << 0 << 255 << 2;
        QTest::newRow("tie before an odd zero point is added") << 0.5F << 1.0F << 3 << 255 << 3;
        QTest::newRow("negative tie") << -2.5F << 1.0F << 5 << 255 << 3;
        QTest::newRow("above") << 1.0e6F << 1.0F << 10 << 255 << 255;
        QTest::newRow("below") << -1.0e6F << 1.0F << 10 << 255 << 0;
        QTest::newRow("infinity") << infinity << 1.0F << 10 << 255 << 255;
        QTest::newRow("minus infinity") << -infinity << 1.0F << 10 << 255 << 0;
        QTest::newRow("NaN") << std::nanf("") << 1.0F << 10 << 255 << 0;
        QTest::newRow("huge, where conversion would overflow") << 3.0e38F << 100.0F << 0 << 65535 << 65535;
        QTest::newRow("16 bits") << 65534.4F << 1.0F << 0 << 65535 << 65534;
        QTest::newRow("tie at the upper bound") << 254.5F << 1.0F << 0 << 255 << 254;
    }

    void activationRule()
    {
        QFETCH(float, x);
        QFETCH(float, inverse);
        QFETCH(int, zero);
        QFETCH(int, maximum);
        QTEST(quantizeActivation(x, inverse, zero, maximum), "expected");
    }

    void weightRule()
    {
        QCOMPARE(quantizeWeight(0.5F, 1.0F, 127), 0);
        QCOMPARE(quantizeWeight(-1.5F, 1.0F, 127), -2);
        QCOMPARE(quantizeWeight(1.0e9F, 1.0F, 127), 127);
        QCOMPARE(quantizeWeight(-1.0e9F, 1.0F, 127), -127);
        QCOMPARE(weightMaximum(2), 1);
        QCOMPARE(weightMaximum(16), 32767);
        QCOMPARE(activationMaximum(12), 4095);
    }

    void rangeEndsClipByAtMostHalfAStep_data()
    {
        QTest::addColumn<float>("exponent");
        for (const float exponent : {0.0F, 0.25F, 0.5F, 1.0F})
            QTest::addRow("exponent %g", static_cast<double>(exponent)) << exponent;
    }

    void rangeEndsClipByAtMostHalfAStep()
    {
        QFETCH(float, exponent);
        std::mt19937 random(7);
        std::uniform_real_distribution<float> magnitude(-6.0F, 3.0F);
        for (int trial = 0; trial < 500; ++trial) {
            Range range;
            const int channels = 5;
            for (int c = 0; c < channels; ++c) {
                range.channelLow.push_back(trial % 3 == 0 ? 0.0F : -std::pow(10.0F, magnitude(random)));
                range.channelHigh.push_back(trial % 5 == 4 ? 0.0F : std::pow(10.0F, magnitude(random)));
                range.low = std::min(range.low, range.channelLow.back());
                range.high = std::max(range.high, range.channelHigh.back());
            }
            for (const int bits : {4, 8, 12, 16}) {
                const ActivationQuantizer q = makeActivationQuantizer(range, channels, bits, exponent);
                for (std::size_t c = 0; c < 5; ++c) {
                    QVERIFY(q.scale[c] > 0.0F && q.zeroPoint[c] >= 0 && q.zeroPoint[c] <= q.maximum());
                    QCOMPARE(q.inverseScale[c], 1.0F / q.scale[c]);
                    QCOMPARE(dequantized(0.0F, q, c), 0.0F);
                    for (const float end : {range.channelLow[c], range.channelHigh[c]})
                        QVERIFY(std::fabs(dequantized(end, q, c) - end) <= kHalfStep * q.scale[c]);
                }
            }
        }
    }

    void exponentBlendsScalesGeometrically()
    {
        const Range range{-1.0F, 3.0F, {-1.0F, -0.25F}, {3.0F, 0.0F}};
        const auto tensor = makeActivationQuantizer(range, 2, 8, 0.0F);
        const auto blended = makeActivationQuantizer(range, 2, 8, 0.5F);
        const auto channel = makeActivationQuantizer(range, 2, 8, 1.0F);
        QCOMPARE(tensor.scale[1], 4.0F / 255.0F);
        QCOMPARE(tensor.zeroPoint[0], tensor.zeroPoint[1]);
        QCOMPARE(channel.scale[1], 0.25F / 255.0F);
        QCOMPARE(blended.scale[1], std::sqrt(tensor.scale[1] * channel.scale[1]));
        QCOMPARE(blended.scale[0], tensor.scale[0]);
        QCOMPARE(channel.zeroPoint[1], 255);
        // Without channel vectors the exponent has nothing to blend.
        const auto plain = makeActivationQuantizer({-1.0F, 3.0F, {}, {}}, 2, 8, 0.5F);
        QCOMPARE(plain.scale, tensor.scale);
    }

    void silentMapsAndChannels()
    {
        const auto silent = makeActivationQuantizer({0.0F, 0.0F, {0.0F}, {0.0F}}, 1, 8, 0.5F);
        QCOMPARE(silent.scale[0], 1.0F);
        QCOMPARE(silent.zeroPoint[0], 0);
        const auto oneChannel = makeActivationQuantizer({-2.0F, 2.0F, {-2.0F, 0.0F}, {2.0F, 0.0F}}, 2, 8, 1.0F);
        QCOMPARE(oneChannel.scale[1], oneChannel.scale[0] * kSmallestChannelScale);
    }

    void badRangesAreRefused()
    {
        const auto refuses = [](const Range &range, int channels, float exponent) {
            try {
                makeActivationQuantizer(range, channels, 8, exponent);
            } catch (const base::Error &error) {
                return error.code() == base::ErrorCode::InvalidArgument;
            }
            return false;
        };
        QVERIFY(refuses({1.0F, 2.0F, {}, {}}, 1, 0.0F));
        QVERIFY(refuses({-2.0F, -1.0F, {}, {}}, 1, 0.0F));
        QVERIFY(refuses({0.0F, std::numeric_limits<float>::infinity(), {}, {}}, 1, 0.0F));
        QVERIFY(refuses({std::nanf(""), 1.0F, {}, {}}, 1, 0.0F));
        QVERIFY(refuses({-3.0e38F, 3.0e38F, {}, {}}, 1, 0.0F));
        QVERIFY(refuses({0.0F, 1.0F, {0.0F}, {1.0F}}, 2, 0.5F));
        QVERIFY(refuses({0.0F, 1.0F, {}, {}}, 1, 1.5F));
        QVERIFY(!refuses({0.0F, 1.0F, {}, {}}, 1, 0.5F));
    }

    void weightsFoldActivationScales()
    {
        // Two outputs, two inputs, one tap; the second input's scale is eight times the first's.
        const std::vector<float> weight{1.0F, 0.5F, -0.25F, 0.0F};
        const std::vector<float> scales{0.5F, 4.0F};
        const QuantizedWeights q = quantizeWeights(weight, 2, 2, 1, scales, 8);
        QCOMPARE(q.scale[0], 2.0F / 127.0F);
        QCOMPARE(q.values, (std::vector<std::int16_t>{32, 127, -127, 0}));
        QCOMPARE(q.scale[1], 0.125F / 127.0F);
    }

    void weightErrorIsAtMostHalfAStep_data()
    {
        QTest::addColumn<int>("bits");
        for (const int bits : {2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16})
            QTest::addRow("W%d", bits) << bits;
    }

    void weightErrorIsAtMostHalfAStep()
    {
        QFETCH(int, bits);
        std::mt19937 random(3);
        std::normal_distribution<float> normal;
        std::vector<float> weight(8 * 6 * 9);
        for (float &w : weight)
            w = normal(random);
        const std::vector<float> ones(6, 1.0F);
        const QuantizedWeights q = quantizeWeights(weight, 8, 6, 9, ones, bits);
        for (std::size_t i = 0; i < weight.size(); ++i) {
            const float scale = q.scale[i / 54];
            QVERIFY(std::abs(q.values[i]) <= weightMaximum(bits));
            QVERIFY(std::fabs(static_cast<float>(q.values[i]) * scale - weight[i]) <= kHalfStep * scale);
        }
    }

    void zeroWeightsStayZero()
    {
        const std::vector<float> weight{0.0F, 0.0F, 1.0F, -1.0F};
        const std::vector<float> ones{1.0F, 1.0F};
        const QuantizedWeights q = quantizeWeights(weight, 2, 2, 1, ones, 4);
        QCOMPARE(q.scale[0], 1.0F);
        QCOMPARE(q.values, (std::vector<std::int16_t>{0, 0, 7, -7}));
        QVERIFY_EXCEPTION_THROWN(quantizeWeights(weight, 2, 2, 2, ones, 4), base::Error);
    }
};

QTEST_GUILESS_MAIN(TestQuantizer)
#include "tst_quantizer.moc"
