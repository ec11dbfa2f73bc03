// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/image/alpha.h"
#include "engine/image/codec.h"
#include "engine/image/orientation.h"
#include "pictures.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <optional>
#include <thread>

using namespace bitlens;
using base::ErrorCode;
using image::Image;
using image::SampleType;
using image::Size;

namespace {

/// JPEG with quality 95 on a picture with noise of a tenth and full-contrast edges, colours at half resolution: mean
/// error in levels. A picture shifted by one pixel, or with red and blue exchanged, is farther away (see the negative
/// test).
constexpr double kJpegMeanError = 9;

std::optional<base::Error> errorOf(const std::function<void()> &action)
{
    try {
        action();
    } catch (const base::Error &error) {
        return error;
    }
    return std::nullopt;
}

double meanError(const Image &a, const Image &b)
{
    double sum = 0;
    for (int y = 0; y < a.height(); ++y)
        for (int x = 0; x < a.width(); ++x)
            for (int channel = 0; channel < a.channels(); ++channel)
                sum += std::abs(test::sampleAt(a, x, y, channel) - test::sampleAt(b, x, y, channel));
    return sum / static_cast<double>(a.size().pixels() * static_cast<std::size_t>(a.channels()));
}

/// An EXIF block (a little TIFF) that says nothing but an orientation.
QByteArray exifBlock(int orientation)
{
    QByteArray block("II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0", 26);
    block[18] = static_cast<char>(orientation);
    return block;
}

quint32 checksum(const QByteArray &data)
{
    quint32 sum = 0xffffffff;
    for (const char byte : data) {
        sum ^= static_cast<quint8>(byte);
        for (int bit = 0; bit < 8; ++bit)
            sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0xedb88320 : 0);
    }
    return ~sum;
}

QByteArray number(quint32 value, bool bigEndian)
{
    QByteArray bytes(4, '\0');
    for (int i = 0; i < 4; ++i)
        bytes[bigEndian ? 3 - i : i] = static_cast<char>(value >> (8 * i));
    return bytes;
}

QByteArray pngChunk(const QByteArray &name, const QByteArray &data)
{
    return number(static_cast<quint32>(data.size()), true) + name + data + number(checksum(name + data), true);
}

/// The file with an orientation put in by hand, the way cameras do it in each format.
QByteArray withOrientation(QByteArray file, const QString &extension, int orientation)
{
    const QByteArray exif = exifBlock(orientation);
    if (extension == "jpg") {
        const QByteArray payload = QByteArray("Exif\0\0", 6) + exif;
        const auto length = static_cast<quint16>(payload.size() + 2);
        const QByteArray head{"\xff\xe1"};
        return file.insert(2, head + static_cast<char>(length >> 8) + static_cast<char>(length & 0xff) + payload);
    }
    if (extension == "png")
        return file.insert(33, pngChunk("eXIf", exif)); // after signature and header chunk
    if (extension == "webp") {
        const int width = 24 - 1;
        const int height = 16 - 1;
        QByteArray extended = QByteArray("VP8X") + number(10, false) + number(0x08, false);
        extended += number(width, false).left(3) + number(height, false).left(3);
        file =
            file.left(12) + extended + file.mid(12) + "EXIF" + number(static_cast<quint32>(exif.size()), false) + exif;
        return file.replace(4, 4, number(static_cast<quint32>(file.size() - 8), false));
    }
    // TIFF: the writer puts the tag there; change its value (tag 274, SHORT, one value).
    const QByteArray tag("\x12\x01\x03\0\x01\0\0\0\x01\0\0\0", 12);
    const auto at = file.indexOf(tag);
    Q_ASSERT(at > 0);
    file[at + 8] = static_cast<char>(orientation);
    return file;
}

QByteArray readAll(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

std::span<const std::uint8_t> spanOf(const QByteArray &bytes)
{
    return {reinterpret_cast<const std::uint8_t *>(bytes.constData()), static_cast<std::size_t>(bytes.size())};
}

QString dataFile(const QString &name) { return QStringLiteral(BITLENS_SOURCE_DIR "/tests/engine/image/data/") + name; }

} // namespace

