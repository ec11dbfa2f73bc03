// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/pictureerror.h"

#include "engine/base/error.h"
#include "tests/engine/compare/testpictures.h"

#include <QTest>

using namespace bitlens;

class TestPictureError : public QObject {
    Q_OBJECT
private slots:
    void findsTheWorstRegion_data()
    {
        QTest::addColumn<int>("x");
        QTest::addColumn<int>("y");
        QTest::addColumn<bool>("sixteen");
        for (const bool sixteen : {false, true})
            for (const auto &[x, y] : {std::pair(0, 0), std::pair(52, 40), std::pair(17, 9)})
                QTest::addRow("%d,%d %d bit", x, y, sixteen ? 16 : 8) << x << y << sixteen;
    }

    void findsTheWorstRegion()
    {
        QFETCH(int, x);
        QFETCH(int, y);
        QFETCH(bool, sixteen);
        const image::Image a =
            test::patternPicture({60, 48}, 3, sixteen ? image::SampleType::U16 : image::SampleType::U8);
        image::Image b = a;
        std::uint8_t *bytes = b.mutableBytes();
        // A block of 8x8 differs strongly, another place a little.
        for (int dy = 0; dy < 8; ++dy)
            for (int dx = 0; dx < 8; ++dx)
                bytes[b.bytesPerLine() * (y + dy) + (x + dx) * b.bytesPerLine() / 60] ^= 0x80;
        bytes[b.bytesPerLine() * 30 + 90] ^= 0x10;
        const image::Rect worst = compare::worstRegion(a, b, {8, 8});
        QVERIFY(worst == (image::Rect{x, y, 8, 8}));
    }

    void equalPicturesGiveTheFirstRegion()
    {
        const image::Image a = test::patternPicture({30, 20});
        QVERIFY(compare::worstRegion(a, a, {8, 8}) == (image::Rect{0, 0, 8, 8}));
        QVERIFY(compare::worstRegion(a, a, {800, 8}) == (image::Rect{0, 0, 30, 8}));
    }

    void refusesDifferentKinds()
    {
        const image::Image a = test::patternPicture({30, 20});
        QVERIFY_EXCEPTION_THROWN(compare::worstRegion(a, test::patternPicture({30, 21}), {8, 8}), base::Error);
        QVERIFY_EXCEPTION_THROWN(compare::worstRegion(a, test::patternPicture({30, 20}, 1), {8, 8}), base::Error);
        QVERIFY_EXCEPTION_THROWN(compare::differencePicture(a, test::patternPicture({30, 21})), base::Error);
    }

    void differenceIsScaledToBeSeen()
    {
        const image::Image a = test::patternPicture({64, 64});
        image::Image b = a;
        for (std::size_t i = 0; i < b.byteCount(); ++i)
            b.mutableBytes()[i] = static_cast<std::uint8_t>(b.bytes()[i] ^ (i % 2));
        const compare::Difference difference = compare::differencePicture(a, b);
        QCOMPARE(difference.largest, 1);
        QCOMPARE(difference.gain, 64);
        QCOMPARE(int(difference.picture.bytes()[1]), 64);
        QCOMPARE(int(difference.picture.bytes()[0]), 0);
        const compare::Difference none = compare::differencePicture(a, a);
        QCOMPARE(none.largest, 0);
    }
};

QTEST_GUILESS_MAIN(TestPictureError)
#include "tst_pictureerror.moc"
