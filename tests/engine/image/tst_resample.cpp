// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/image/codec.h"
#include "engine/image/colour.h"
#include "engine/image/resample.h"
#include "pictures.h"

#include <QDir>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstdlib>

using namespace bitlens;
using image::Image;
using image::Planes;
using image::SampleType;
using image::Size;

namespace {

/// Float32 results of sums in double: half a unit in the last place of values up to 2.
constexpr float kFloatRounding = 1.2e-7F;

struct Difference {
    std::size_t samples = 0;
    std::size_t different = 0;
    int largest = 0;
};

Difference difference(const Image &a, const Image &b)
{
    Difference result;
    for (int y = 0; y < a.height(); ++y)
        for (int x = 0; x < a.width(); ++x)
            for (int channel = 0; channel < a.channels(); ++channel) {
                const int delta = std::abs(test::sampleAt(a, x, y, channel) - test::sampleAt(b, x, y, channel));
                ++result.samples;
                result.different += delta != 0;
                result.largest = std::max(result.largest, delta);
            }
    return result;
}

Planes row(const std::vector<float> &samples)
{
    Planes planes(1, 1, static_cast<int>(samples.size()));
    std::copy(samples.begin(), samples.end(), planes.mutableData());
    return planes;
}

int lumaAt(const Image &image, int x, int y)
{
    return image::roundedLuma(test::sampleAt(image, x, y, 0), test::sampleAt(image, x, y, 1),
                              test::sampleAt(image, x, y, 2));
}

/// Of Y, with 4 pixels of border left out.
double psnrOfLuma(const Image &a, const Image &b)
{
    double squares = 0;
    int count = 0;
    for (int y = 4; y < a.height() - 4; ++y)
        for (int x = 4; x < a.width() - 4; ++x, ++count) {
            const double difference = lumaAt(a, x, y) - lumaAt(b, x, y);
            squares += difference * difference;
        }
    return 10 * std::log10(255.0 * 255.0 * count / squares);
}

QString setsFolder() { return qEnvironmentVariable("BITLENS_SHARED") + "/data/sets"; }

} // namespace

class TestResample : public QObject {
    Q_OBJECT
private slots:
    /// The published test sets were shrunk by MATLAB's imresize.
    void reproducesTestSets_data()
    {
        QTest::addColumn<QString>("high");
        QTest::addColumn<QString>("low");
        for (const char *set : {"Set5", "Set14"}) {
            const QDir folder(setsFolder() + "/" + set + "/HR");
            for (const QString &name : folder.entryList({"*.png"}))
                QTest::addRow("%s %s", set, qPrintable(name))
                    << folder.filePath(name) << setsFolder() + "/" + set + "/LRx4/" + name;
        }
        if (!QDir(setsFolder()).exists())
            QTest::newRow("absent") << QString() << QString();
    }
    void reproducesTestSets()
    {
        QFETCH(QString, high);
        QFETCH(QString, low);
        if (high.isEmpty())
            QSKIP("the test sets are not here (BITLENS_SHARED)");
        const Image full = image::readImage(high.toStdString());
        const Image expected = image::readImage(low.toStdString());
        const Image cropped = full.cropped({0, 0, full.width() / 4 * 4, full.height() / 4 * 4});
        const Image shrunk = image::resizeBicubic(cropped, {cropped.width() / 4, cropped.height() / 4});
        QCOMPARE(shrunk.size(), expected.size());
        QCOMPARE(shrunk.channels(), expected.channels());
        const Difference found = difference(shrunk, expected);
        QCOMPARE(found.different, std::size_t(0));
    }

    /// Bicubic enlargement of Set5, Y, 4 pixels of border left out. The literature gives 28.42 dB.
    void bicubicBaselineOfSet5_data()
    {
        QTest::addColumn<bool>("planes");
        QTest::newRow("samples") << false;
        QTest::newRow("planes") << true;
    }
    void bicubicBaselineOfSet5()
    {
        QFETCH(bool, planes);
        const QDir folder(setsFolder() + "/Set5/HR");
        if (!folder.exists())
            QSKIP("the test sets are not here (BITLENS_SHARED)");
        double sum = 0;
        const QStringList names = folder.entryList({"*.png"});
        for (const QString &name : names) {
            const Image full = image::readImage(folder.filePath(name).toStdString());
            const Image small = image::readImage((setsFolder() + "/Set5/LRx4/" + name).toStdString());
            const Size size{small.width() * 4, small.height() * 4};
            sum += psnrOfLuma(planes ? image::fromPlanes(image::resizeBicubic(image::toPlanes(small), size))
                                     : image::resizeBicubic(small, size),
                              full);
        }
        const double mean = sum / static_cast<double>(names.size());
        // Half of the literature's last digit.
        QVERIFY2(std::fabs(mean - 28.42) <= 0.005, qPrintable(QString::number(mean)));
    }

