// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/quant/bitpacking.h"
#include "engine/quant/quantizer.h"

#include <QTest>

#include <random>

using namespace bitlens::quant;

class TestBitPacking : public QObject {
    Q_OBJECT

private slots:
    void layoutIsLowBitsFirst()
    {
        const std::vector<std::int16_t> values{1, -1, 7, -7};
        QCOMPARE(packBits(values, 4), (std::vector<std::uint8_t>{0xF1, 0x97}));
        // 3 bits: 001 111 011 101 -> stream 1,1,1,1 … from the low end: 0b11'111'001, 0b0000'101'0
        const std::vector<std::int16_t> three{1, -1, 3, -3};
        QCOMPARE(packBits(three, 3), (std::vector<std::uint8_t>{0xF9, 0x0A}));
        QCOMPARE(packBits(std::vector<std::int16_t>{-2}, 16), (std::vector<std::uint8_t>{0xFE, 0xFF}));
    }

    void everyWidthSurvives_data()
    {
        QTest::addColumn<int>("bits");
        for (const int bits : {2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16})
            QTest::addRow("%d bits", bits) << bits;
    }

    void everyWidthSurvives()
    {
        QFETCH(int, bits);
        std::mt19937 random(1);
        const int maximum = weightMaximum(bits);
        for (std::size_t count = 0; count < 50; ++count) {
            std::vector<std::int16_t> values(count);
            for (auto &value : values)
                value = static_cast<std::int16_t>(static_cast<int>(random() % (2 * maximum + 1)) - maximum);
            const auto bytes = packBits(values, bits);
            QCOMPARE(bytes.size(), packedSize(count, bits));
            const auto back = unpackBits(bytes, count, bits);
            QVERIFY(back.has_value());
            QCOMPARE(*back, values);
        }
    }

    void whatCannotBeIsRefused()
    {
        const std::vector<std::uint8_t> good = packBits(std::vector<std::int16_t>{1, 2, 3}, 4);
        QVERIFY(unpackBits(good, 3, 4).has_value());
        QVERIFY(!unpackBits(good, 5, 4).has_value());
        QVERIFY(!unpackBits(std::vector<std::uint8_t>{0x21, 0x13}, 3, 4).has_value()); // an unused bit is set
        QVERIFY(!unpackBits(std::vector<std::uint8_t>{0x81, 0x03}, 3, 4).has_value()); // -8 is no weight
        QVERIFY(!unpackBits(std::vector<std::uint8_t>{0x00, 0x80}, 1, 16).has_value());
    }
};

QTEST_GUILESS_MAIN(TestBitPacking)
#include "tst_bitpacking.moc"
