// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/image/alpha.h"
#include "engine/image/colour.h"
#include "engine/image/iccprofile.h"
#include "pictures.h"

#include <QTest>

#include <array>
#include <cmath>
#include <limits>

using namespace bitlens;
using image::Image;
using image::Planes;
using image::SampleType;

namespace {

/// Rounding of sums of three products in double, values up to 235.
constexpr double kDoubleRounding = 1e-12;

/// An RGB + alpha row from {r, g, b, a} each.
Image rowOf(const std::vector<std::array<int, 4>> &pixels)
{
    Image image({static_cast<int>(pixels.size()), 1}, 4);
    std::uint8_t *out = image.mutableBytes();
    for (const auto &pixel : pixels)
        for (const int sample : pixel)
            *out++ = static_cast<std::uint8_t>(sample);
    return image;
}

} // namespace

class TestColour : public QObject {
    Q_OBJECT
private slots:
    /// Corners of the cube from the standard's table: black 16, white 235, and the three primaries.
    void luma_data()
    {
        QTest::addColumn<QList<int>>("rgb");
        QTest::addColumn<double>("expected");
        QTest::addColumn<int>("rounded");
        QTest::newRow("black") << QList<int>{0, 0, 0} << 16.0 << 16;
        QTest::newRow("white") << QList<int>{255, 255, 255} << 235.0 << 235;
        QTest::newRow("red") << QList<int>{255, 0, 0} << 81.481 << 81;
        QTest::newRow("green") << QList<int>{0, 255, 0} << 144.553 << 145;
        QTest::newRow("blue") << QList<int>{0, 0, 255} << 40.966 << 41;
        QTest::newRow("mixed") << QList<int>{10, 100, 200} << 16 + (654.81 + 12855.3 + 4993.2) / 255 << 89;
    }
    void luma()
    {
        QFETCH(QList<int>, rgb);
        QFETCH(double, expected);
        QFETCH(int, rounded);
        QVERIFY(std::fabs(image::luma(rgb[0], rgb[1], rgb[2]) - expected) <= kDoubleRounding);
        QCOMPARE(image::roundedLuma(rgb[0], rgb[1], rgb[2]), rounded);
        // Full range luma, the usual mistake, is another number.
        if (rgb[1] != 255 || rgb[0] != 255)
            QVERIFY(std::fabs(0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] - expected) > 1);
    }

    void depthsConvert()
    {
        for (int value = 0; value < 256; ++value)
            QCOMPARE(int(image::eightBit(static_cast<std::uint16_t>(value * 257))), value);
        for (int value = 0; value < 65536; ++value)
            QCOMPARE(int(image::eightBit(static_cast<std::uint16_t>(value))), int(std::floor(value / 257.0 + 0.5)));
        Image eight = test::picture({9, 9}, 4, SampleType::U8);
        eight.setIccProfile(test::profile(false));
        const Image sixteen = image::toSixteenBit(eight);
        QCOMPARE(sixteen.type(), SampleType::U16);
        QVERIFY(image::toEightBit(sixteen).samePixels(eight));
        QVERIFY(image::toEightBit(sixteen).iccProfile() == eight.iccProfile());
    }

    void grayBecomesColour()
    {
        for (const SampleType type : {SampleType::U8, SampleType::U16}) {
            Image gray = test::picture({5, 4}, 2, type);
            gray.setIccProfile(test::profile(true));
            const Image colour = image::toColour(gray);
            QCOMPARE(colour.channels(), 4);
            QVERIFY(colour.iccProfile().empty()); // a profile of gray devices does not describe RGB
            for (int channel = 0; channel < 3; ++channel)
                QCOMPARE(test::sampleAt(colour, 3, 2, channel), test::sampleAt(gray, 3, 2, 0));
            QCOMPARE(test::sampleAt(colour, 4, 3, 3), test::sampleAt(gray, 4, 3, 1));
        }
    }

    void profileMustFit()
    {
        const Image gray({2, 2}, 2);
        const Image colour({2, 2}, 3);
        QVERIFY(image::iccProfileFits(test::profile(true), gray));
        QVERIFY(image::iccProfileFits(test::profile(false), colour));
        QVERIFY(!image::iccProfileFits(test::profile(true), colour));
        QVERIFY(!image::iccProfileFits(test::profile(false), gray));
        QVERIFY(!image::iccProfileFits({}, colour));
        std::vector<std::uint8_t> broken = test::profile(false);
        broken[36] = 'x';
        QVERIFY(!image::iccProfileFits(broken, colour));
    }

    /// A transparent pixel between red and blue gets their mean; farther ones that of the ring before.
    void colourSpreadsUnderAlpha()
    {
        const Image spread = image::bleedColourUnderAlpha(
            rowOf({{0, 9, 0, 0}, {0, 9, 0, 0}, {200, 0, 0, 255}, {0, 9, 0, 0}, {0, 0, 100, 1}, {0, 9, 0, 0}}));
        const std::vector<std::array<int, 4>> expected{{200, 0, 0, 0},  {200, 0, 0, 0}, {200, 0, 0, 255},
                                                       {100, 0, 50, 0}, {0, 0, 100, 1}, {0, 0, 100, 0}};
        QVERIFY(spread.samePixels(rowOf(expected)));
    }

    void colourSpreadsOverAnyDistance_data()
    {
        QTest::addColumn<int>("channels");
        QTest::addColumn<bool>("sixteen");
        QTest::newRow("gray") << 2 << false;
        QTest::newRow("colour, 16 bit") << 4 << true;
    }
    void colourSpreadsOverAnyDistance()
    {
        QFETCH(int, channels);
        QFETCH(bool, sixteen);
        Image image({70, 50}, channels, sixteen ? SampleType::U16 : SampleType::U8);
        const std::size_t at = (20 * 70 + 30) * static_cast<std::size_t>(channels);
        for (int channel = 0; channel < channels; ++channel) { // one visible pixel
            if (sixteen)
                reinterpret_cast<std::uint16_t *>(image.mutableBytes())[at + channel] =
                    static_cast<std::uint16_t>(1000 * (channel + 1));
            else
                image.mutableBytes()[at + channel] = static_cast<std::uint8_t>(50 * (channel + 1));
        }
        const Image spread = image::bleedColourUnderAlpha(image);
        for (int y = 0; y < 50; ++y)
            for (int x = 0; x < 70; ++x) {
                for (int channel = 0; channel < channels - 1; ++channel)
                    QCOMPARE(test::sampleAt(spread, x, y, channel), test::sampleAt(image, 30, 20, channel));
                QCOMPARE(test::sampleAt(spread, x, y, channels - 1), test::sampleAt(image, x, y, channels - 1));
            }
    }

    void nothingVisibleNothingSpread()
    {
        const Image hidden = rowOf({{1, 2, 3, 0}, {4, 5, 6, 0}});
        QVERIFY(image::bleedColourUnderAlpha(hidden).samePixels(hidden));
        const Image opaque = test::picture({5, 5}, 3, SampleType::U8);
        QVERIFY(image::bleedColourUnderAlpha(opaque).samePixels(opaque));
    }

    void alphaJoinsColour()
    {
        Image colour = test::picture({3, 1}, 3, SampleType::U8);
        colour.setIccProfile(test::profile(false));
        Planes alpha(3, 1, 3);
        const std::array<float, 3> values{0.5F, 2.0F, std::numeric_limits<float>::quiet_NaN()};
        for (int plane = 0; plane < 3; ++plane)
            std::copy(values.begin(), values.end(), alpha.mutablePlane(plane));
        const Image joined = image::withAlpha(colour, alpha);
        QCOMPARE(joined.channels(), 4);
        QVERIFY(joined.iccProfile() == colour.iccProfile());
        QCOMPARE(test::sampleAt(joined, 0, 0, 3), 128); // 127.5, to even
        QCOMPARE(test::sampleAt(joined, 1, 0, 3), 255);
        QCOMPARE(test::sampleAt(joined, 2, 0, 3), 0);
        QVERIFY(image::withoutAlpha(joined).samePixels(colour));
        // Existing alpha is replaced, not added.
        QCOMPARE(image::withAlpha(joined, alpha).channels(), 4);
        QCOMPARE(image::withAlpha(test::picture({3, 1}, 1, SampleType::U16), alpha).channels(), 2);
        QVERIFY_EXCEPTION_THROWN(image::withAlpha(colour, Planes(3, 2, 2)), base::Error);
    }

    void compositesOverWhite()
    {
        const Image image = image::overWhite(rowOf({{0, 0, 0, 0}, {10, 20, 30, 255}, {0, 255, 100, 51}}));
        QCOMPARE(image.channels(), 3);
        const std::array<int, 9> expected{255, 255, 255, 10, 20, 30, 204, 255, 224}; // 51/255 is a fifth
        for (int i = 0; i < 9; ++i)
            QCOMPARE(int(image.bytes()[i]), expected[static_cast<std::size_t>(i)]);
    }
};

QTEST_GUILESS_MAIN(TestColour)
#include "tst_colour.moc"