class TestCodec : public QObject {
    Q_OBJECT
private slots:
    void roundTrip_data()
    {
        QTest::addColumn<QString>("extension");
        QTest::addColumn<int>("channels");
        QTest::addColumn<bool>("sixteen");
        QTest::addColumn<QSize>("size");
        for (const QString extension : {"jpeg", "tiff", "PNG"})
            QTest::newRow(qPrintable("the name " + extension)) << extension << 3 << false << QSize(17, 13);
        for (const QString extension : {"png", "jpg", "tif", "webp", "bmp"})
            for (int channels = 1; channels <= 4; ++channels)
                for (const bool sixteen : {false, true})
                    for (const QSize size : {QSize(1, 1), QSize(133, 70)})
                        QTest::addRow("%s, %d channels, %d bit, %dx%d", qPrintable(extension), channels,
                                      sixteen ? 16 : 8, size.width(), size.height())
                            << extension << channels << sixteen << size;
    }
    void roundTrip()
    {
        QFETCH(QString, extension);
        QFETCH(int, channels);
        QFETCH(bool, sixteen);
        QFETCH(QSize, size);
        const Image original =
            test::picture({size.width(), size.height()}, channels, sixteen ? SampleType::U16 : SampleType::U8);
        const std::string path = m_folder.filePath("picture." + extension).toStdString();
        image::writeImage(original, path);
        const Image stored = image::asStored(original, path);
        const Image back = image::readImage(path);
        const image::ImageInfo info = image::readImageInfo(path);
        QCOMPARE(info.file, path);
        QCOMPARE(info.size, back.size());
        QCOMPARE(info.channels, back.channels());
        QCOMPARE(info.bits == 16, back.type() == SampleType::U16);

        const QString format = extension.toLower().left(3);
        // What each format can hold: checked here against the specification, not against the program's own table.
        const bool alpha = format == "png" || format == "tif" || format == "web";
        const bool deep = format == "png" || format == "tif";
        const int colours = channels < 3 && format != "web" ? 1 : 3;
        QCOMPARE(back.channels(), colours + (alpha && original.hasAlpha() ? 1 : 0));
        QCOMPARE(back.type(), deep && sixteen ? SampleType::U16 : SampleType::U8);
        QCOMPARE(back.size(), original.size());
        if (format == "jpg" || format == "jpe") {
            QVERIFY2(meanError(back, stored) <= kJpegMeanError, qPrintable(QString::number(meanError(back, stored))));
        } else if (format == "web" && original.hasAlpha()) {
            // The colour of fully transparent pixels may be lost, nothing else.
            QVERIFY(image::overWhite(back).samePixels(image::overWhite(stored)));
            QVERIFY(image::toPlanes(back).count() == image::toPlanes(stored).count());
            for (int x = 0; x < back.width(); ++x)
                QCOMPARE(test::sampleAt(back, x, 0, 3), test::sampleAt(stored, x, 0, 3));
        } else {
            QVERIFY(back.samePixels(stored));
            if (deep && alpha)
                QVERIFY(back.samePixels(original));
        }
    }

    /// The tolerance for JPEG would notice exchanged colours and a shifted picture.
    void jpegToleranceBites()
    {
        const Image original = test::picture({130, 70}, 3, SampleType::U8);
        Image exchanged = original;
        std::uint8_t *samples = exchanged.mutableBytes();
        for (std::size_t i = 0; i < original.byteCount(); i += 3)
            std::swap(samples[i], samples[i + 2]);
        QVERIFY(meanError(original, exchanged) > 2 * kJpegMeanError);
        QVERIFY(meanError(original.cropped({0, 0, 120, 70}), original.cropped({10, 0, 120, 70})) > kJpegMeanError);
    }

