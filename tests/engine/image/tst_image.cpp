// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/image/image.h"
#include "engine/image/orientation.h"
#include "pictures.h"

#include <QTest>

#include <cmath>
#include <functional>
#include <limits>

using namespace bitlens;
using image::Image;
using image::Planes;
using image::Rect;
using image::SampleType;
using image::Size;

namespace {

base::ErrorCode codeOf(const std::function<void()> &action)
{
    try {
        action();
    } catch (const base::Error &error) {
        return error.code();
    }
    return base::ErrorCode::Internal;
}

} // namespace

class TestImage : public QObject {
    Q_OBJECT
private slots:
    void startsAsZeros()
    {
        const Image image({5, 3}, 4, SampleType::U16);
        QCOMPARE(image.bytesPerLine(), std::size_t(40));
        QCOMPARE(image.byteCount(), std::size_t(120));
        for (std::size_t i = 0; i < image.byteCount(); ++i)
            QCOMPARE(int(image.bytes()[i]), 0);
        QVERIFY(Image().isNull());
        QVERIFY(Image().bytes() == nullptr);
        QVERIFY(Image().mutableBytes() == nullptr);
    }

    void refusesImpossibleShapes()
    {
        using base::ErrorCode;
        QCOMPARE(codeOf([] { Image({0, 5}, 3); }), ErrorCode::InvalidArgument);
        QCOMPARE(codeOf([] { Image({5, -1}, 3); }), ErrorCode::InvalidArgument);
        QCOMPARE(codeOf([] { Image({5, 5}, 0); }), ErrorCode::InvalidArgument);
        QCOMPARE(codeOf([] { Image({5, 5}, 5); }), ErrorCode::InvalidArgument);
        QCOMPARE(codeOf([] { Planes(0, 5, 5); }), ErrorCode::InvalidArgument);
        QCOMPARE(codeOf([] { Planes(3, 0, 5); }), ErrorCode::InvalidArgument);
    }

    void reportsExhaustedMemory()
    {
        const int most = std::numeric_limits<int>::max();
        QCOMPARE(codeOf([most] { Image({most, most}, 4, SampleType::U16); }), base::ErrorCode::OutOfMemory);
        QCOMPARE(codeOf([most] { Planes(3, most, most); }), base::ErrorCode::OutOfMemory);
    }

    void copiesShareUntilWritten()
    {
        Image first = test::picture({4, 4}, 3, SampleType::U8);
        const Image second = first;
        QCOMPARE(first.bytes(), second.bytes());
        const int before = second.bytes()[0];
        first.mutableBytes()[0] = static_cast<std::uint8_t>(before + 1);
        QCOMPARE(int(second.bytes()[0]), before);
        QVERIFY(!first.samePixels(second));

        Planes planes(1, 2, 2);
        const Planes shared = planes;
        planes.mutableData()[0] = 1;
        QCOMPARE(shared.data()[0], 0.0F);
    }

    void cropsAnyPart_data()
    {
        QTest::addColumn<int>("channels");
        QTest::addColumn<bool>("sixteen");
        for (int channels = 1; channels <= 4; ++channels)
            for (const bool sixteen : {false, true})
                QTest::addRow("%d channels, %d bit", channels, sixteen ? 16 : 8) << channels << sixteen;
    }
    void cropsAnyPart()
    {
        QFETCH(int, channels);
        QFETCH(bool, sixteen);
        Image image = test::picture({9, 8}, channels, sixteen ? SampleType::U16 : SampleType::U8);
        image.setIccProfile({1, 2, 3});
        const Image part = image.cropped({2, 3, 7, 4});
        QCOMPARE(part.size(), (Size{7, 4}));
        QVERIFY(part.iccProfile() == image.iccProfile());
        for (int y = 0; y < 4; ++y)
            for (int x = 0; x < 7; ++x)
                for (int channel = 0; channel < channels; ++channel)
                    QCOMPARE(test::sampleAt(part, x, y, channel), test::sampleAt(image, x + 2, y + 3, channel));
    }

    void refusesCropsOutside_data()
    {
        QTest::addColumn<int>("x");
        QTest::addColumn<int>("y");
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        const int most = std::numeric_limits<int>::max();
        QTest::newRow("left") << -1 << 0 << 2 << 2;
        QTest::newRow("right") << 3 << 0 << 2 << 2;
        QTest::newRow("bottom") << 0 << 3 << 2 << 2;
        QTest::newRow("empty") << 0 << 0 << 0 << 2;
        QTest::newRow("overflow") << 2 << 0 << most << 1;
    }
    void refusesCropsOutside()
    {
        QFETCH(int, x);
        QFETCH(int, y);
        QFETCH(int, width);
        QFETCH(int, height);
        const Rect rect{x, y, width, height};
        QCOMPARE(codeOf([&] { Image({4, 4}, 1).cropped(rect); }), base::ErrorCode::InvalidArgument);
        QCOMPARE(codeOf([&] { Planes(1, 4, 4).cropped(rect); }), base::ErrorCode::InvalidArgument);
    }

    void intersectsRectangles()
    {
        const Rect rect{2, 3, 10, 10};
        QCOMPARE(rect.intersected({0, 0, 5, 5}), (Rect{2, 3, 3, 2}));
        QCOMPARE(rect.intersected(rect), rect);
        QVERIFY(rect.intersected({12, 3, 5, 5}).isEmpty());
        QVERIFY(rect.intersected({100, 100, 5, 5}).isEmpty());
    }

