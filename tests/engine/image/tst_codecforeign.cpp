// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/codec.h"
#include "pictures.h"

#include <QTest>

#include <array>
#include <cstdlib>
#include <functional>

using namespace bitlens;
using image::Image;
using image::SampleType;
using image::Size;

namespace {

/// The formulas of data/make.py, 8 bit samples.
using Formula = std::function<std::array<int, 4>(int x, int y)>;
std::array<int, 4> smooth(int x, int y) { return {x * 10, y * 15, x + y * 8, 255}; }
std::array<int, 4> smoothAlpha(int x, int y) { return {x * 10, y * 15, x + y * 8, x * 10}; }
std::array<int, 4> smoothFirst(int x, int y) { return {x * 10, y * 15, x + y * 8, x == 1 && y == 0 ? 0 : 255}; }
std::array<int, 4> blocks(int x, int y) { return {x / 4 % 2 * 255, y / 4 % 2 * 255, (x + y) / 8 % 2 * 255, 255}; }
std::array<int, 4> blocksNoBlack(int x, int y)
{
    std::array<int, 4> pixel = blocks(x, y);
    pixel[3] = pixel[0] + pixel[1] + pixel[2] == 0 ? 0 : 255;
    return pixel;
}
std::array<int, 4> gray(int x, int y) { return {x * 5 + y * 8, 255, 0, 0}; }
std::array<int, 4> grayAlpha(int x, int y) { return {x * 5 + y * 8, x * 10, 0, 0}; }
std::array<int, 4> grayFirst(int x, int y) { return {x * 5 + y * 8, x * 5 + y * 8 == 5 ? 0 : 255, 0, 0}; }
std::array<int, 4> checks(int x, int y) { return {(x / 4 + y / 4) % 2 * 255, 255, 0, 0}; }
std::array<int, 4> checksNoWhite(int x, int y)
{
    const int value = (x / 4 + y / 4) % 2 * 255;
    return {value, 255 - value, 0, 0};
}

QString dataFile(const QString &name) { return QStringLiteral(BITLENS_SOURCE_DIR "/tests/engine/image/data/") + name; }

} // namespace

class TestCodecForeign : public QObject {
    Q_OBJECT
private slots:
    /// Files of other programs, made by data/make.py.
    void readsForeignFiles_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("channels");
        QTest::addColumn<bool>("sixteen");
        QTest::addColumn<int>("tolerance");
        QTest::addColumn<Formula>("formula");
        const auto row = [](const char *name, int channels, Formula formula, int tolerance = 0, bool sixteen = false) {
            QTest::newRow(name) << QString(name) << channels << sixteen << tolerance << formula;
        };
        row("gray1.png", 1, checks);
        row("gray2.png", 1, checks);
        row("gray4.png", 1, checks);
        row("gray4-transparent.png", 2, checksNoWhite);
        row("gray8-transparent.png", 2, grayFirst);
        row("gray16.png", 1, gray, 0, true);
        row("gray16-transparent.png", 2, grayFirst, 0, true);
        row("gray-alpha.png", 2, grayAlpha);
        row("rgb-transparent.png", 4, smoothFirst);
        row("interlaced.png", 3, smooth);
        row("indexed.png", 3, blocks);
        row("indexed8.png", 3, blocks);
        row("indexed-transparent.png", 4, blocksNoBlack);
        row("progressive.jpg", 3, smooth, 8);
        row("subsampled.jpg", 3, smooth, 24); // colours at half resolution, slopes of 10 and 15 a pixel
        row("gray.jpg", 1, gray, 6);
        row("cmyk.jpg", 3, smooth, 20);
        row("bigendian.tif", 3, smooth);
        row("bigendian16.tif", 3, smooth, 0, true);
        row("bigtiff.tif", 3, smooth);
        row("tiled.tif", 4, smoothAlpha);
        row("planar.tif", 3, smooth, 0, true);
        row("premultiplied.tif", 4, smoothAlpha, 13); // 255 / 10, half of it: the smallest alpha that is not 0
        row("gray-alpha.tif", 2, grayAlpha);
        row("white-is-zero.tif", 1, gray);
        row("lzw.tif", 3, smooth);
        row("packbits.tif", 3, smooth);
        row("jpeg.tif", 3, smooth, 8);
        row("fax.tif", 1, checks);
        row("indexed.tif", 3, blocks);
        row("lossy.webp", 3, smooth, 24);
        row("lossy-alpha.webp", 4, smoothAlpha, 24);
        row("lossless.webp", 4, smoothAlpha);
        row("alpha.bmp", 4, smoothAlpha);
        row("plain32.bmp", 3, smooth);
        row("topdown.bmp", 3, smooth);
        row("os2.bmp", 3, smooth);
        row("os2-indexed.bmp", 3, blocks);
        row("rgb555.bmp", 3, smooth, 7); // five bits
        row("indexed.bmp", 3, blocks);
        row("runlength.bmp", 3, blocks);
        row("gray.bmp", 1, gray);
    }
    void readsForeignFiles()
    {
        QFETCH(QString, name);
        QFETCH(int, channels);
        QFETCH(bool, sixteen);
        QFETCH(int, tolerance);
        QFETCH(Formula, formula);
        const std::string path = dataFile(name).toStdString();
        const image::ImageInfo info = image::readImageInfo(path);
        QCOMPARE(info.size, (Size{24, 16}));
        QCOMPARE(info.channels, channels);
        const Image image = image::readImage(path);
        QCOMPARE(image.size(), (Size{24, 16}));
        QCOMPARE(image.channels(), channels);
        QCOMPARE(image.type(), sixteen ? SampleType::U16 : SampleType::U8);
        const int scale = sixteen ? 257 : 1;
        for (int y = 0; y < 16; ++y)
            for (int x = 0; x < 24; ++x) {
                const std::array<int, 4> expected = formula(x, y);
                const bool hidden = image.hasAlpha() && expected[static_cast<std::size_t>(channels - 1)] == 0;
                for (int channel = hidden ? channels - 1 : 0; channel < channels; ++channel) {
                    const int found = test::sampleAt(image, x, y, channel);
                    QVERIFY2(std::abs(found - expected[static_cast<std::size_t>(channel)] * scale) <= tolerance * scale,
                             qPrintable(QString("%1,%2 channel %3: %4, expected %5")
                                            .arg(x)
                                            .arg(y)
                                            .arg(channel)
                                            .arg(found)
                                            .arg(expected[static_cast<std::size_t>(channel)] * scale)));
                }
            }
    }
};

QTEST_GUILESS_MAIN(TestCodecForeign)
#include "tst_codecforeign.moc"