    /// The comparison above would notice a plain bicubic without antialiasing: every fourth sample taken by itself.
    void comparisonNoticesMissingAntialiasing()
    {
        const Image full = test::picture({64, 64}, 3, SampleType::U8);
        const Image right = image::resizeBicubic(full, {16, 16});
        Image wrong({16, 16}, 3);
        std::uint8_t *out = wrong.mutableBytes();
        for (int y = 0; y < 16; ++y)
            for (int x = 0; x < 16; ++x, out += 3)
                std::copy_n(full.line8(4 * y + 2) + (4 * x + 2) * 3, 3, out);
        QVERIFY(difference(right, wrong).largest > 1);
    }

    /// The kernel's values at quarters, worked out by hand from 1.5|x|^3 - 2.5|x|^2 + 1 and its outer branch.
    void kernel_data()
    {
        QTest::addColumn<int>("length");
        QTest::addColumn<int>("impulse");
        QTest::addColumn<int>("outputLength");
        QTest::addColumn<QList<float>>("expected"); // first outputs, from `from` on
        QTest::addColumn<int>("from");
        const float a = 0.8671875F;
        const float b = 0.2265625F;
        const float c = -0.0703125F;
        const float d = -0.0234375F;
        QTest::newRow("enlarge") << 8 << 4 << 16 << QList<float>{0, d, c, b, a, a, b, c, d, 0} << 4;
        QTest::newRow("shrink") << 16 << 8 << 8 << QList<float>{0, d / 2, b / 2, a / 2, c / 2, 0} << 1;
        QTest::newRow("repeated border") << 8 << 0 << 16 << QList<float>{a + b + d, a + c, b + d, c, d, 0} << 0;
        QTest::newRow("beside the border") << 8 << 1 << 16 << QList<float>{c, b} << 0;
    }
    void kernel()
    {
        QFETCH(int, length);
        QFETCH(int, impulse);
        QFETCH(int, outputLength);
        QFETCH(QList<float>, expected);
        QFETCH(int, from);
        std::vector<float> samples(static_cast<std::size_t>(length));
        samples[static_cast<std::size_t>(impulse)] = 1;
        const Planes across = image::resizeBicubic(row(samples), {outputLength, 1});
        Planes standing(1, length, 1);
        std::copy(samples.begin(), samples.end(), standing.mutableData());
        const Planes down = image::resizeBicubic(standing, {1, outputLength});
        for (int i = 0; i < expected.size(); ++i) {
            QVERIFY2(std::fabs(across.data()[from + i] - expected[i]) <= kFloatRounding,
                     qPrintable(QString("output %1: %2").arg(from + i).arg(across.data()[from + i])));
            QVERIFY(std::fabs(down.data()[from + i] - expected[i]) <= kFloatRounding);
        }
    }

    void sameSizeChangesNothing()
    {
        const Image image = test::picture({13, 7}, 3, SampleType::U16);
        QVERIFY(image::resizeBicubic(image, image.size()).samePixels(image));
    }

    void constantStaysConstant_data()
    {
        QTest::addColumn<QSize>("from");
        QTest::addColumn<QSize>("to");
        QTest::newRow("ragged, larger") << QSize(7, 5) << QSize(31, 22);
        QTest::newRow("ragged, smaller") << QSize(31, 22) << QSize(7, 5);
        QTest::newRow("to one pixel") << QSize(9, 11) << QSize(1, 1);
        QTest::newRow("from one pixel") << QSize(1, 1) << QSize(5, 6);
        QTest::newRow("one direction each") << QSize(12, 3) << QSize(5, 9);
    }
    void constantStaysConstant()
    {
        QFETCH(QSize, from);
        QFETCH(QSize, to);
        Planes planes(2, from.height(), from.width());
        std::fill_n(planes.mutableData(), planes.count(), 0.375F);
        const Planes resized = image::resizeBicubic(planes, {to.width(), to.height()});
        QCOMPARE(resized.size(), (Size{to.width(), to.height()}));
        QCOMPARE(resized.channels(), 2);
        for (std::size_t i = 0; i < resized.count(); ++i)
            QVERIFY(std::fabs(resized.data()[i] - 0.375F) <= kFloatRounding);
    }

