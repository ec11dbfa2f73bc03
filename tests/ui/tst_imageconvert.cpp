// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/ui/uifixtures.h"
#include "ui/imageconvert.h"

#include <QColorSpace>
#include <QTest>

using namespace bitlens;
using namespace bitlens::ui;

class ImageConvertTest : public QObject {
    Q_OBJECT

private slots:
    void formats_data();
    void formats();
    void eightBitColourIsShared();
    void sharedPixelsOutliveTheImage();
    void profileIsCarried();
    void nothingStaysNothing();
};

namespace {

image::Image numbered(image::Size size, int channels, image::SampleType type)
{
    image::Image picture(size, channels, type);
    std::uint8_t *bytes = picture.mutableBytes();
    const std::size_t samples = size.pixels() * static_cast<std::size_t>(channels);
    for (std::size_t i = 0; i < samples; ++i) {
        if (type == image::SampleType::U8)
            bytes[i] = static_cast<std::uint8_t>(i * 37);
        else
            reinterpret_cast<std::uint16_t *>(bytes)[i] = static_cast<std::uint16_t>(i * 9973);
    }
    return picture;
}

} // namespace

void ImageConvertTest::formats_data()
{
    QTest::addColumn<int>("channels");
    QTest::addColumn<bool>("wide");
    QTest::addColumn<int>("channelsBack"); // Qt has no gray with alpha
    for (const bool wide : {false, true}) {
        const char *bits = wide ? "16" : "8";
        QTest::addRow("gray %s", bits) << 1 << wide << 1;
        QTest::addRow("gray alpha %s", bits) << 2 << wide << 4;
        QTest::addRow("RGB %s", bits) << 3 << wide << 3;
        QTest::addRow("RGBA %s", bits) << 4 << wide << 4;
    }
}

void ImageConvertTest::formats()
{
    QFETCH(int, channels);
    QFETCH(bool, wide);
    QFETCH(int, channelsBack);
    // An odd width: lines are not multiples of four bytes.
    const image::Image picture = numbered({7, 5}, channels, wide ? image::SampleType::U16 : image::SampleType::U8);
    const QImage shown = toQImage(picture);
    QCOMPARE(shown.size(), QSize(7, 5));
    QCOMPARE(shown.hasAlphaChannel(), picture.hasAlpha());
    const image::Image back = fromQImage(shown);
    QCOMPARE(back.channels(), channelsBack);
    QCOMPARE(back.type() == image::SampleType::U16, wide);
    if (channels == channelsBack) {
        QVERIFY(back.samePixels(picture));
        return;
    }
    for (int x = 0; x < 7; ++x) {
        const int gray = wide ? picture.line16(3)[2 * x] : picture.line8(3)[2 * x];
        const int alpha = wide ? picture.line16(3)[2 * x + 1] : picture.line8(3)[2 * x + 1];
        for (int channel = 0; channel < 4; ++channel)
            QCOMPARE(wide ? int(back.line16(3)[4 * x + channel]) : int(back.line8(3)[4 * x + channel]),
                     channel < 3 ? gray : alpha);
    }
}

void ImageConvertTest::eightBitColourIsShared()
{
    const image::Image picture = numbered({7, 5}, 3, image::SampleType::U8);
    QCOMPARE(toQImage(picture).constBits(), picture.bytes());
}

void ImageConvertTest::sharedPixelsOutliveTheImage()
{
    QImage shown;
    {
        const image::Image picture = numbered({64, 64}, 3, image::SampleType::U8);
        shown = toQImage(picture);
    }
    QCOMPARE(qRed(shown.pixel(1, 0)), 3 * 37);
    image::Image picture = numbered({4, 4}, 3, image::SampleType::U8);
    const QImage before = toQImage(picture);
    picture.mutableBytes()[0] = 99; // a writer detaches
    QCOMPARE(qRed(before.pixel(0, 0)), 0);
}

void ImageConvertTest::profileIsCarried()
{
    const QByteArray profile = QColorSpace(QColorSpace::AdobeRgb).iccProfile();
    image::Image picture = numbered({4, 4}, 3, image::SampleType::U8);
    picture.setIccProfile({profile.begin(), profile.end()});
    const QImage shown = toQImage(picture);
    QCOMPARE(shown.colorSpace().primaries(), QColorSpace::Primaries::AdobeRgb);
    QVERIFY(!fromQImage(shown).iccProfile().empty());
    picture.setIccProfile({1, 2, 3}); // not a profile
    QVERIFY(!toQImage(picture).isNull());
}

void ImageConvertTest::nothingStaysNothing()
{
    QVERIFY(toQImage(image::Image()).isNull());
    QVERIFY(fromQImage(QImage()).isNull());
    QCOMPARE(fromQImage(QImage(3, 3, QImage::Format_Indexed8)).channels(), 3);
}

QTEST_GUILESS_MAIN(ImageConvertTest)
#include "tst_imageconvert.moc"
