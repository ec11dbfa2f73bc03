// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/train/initialgenerator.h"

#include <QTest>

#include <cmath>

using namespace bitlens;

class TestInitialGenerator : public QObject {
    Q_OBJECT

private slots:
    void shapesAreThoseOfTheArchitecture_data()
    {
        QTest::addColumn<int>("family");
        QTest::addColumn<int>("scale");
        QTest::addColumn<int>("blocks");
        QTest::addColumn<int>("layers");
        QTest::addColumn<int>("stages");
        // SRGAN: head, 2 a block, trunk, log2(scale) upsamplers, tail. RRDBNet: head, 15 a block, trunk, upsamplers,
        // hr, tail.
        QTest::newRow("SRGAN x4") << int(model::Family::Srgan) << 4 << 16 << 1 + 32 + 1 + 2 + 1 << 16 + 5;
        QTest::newRow("SRGAN x2") << int(model::Family::Srgan) << 2 << 3 << 1 + 6 + 1 + 1 + 1 << 3 + 4;
        QTest::newRow("RRDBNet x4") << int(model::Family::Rrdb) << 4 << 2 << 1 + 30 + 1 + 2 + 1 + 1 << 2 + 6;
    }

    void shapesAreThoseOfTheArchitecture()
    {
        QFETCH(int, family);
        QFETCH(int, scale);
        QFETCH(int, blocks);
        QFETCH(int, layers);
        QFETCH(int, stages);
        const model::Generator generator = train::initialGenerator({.family = static_cast<model::Family>(family),
                                                                    .scale = scale,
                                                                    .blocks = blocks,
                                                                    .channels = 16,
                                                                    .growth = 8},
                                                                   1);
        QCOMPARE(static_cast<int>(generator.layers.size()), layers);
        QCOMPARE(static_cast<int>(generator.stages.size()), stages);
        QCOMPARE(generator.scale, scale);
        QCOMPARE(generator.mapScale(layers), scale);
        QCOMPARE(generator.mapChannels(layers), 3);
    }

    void weightsHaveTheIntendedSpreadAndFollowTheSeed()
    {
        const auto first = train::initialGenerator({}, 7);
        const auto again = train::initialGenerator({}, 7);
        const auto other = train::initialGenerator({}, 8);
        const int layer = first.findLayer("body/block3/conv1");
        QVERIFY(layer >= 0);
        const auto &weight = *first.layers[size_t(layer)].weight;
        QCOMPARE(weight, *again.layers[size_t(layer)].weight);
        QVERIFY(weight != *other.layers[size_t(layer)].weight);
        double squares = 0.0;
        for (const float w : weight)
            squares += double(w) * w;
        // He et al.: variance 2 / ((1 + slope²) fan-in). 36,864 samples estimate it to 0.7 %; 5 % is seven deviations.
        const double expected = 2.0 / ((1.0 + 0.25 * 0.25) * 64 * 9);
        const double measured = squares / double(weight.size());
        QVERIFY2(std::abs(measured / expected - 1.0) < 0.05, qPrintable(QString::number(measured / expected)));
    }

    void subPixelsOfAnUpsamplerStartEqual()
    {
        const auto generator = train::initialGenerator({.blocks = 1, .channels = 8}, 3);
        const auto &layer = generator.layers[size_t(generator.findLayer("up1/conv"))];
        const std::size_t row = 8 * 9;
        for (int out = 0; out < layer.outChannels; ++out)
            for (std::size_t i = 0; i < row; ++i)
                QCOMPARE((*layer.weight)[size_t(out) * row + i], (*layer.weight)[size_t(out - out % 4) * row + i]);
    }

    void impossibleSizesAreRefused()
    {
        QVERIFY_EXCEPTION_THROWN(train::initialGenerator({.scale = 3}, 1), base::Error);
        QVERIFY_EXCEPTION_THROWN(train::initialGenerator({.blocks = 0}, 1), base::Error);
        QVERIFY_EXCEPTION_THROWN(train::initialGenerator({.family = model::Family::SrvggCompact}, 1), base::Error);
    }
};

QTEST_APPLESS_MAIN(TestInitialGenerator)
#include "tst_initialgenerator.moc"