    /// Samples and planes are the same computation but for the rounding between the directions.
    void imageEqualsPlanes()
    {
        const Image image = test::picture({40, 30}, 3, SampleType::U8);
        const Image direct = image::resizeBicubic(image, {57, 19});
        const Image viaPlanes = image::fromPlanes(image::resizeBicubic(image::toPlanes(image), {57, 19}));
        // Rounding between the directions: up to half a level times the weights' absolute sum (below 1.3), and half a
        // level at the end.
        QVERIFY(difference(direct, viaPlanes).largest <= 2);
        QVERIFY(difference(direct, viaPlanes).different * 4 < difference(direct, viaPlanes).samples);
    }

    /// Green that is hidden by alpha 0 does not get into red that is visible.
    void hiddenColourDoesNotBleed_data()
    {
        QTest::addColumn<int>("width");
        QTest::newRow("smaller") << 8;
        QTest::newRow("larger") << 64;
    }
    void hiddenColourDoesNotBleed()
    {
        QFETCH(int, width);
        Image image({32, 8}, 4);
        std::uint8_t *samples = image.mutableBytes();
        for (int i = 0; i < 32 * 8; ++i, samples += 4) {
            const bool visible = i % 32 >= 15;
            samples[visible ? 0 : 1] = 200;
            samples[3] = visible ? 255 : 0;
        }
        const Image resized = image::resizeBicubic(image, {width, 8});
        int visiblePixels = 0;
        for (int x = 0; x < width; ++x) {
            if (test::sampleAt(resized, x, 4, 3) == 0)
                continue;
            ++visiblePixels;
            QCOMPARE(test::sampleAt(resized, x, 4, 0), 200);
            QCOMPARE(test::sampleAt(resized, x, 4, 1), 0);
        }
        QVERIFY(visiblePixels >= width / 2);
        // Resampled without alpha, the colours do mix: the picture is able to show the fault.
        Image opaque({32, 8}, 3);
        for (int i = 0; i < 32 * 8; ++i)
            std::copy_n(image.bytes() + 4 * i, 3, opaque.mutableBytes() + 3 * i);
        const Image mixed = image::resizeBicubic(opaque, {width, 8});
        bool any = false;
        for (int x = 0; x < width; ++x)
            any = any || (test::sampleAt(mixed, x, 4, 0) > 20 && test::sampleAt(mixed, x, 4, 1) > 20);
        QVERIFY(any);
    }

    void keepsTypeChannelsAndProfile_data()
    {
        QTest::addColumn<int>("channels");
        QTest::addColumn<bool>("sixteen");
        for (int channels = 1; channels <= 4; ++channels)
            for (const bool sixteen : {false, true})
                QTest::addRow("%d channels, %d bit", channels, sixteen ? 16 : 8) << channels << sixteen;
    }
    void keepsTypeChannelsAndProfile()
    {
        QFETCH(int, channels);
        QFETCH(bool, sixteen);
        Image image = test::picture({20, 20}, channels, sixteen ? SampleType::U16 : SampleType::U8);
        image.setIccProfile(test::profile(channels < 3));
        const Image resized = image::resizeBicubic(image, {10, 15});
        QCOMPARE(resized.channels(), channels);
        QCOMPARE(resized.type(), image.type());
        QCOMPARE(resized.size(), (Size{10, 15}));
        QVERIFY(resized.iccProfile() == image.iccProfile());
    }

    void refusesEmptySizes()
    {
        QVERIFY_EXCEPTION_THROWN(image::resizeBicubic(Planes(1, 2, 2), {0, 5}), base::Error);
        QVERIFY_EXCEPTION_THROWN(image::resizeBicubic(Image({2, 2}, 1), {5, -1}), base::Error);
        QVERIFY_EXCEPTION_THROWN(image::resizeBicubic(Image(), {5, 5}), base::Error);
    }
};

QTEST_GUILESS_MAIN(TestResample)
#include "tst_resample.moc"
