// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/epilogue.h"
#include "tests/engine/kernel/kernelcase.h"

#include <QTest>

#include <algorithm>
#include <limits>
#include <random>

using namespace bitlens;
using namespace bitlens::kernel;
using test::AlignedBuffer;

namespace {

constexpr int kHeight = 3;
constexpr int kWidth = 5;

quant::ActivationQuantizer quantizerOf(int channels, int bits)
{
    quant::ActivationQuantizer quantizer;
    quantizer.bits = bits;
    for (int c = 0; c < channels; ++c) {
        quantizer.scale.push_back(2.0F / static_cast<float>(quantizer.maximum()));
        quantizer.inverseScale.push_back(1.0F / quantizer.scale.back());
        quantizer.zeroPoint.push_back(quantizer.maximum() * (c % 5) / 5);
    }
    return quantizer;
}

/// A layer's end with all its maps; `apply` gives everything it wrote.
struct Case {
    int channels; ///< of the finished map
    int shuffle;
    int residualCount;
    model::ActivationKind activation;

    std::vector<double> apply(bool useVectors) const
    {
        std::mt19937 random(7);
        const auto number = [&] { return static_cast<float>(random() % 4001) / 1000.0F - 2.0F; };
        EpilogueParameters parameters;
        parameters.outChannels = channels * shuffle * shuffle;
        parameters.shuffle = shuffle;
        parameters.activation = activation;
        const int stride = parameters.outStride();
        const auto real = [&](int o) { return o < parameters.outChannels; };
        for (int o = 0; o < stride; ++o) {
            parameters.multiplier.push_back(real(o) ? number() : 0.0F);
            parameters.bias.push_back(real(o) ? number() : 0.0F);
            if (activation == model::ActivationKind::PRelu)
                parameters.slope.push_back(real(o) ? number() : 0.0F);
        }
        AlignedBuffer<float> sums(static_cast<std::size_t>(kHeight * kWidth * stride));
        for (int i = 0; i < kHeight * kWidth * stride; ++i)
            sums.data()[i] = real(i % stride) ? number() : 0.0F;
        sums.data()[0] = std::numeric_limits<float>::infinity();
        sums.data()[1] = -std::numeric_limits<float>::infinity();
        sums.data()[2] = -0.0F;

        const MapLayout layout{kHeight * shuffle, kWidth * shuffle, channels, pixelStrideFor(channels), 1};
        AlignedBuffer<float> values(layout.count());
        AlignedBuffer<float> source(layout.count());
        for (std::size_t i = 0; i < layout.count(); ++i) // padding channels of a map hold 0
            source.data()[i] = static_cast<int>(i) % layout.pixelStride < channels ? number() : 0.0F;
        const std::vector<LevelCoding> codings{{quantizerOf(channels, 8), layout.pixelStride},
                                               {quantizerOf(channels, 12), layout.pixelStride},
                                               {quantizerOf(channels, 16), layout.pixelStride}};
        std::vector<std::unique_ptr<AlignedBuffer<std::int16_t>>> levels;
        EpilogueTargets targets;
        targets.values = {values.data(), layout};
        for (int r = 0; r < residualCount; ++r)
            targets.residuals.push_back({{source.data(), layout}, 0.2F, model::Residual::Resample::None, 1});
        for (const LevelCoding &coding : codings) {
            levels.push_back(std::make_unique<AlignedBuffer<std::int16_t>>(layout.count()));
            targets.levels.push_back({{levels.back()->data(), layout}, &coding});
        }
        const Epilogue epilogue(parameters, targets, useVectors);
        epilogue.apply({0, 0, kHeight, kWidth, sums.data(), static_cast<std::ptrdiff_t>(kWidth) * stride});

        std::vector<double> written(values.data(), values.data() + values.count());
        for (const auto &map : levels)
            written.insert(written.end(), map->data(), map->data() + map->count());
        return written;
    }
};

} // namespace

class TestEpilogue : public QObject {
    Q_OBJECT

private slots:
    void vectorsEqualTheReference_data()
    {
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("shuffle");
        QTest::addColumn<int>("residuals");
        for (const auto &[channels, shuffle] :
             {std::pair{16, 1}, {64, 1}, {7, 1}, {3, 1}, {33, 1}, {16, 2}, {64, 2}, {3, 2}, {16, 3}})
            for (int residuals = 0; residuals < 3; ++residuals)
                QTest::addRow("%d channels, shuffle %d, %d residuals", channels, shuffle, residuals)
                    << channels << shuffle << residuals;
    }
    void vectorsEqualTheReference()
    {
        QFETCH(int, channels);
        QFETCH(int, shuffle);
        QFETCH(int, residuals);
        for (const auto activation :
             {model::ActivationKind::None, model::ActivationKind::Relu, model::ActivationKind::PRelu}) {
            const Case layer{channels, shuffle, residuals, activation};
            const std::vector<double> vectors = layer.apply(true);
            const std::vector<double> plain = layer.apply(false);
            QCOMPARE(vectors.size(), plain.size());
            const auto same = [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); };
            QVERIFY(std::equal(vectors.begin(), vectors.end(), plain.begin(), same));
        }
    }

    void shuffledChannelsLieSideBySide()
    {
        // torch: channel c*4 + dy*2 + dx of the convolution goes to row dy, column dx of channel c
        QCOMPARE(packedOutputOrder(8, 2), (std::vector<int>{0, 4, 1, 5, 2, 6, 3, 7}));
        QCOMPARE(packedOutputOrder(3, 1), (std::vector<int>{0, 1, 2}));
    }

    void sixteenBitsAreStoredShifted()
    {
        const LevelCoding coding(quantizerOf(16, 16), 16);
        QCOMPARE(static_cast<int>(coding.level(-1.0e9F, 0)), -32768);
        QCOMPARE(static_cast<int>(coding.level(1.0e9F, 0)), 32767);
        for (int c = 0; c < 5; ++c) {
            QCOMPARE(coding.level(0.0F, c), coding.zeroLevel(c));
            QCOMPARE(coding.zeroLevel(c) + coding.correction()[static_cast<std::size_t>(c)], 0);
        }
        const LevelCoding centred(quantizerOf(16, 8), 16);
        QCOMPARE(static_cast<int>(centred.level(0.0F, 3)), 0);
    }
};

QTEST_GUILESS_MAIN(TestEpilogue)
#include "tst_epilogue.moc"
