// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/elements.h"

#include <QTest>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

using namespace bitlens::model;

class TestElements : public QObject {
    Q_OBJECT

private slots:
    void everyHalfSurvivesTheRoundTrip()
    {
        for (std::uint32_t half = 0; half <= 0xFFFFU; ++half) {
            const float value = halfToFloat(static_cast<std::uint16_t>(half));
            if (std::isnan(value))
                continue;
            const auto back = exactHalf(value);
            QVERIFY(back.has_value());
            QCOMPARE(std::uint32_t(*back), half);
        }
    }

    void halvesHaveTheirPublishedValues_data()
    {
        QTest::addColumn<int>("half");
        QTest::addColumn<float>("value");
        QTest::newRow("one") << 0x3C00 << 1.0F;
        QTest::newRow("minus two") << 0xC000 << -2.0F;
        QTest::newRow("largest") << 0x7BFF << 65504.0F;
        QTest::newRow("smallest normal") << 0x0400 << 0x1p-14F;
        QTest::newRow("smallest") << 0x0001 << 0x1p-24F;
        QTest::newRow("a third") << 0x3555 << 0.333251953125F;
        QTest::newRow("infinity") << 0x7C00 << std::numeric_limits<float>::infinity();
    }

    void halvesHaveTheirPublishedValues()
    {
        QFETCH(int, half);
        QFETCH(float, value);
        QCOMPARE(halfToFloat(static_cast<std::uint16_t>(half)), value);
    }

    void inexactHalvesAreRefused()
    {
        for (const float value : {0.1F, 65536.0F, 65505.0F, 0x1p-25F, 1.0F + 0x1p-11F, -3.14159F})
            QVERIFY(!exactHalf(value).has_value());
    }

    void otherTypesAreConverted()
    {
        const double numbers[] = {0.5, -1e300, 1e-300};
        std::uint8_t bytes[sizeof(numbers)];
        std::memcpy(bytes, numbers, sizeof(numbers));
        const auto decoded = decodeElements(bytes, ElementType::Float64);
        QCOMPARE(decoded[0], 0.5F);
        QVERIFY(std::isinf(decoded[1]) && decoded[1] < 0);
        QCOMPARE(decoded[2], 0.0F);
        const std::uint8_t brain[] = {0x80, 0xBF};
        QCOMPARE(decodeElements(brain, ElementType::BFloat16)[0], -1.0F);
        const std::uint8_t integer[] = {0xFE, 0xFF, 0xFF, 0xFF};
        QCOMPARE(decodeElements(integer, ElementType::Int32)[0], -2.0F);
    }

    void productsOfSizesCannotOverflow()
    {
        const std::int64_t huge = std::int64_t(1) << 62;
        QVERIFY(!elementCount({huge, huge}, 1000));
        QVERIFY(!elementCount({2, -1}, 1000));
        QVERIFY(!elementCount({11, 100}, 1000));
        QCOMPARE(elementCount({10, 100}, 1000), std::optional<std::uint64_t>(1000));
        QCOMPARE(elementCount({huge, 0, huge}, 1000), std::optional<std::uint64_t>(0));
        QCOMPARE(elementCount({}, 1), std::optional<std::uint64_t>(1));
    }
};

QTEST_APPLESS_MAIN(TestElements)
#include "tst_elements.moc"