    /// Every sample of both depths survives the way to the network's numbers and back.
    void samplesSurviveThePlanes_data()
    {
        QTest::addColumn<bool>("sixteen");
        QTest::newRow("8 bit") << false;
        QTest::newRow("16 bit") << true;
    }
    void samplesSurviveThePlanes()
    {
        QFETCH(bool, sixteen);
        const SampleType type = sixteen ? SampleType::U16 : SampleType::U8;
        Image image({256, sixteen ? 256 : 1}, 3, type);
        const std::size_t count = image.size().pixels() * 3;
        std::uint8_t *eight = image.mutableBytes();
        for (std::size_t i = 0; i < count; ++i) {
            if (sixteen)
                reinterpret_cast<std::uint16_t *>(eight)[i] = static_cast<std::uint16_t>((i / 3 + i % 3) & 0xffff);
            else
                eight[i] = static_cast<std::uint8_t>((i / 3 + i % 3) & 0xff);
        }
        const Planes planes = image::toPlanes(image);
        QCOMPARE(planes.plane(1)[5], 6.0F / static_cast<float>(image.maximum()));
        QVERIFY(image::fromPlanes(planes, type).samePixels(image));
    }

    void grayIsRepeatedAndAlphaLeftOut()
    {
        const Image image = test::picture({6, 5}, 2, SampleType::U8);
        const Planes colour = image::toPlanes(image);
        const Planes alpha = image::alphaToPlanes(image);
        QCOMPARE(colour.channels(), 3);
        QCOMPARE(alpha.channels(), 3);
        for (int channel = 0; channel < 3; ++channel)
            for (int y = 0; y < 5; ++y)
                for (int x = 0; x < 6; ++x) {
                    QCOMPARE(colour.line(channel, y)[x], static_cast<float>(test::sampleAt(image, x, y, 0)) / 255.0F);
                    QCOMPARE(alpha.line(channel, y)[x], static_cast<float>(test::sampleAt(image, x, y, 1)) / 255.0F);
                }
        QCOMPARE(image::alphaToPlanes(Image({2, 2}, 3)).data()[3], 1.0F);
    }

    void roundsAndClampsNetworkOutput_data()
    {
        QTest::addColumn<float>("value");
        QTest::addColumn<int>("eight");
        QTest::addColumn<int>("sixteen");
        const float infinity = std::numeric_limits<float>::infinity();
        QTest::newRow("below") << -0.5F << 0 << 0;
        QTest::newRow("above") << 1.5F << 255 << 65535;
        QTest::newRow("not a number") << std::numeric_limits<float>::quiet_NaN() << 0 << 0;
        QTest::newRow("infinite") << infinity << 255 << 65535;
        QTest::newRow("minus infinite") << -infinity << 0 << 0;
        QTest::newRow("half, to even below") << 0.5F << 128 << 32768; // 127.5 and 32767.5
        QTest::newRow("just below") << 0.49999F << 127 << 32767;
        QTest::newRow("one") << 1.0F << 255 << 65535;
    }
    void roundsAndClampsNetworkOutput()
    {
        QFETCH(float, value);
        QFETCH(int, eight);
        QFETCH(int, sixteen);
        Planes planes(3, 1, 1);
        std::fill_n(planes.mutableData(), 3, value);
        QCOMPARE(test::sampleAt(image::fromPlanes(planes), 0, 0, 1), eight);
        QCOMPARE(test::sampleAt(image::fromPlanes(planes, SampleType::U16), 0, 0, 2), sixteen);
    }

    void planesOfOtherCountsAreNoPicture()
    {
        QCOMPARE(codeOf([] { image::fromPlanes(Planes(1, 2, 2)); }), base::ErrorCode::InvalidArgument);
        QVERIFY(image::fromPlanes(Planes()).isNull());
        QVERIFY(image::toPlanes(Image()).isNull());
    }

    /// The letter F stored in the eight ways of the EXIF specification comes out upright.
    void orientationMakesUpright_data()
    {
        QTest::addColumn<int>("orientation");
        QTest::addColumn<QStringList>("stored");
        QTest::newRow("1") << 1 << QStringList{"##", "#.", "##", "#."};
        QTest::newRow("2") << 2 << QStringList{"##", ".#", "##", ".#"};
        QTest::newRow("3") << 3 << QStringList{".#", "##", ".#", "##"};
        QTest::newRow("4") << 4 << QStringList{"#.", "##", "#.", "##"};
        QTest::newRow("5") << 5 << QStringList{"####", "#.#."};
        QTest::newRow("6") << 6 << QStringList{"#.#.", "####"};
        QTest::newRow("7") << 7 << QStringList{".#.#", "####"};
        QTest::newRow("8") << 8 << QStringList{"####", ".#.#"};
    }
    void orientationMakesUpright()
    {
        QFETCH(int, orientation);
        QFETCH(QStringList, stored);
        for (const SampleType type : {SampleType::U8, SampleType::U16}) {
            const int width = static_cast<int>(stored[0].size());
            Image image({width, static_cast<int>(stored.size())}, 1, type);
            std::uint8_t *out = image.mutableBytes();
            for (const QString &line : stored)
                for (const QChar pixel : line) {
                    *out = pixel == '#' ? 9 : 0;
                    out += type == SampleType::U8 ? 1 : 2;
                }
            const Image turned = image::upright(image, orientation);
            QCOMPARE(turned.size(), (Size{2, 4}));
            QString shown;
            for (int y = 0; y < 4; ++y)
                for (int x = 0; x < 2; ++x)
                    shown += test::sampleAt(turned, x, y, 0) == 9 ? '#' : '.';
            QCOMPARE(shown, QString("###.###."));
        }
        QVERIFY(image::upright(test::picture({3, 4}, 3, SampleType::U8), 9)
                    .samePixels(test::picture({3, 4}, 3, SampleType::U8)));
    }
};

QTEST_GUILESS_MAIN(TestImage)
#include "tst_image.moc"