    void profileSurvives_data()
    {
        QTest::addColumn<QString>("extension");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("bytes");
        for (const QString extension : {"png", "jpg", "tif", "webp"})
            for (int channels = 1; channels <= 4; ++channels)
                for (const int bytes : {560, 200'001}) // one that needs several segments in JPEG, of odd length
                    QTest::addRow("%s, %d channels, %d bytes", qPrintable(extension), channels, bytes)
                        << extension << channels << bytes;
    }
    void profileSurvives()
    {
        QFETCH(QString, extension);
        QFETCH(int, channels);
        QFETCH(int, bytes);
        Image image = test::picture({30, 20}, channels, SampleType::U8);
        const auto profile = test::profile(channels < 3, static_cast<std::size_t>(bytes));
        image.setIccProfile(profile);
        const std::string path = m_folder.filePath("profile." + extension).toStdString();
        image::writeImage(image, path);
        const Image back = image::readImage(path);
        if (extension == "webp" && channels < 3) { // stored as RGB, which a profile of gray devices does not describe
            QVERIFY(back.iccProfile().empty());
            return;
        }
        QVERIFY(back.iccProfile() == profile);
    }

    void profileOfOtherDevicesIsLeftOut()
    {
        Image image = test::picture({8, 8}, 3, SampleType::U8);
        image.setIccProfile(test::profile(true));
        const std::string path = m_folder.filePath("other.png").toStdString();
        image::writeImage(image, path);
        QVERIFY(image::readImage(path).iccProfile().empty());
        image.setIccProfile(test::profile(false));
        image::writeImage(image, m_folder.filePath("other.bmp").toStdString()); // has no place for one
    }

    void orientationIsApplied_data()
    {
        QTest::addColumn<QString>("extension");
        QTest::addColumn<int>("orientation");
        QTest::addColumn<bool>("sixteen");
        for (const QString extension : {"png", "jpg", "tif", "webp"})
            for (int orientation = 1; orientation <= 8; ++orientation)
                for (const bool sixteen : {false, true})
                    if (!sixteen || extension == "tif" || extension == "png")
                        QTest::addRow("%s, %d, %d bit", qPrintable(extension), orientation, sixteen ? 16 : 8)
                            << extension << orientation << sixteen;
    }
    void orientationIsApplied()
    {
        QFETCH(QString, extension);
        QFETCH(int, orientation);
        QFETCH(bool, sixteen);
        const Image stored = test::picture({24, 16}, 3, sixteen ? SampleType::U16 : SampleType::U8);
        const QString path = m_folder.filePath(QString("turned%1.%2").arg(sixteen).arg(extension));
        if (!QFile::exists(path))
            image::writeImage(stored, path.toStdString());
        const QByteArray file = withOrientation(readAll(path), extension, orientation);
        const Image plain = image::readImage(path.toStdString());
        const Image back = image::readImage(spanOf(file), "turned");
        QCOMPARE(back.size(), orientation < 5 ? Size({24, 16}) : Size({16, 24}));
        // Where the stored first pixel and its right neighbour belong, from the tag's definition: the sides of the
        // scene at which the first row and the first column stand.
        const bool bottom = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
        const bool right = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
        const bool exchanged = orientation >= 5;
        const int x0 = right ? back.width() - 1 : 0;
        const int y0 = bottom ? back.height() - 1 : 0;
        const int stepX = right ? -1 : 1;
        const int stepY = bottom ? -1 : 1;
        for (int y = 0; y < 16; ++y)
            for (int x = 0; x < 24; ++x) {
                const int shownX = x0 + stepX * (exchanged ? y : x);
                const int shownY = y0 + stepY * (exchanged ? x : y);
                for (int channel = 0; channel < 3; ++channel)
                    QCOMPARE(test::sampleAt(back, shownX, shownY, channel), test::sampleAt(plain, x, y, channel));
            }
        if (orientation != 6)
            return;
        // Saved again, the picture is upright without a tag.
        const std::string again = m_folder.filePath("again." + extension).toStdString();
        image::writeImage(back, again);
        QCOMPARE(image::readImage(again).size(), back.size());
    }

    void damagedMetadataDoesNotMatter_data()
    {
        QTest::addColumn<QString>("extension");
        QTest::newRow("jpg") << "jpg";
        QTest::newRow("png") << "png";
        QTest::newRow("webp") << "webp";
    }
    void damagedMetadataDoesNotMatter()
    {
        QFETCH(QString, extension);
        const Image stored = test::picture({24, 16}, 3, SampleType::U8);
        const QString path = m_folder.filePath("exif." + extension);
        image::writeImage(stored, path.toStdString());
        const Image plain = image::readImage(path.toStdString());
        QByteArray file = withOrientation(readAll(path), extension, 3);
        const auto at = file.indexOf(exifBlock(3));
        QVERIFY(at > 0);
        for (const int where : {0, 4, 8, 10, 12, 14, 18}) { // order, offset, count, tag, type, number, value
            QByteArray damaged = file;
            damaged[at + where] = '\x7f';
            if (extension == "png") // keep the chunk's checksum right
                damaged.replace(at + 26, 4, number(checksum("eXIf" + damaged.mid(at, 26)), true));
            const Image back = image::readImage(spanOf(damaged), "damaged");
            // Where the tag is readable in spite of the damage, it counts.
            QVERIFY(back.samePixels(plain) || back.samePixels(image::upright(plain, 3)));
        }
    }

    void refusesWithReason_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("extension");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("words");
        const auto row = [](const char *name, const QByteArray &content, ErrorCode code, const char *words,
                            const char *extension = "png") {
            QTest::newRow(name) << content << QString(extension) << int(code) << QString(words);
        };
        row("empty", {}, ErrorCode::BrokenFile, "empty");
        row("text", "this is a text, not a picture", ErrorCode::UnknownFormat, "PNG, JPEG, TIFF, WebP, BMP");
        row("gif", "GIF89a\x01\0\x01\0", ErrorCode::UnknownFormat, "not an image of a known format");
        row("floating point TIFF", readAll(dataFile("float.tif")), ErrorCode::UnknownFormat, "floating point", "tif");
        row("animated WebP", readAll(dataFile("animated.webp")), ErrorCode::UnknownFormat, "animated", "webp");
        row("only a signature", QByteArray("\x89PNG\r\n\x1a\n", 8), ErrorCode::BrokenFile, "ends too early");
        row("50 bytes that claim 100000x100000", claim(100'000, 100'000).left(50), ErrorCode::BrokenFile,
            "100000x100000");
        row("the same with 4 more digits", claim(1'000'000'000, 1'000'000'000), ErrorCode::BrokenFile, "promises");
        row("no size", claim(0, 5), ErrorCode::BrokenFile, "impossible size");
        QByteArray jpeg = readAll(dataFile("progressive.jpg"));
        const auto frame = jpeg.indexOf(QByteArray("\xff\xc2", 2));
        jpeg.replace(frame + 5, 4, "\xff\xff\xff\xff");
        row("JPEG that claims 65535x65535", jpeg, ErrorCode::BrokenFile, "65535x65535", "jpg");
        QByteArray bmp = readAll(dataFile("topdown.bmp"));
        bmp.replace(18, 4, number(50'000, false));
        row("BMP that claims more", bmp, ErrorCode::BrokenFile, "promises", "bmp");
        QByteArray tiff = readAll(dataFile("bigendian.tif"));
        const QByteArray width("\x01\0\0\x04\0\0\0\x01\0\0\0\x18", 12);
        const QByteArray shortWidth("\x01\0\0\x03\0\0\0\x01\0\x18", 10);
        if (const auto at = tiff.indexOf(width); at >= 0)
            tiff.replace(at + 10, 2, "\xff\xff");
        else
            tiff.replace(tiff.indexOf(shortWidth) + 8, 2, "\xff\xff");
        row("TIFF that claims more", tiff, ErrorCode::BrokenFile, "promises", "tif");
    }
    void refusesWithReason()
    {
        QFETCH(QByteArray, content);
        QFETCH(QString, extension);
        QFETCH(int, code);
        QFETCH(QString, words);
        const std::string path = m_folder.filePath("refused." + extension).toStdString();
        test::writeBytes(path, {content.begin(), content.end()});
        for (const auto &action : std::vector<std::function<void()>>{
                 [&] { image::readImageInfo(path); }, [&] { image::readImage(path); },
                 [&] { image::readImage(path, {.allowLarge = true}); }, // no flag makes a lie true
                 [&] { image::readImage(spanOf(content), path); }}) {
            const auto error = errorOf(action);
            QVERIFY(error.has_value());
            QCOMPARE(int(error->code()), code);
            QCOMPARE(error->file(), path);
            QVERIFY2(error->detail().find(words.toStdString()) != std::string::npos, error->what());
        }
    }

    void absentFileAndFolder()
    {
        const std::string absent = m_folder.filePath("absent.png").toStdString();
        QCOMPARE(errorOf([&] { image::readImage(absent); })->code(), ErrorCode::NotFound);
        QCOMPARE(errorOf([&] { image::readImageInfo(absent); })->file(), absent);
        QCOMPARE(errorOf([&] { image::readImage(m_folder.path().toStdString()); })->code(), ErrorCode::NotReadable);
    }

    /// 65 megapixels of one colour: small as a file, truthful, and large.
    void largePicturesMustBeAllowed()
    {
        const std::string path = m_folder.filePath("large.png").toStdString();
        image::writeImage(Image({8125, 8000}, 1), path);
        const image::ImageInfo info = image::readImageInfo(path);
        QCOMPARE(info.size.pixels(), std::size_t(65'000'000));
        const auto error = errorOf([&] { image::readImage(path); });
        QVERIFY(error.has_value());
        QCOMPARE(error->code(), ErrorCode::TooLarge);
        QVERIFY(error->detail().find("8125x8000") != std::string::npos);
        QCOMPARE(image::readImage(path, {.allowLarge = true}).size(), info.size);
        QFile::remove(QString::fromStdString(path));
    }

    void largeMetadataBeforeTheHeader()
    {
        // The frame header stands behind 600 kB of profile: farther than what is read first.
        Image image = test::picture({30, 20}, 3, SampleType::U8);
        image.setIccProfile(test::profile(false, 600'000));
        const std::string path = m_folder.filePath("late.jpg").toStdString();
        image::writeImage(image, path);
        QCOMPARE(image::readImageInfo(path).size, image.size());
        QCOMPARE(image::readImageInfo(path).format, std::string("JPEG"));
    }

    void manyThreadsAtOnce()
    {
        Image image = test::picture({60, 40}, 3, SampleType::U8);
        image.setIccProfile(test::profile(false));
        std::atomic<int> good{0};
        std::vector<std::thread> threads;
        for (const char *extension : {"png", "jpg", "tif", "webp", "png", "jpg", "tif", "webp"})
            threads.emplace_back([&, extension, number = threads.size()] {
                const std::string path =
                    m_folder.filePath(QString("thread%1.%2").arg(number).arg(extension)).toStdString();
                image::writeImage(image, path);
                const Image back = image::readImage(path);
                good += back.size() == image.size() && back.iccProfile() == image.iccProfile() ? 1 : 0;
            });
        for (std::thread &thread : threads)
            thread.join();
        QCOMPARE(good.load(), 8);
    }

    void knowsImagesByName()
    {
        for (const char *name : {"a.png", "b.JPG", "c.jpeg", "d.tif", "e.TIFF", "f.webp", "g.bmp", "/h i/j.k.png"})
            QVERIFY2(image::looksLikeImage(name), name);
        for (const char *name : {"a", "png", "b.txt", "c.pth", "d.png.part", ""})
            QVERIFY2(!image::looksLikeImage(name), name);
        for (const std::string &extension : image::writableExtensions())
            QVERIFY(image::looksLikeImage("picture." + extension));
    }

private:
    /// A PNG of 45 bytes: header and an empty pixel chunk.
    static QByteArray claim(quint32 width, quint32 height)
    {
        const QByteArray header = number(width, true) + number(height, true) + QByteArray("\x08\x02\0\0\0", 5);
        return QByteArray("\x89PNG\r\n\x1a\n", 8) + pngChunk("IHDR", header) + pngChunk("IDAT", {});
    }

    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestCodec)
#include "tst_codec.moc"
