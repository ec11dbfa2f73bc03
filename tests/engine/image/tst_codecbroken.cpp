// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/image/codec.h"
#include "pictures.h"

#include <QDataStream>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <random>

#include <zlib.h>

using namespace bitlens;
using base::ErrorCode;
using image::Image;
using image::SampleType;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Mutated files per kind of file. BITLENS_MUTATIONS sets another number for a longer search.
constexpr int kMutations = 200;

int mutations()
{
    const int wanted = qEnvironmentVariableIntValue("BITLENS_MUTATIONS");
    return wanted > 0 ? wanted : kMutations;
}

const std::string kName = "some folder/broken picture";

/// Reads; an error must be one that a person can act upon. Returns whether a picture came out.
bool opens(const Bytes &bytes)
{
    try {
        const Image image = image::readImage(bytes, kName);
        if (image.isNull() || image.channels() < 1 || image.channels() > 4)
            qFatal("a picture without a shape");
        return true;
    } catch (const base::Error &error) {
        const ErrorCode code = error.code();
        const bool expected = code == ErrorCode::BrokenFile || code == ErrorCode::UnknownFormat
                              || code == ErrorCode::TooLarge || code == ErrorCode::OutOfMemory;
        if (!expected || error.file() != kName || error.detail().size() < 10)
            qFatal("an error of the wrong kind or without words: %s", error.what());
        return false;
    }
}

Bytes readAll(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s is missing", qPrintable(path));
    const QByteArray bytes = file.readAll();
    return {bytes.begin(), bytes.end()};
}

} // namespace

class TestCodecBroken : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        for (const char *extension : {"png", "jpg", "tif", "webp", "bmp"})
            for (int channels = 1; channels <= 4; ++channels) {
                Image image = test::picture({37, 23}, channels, channels % 2 == 0 ? SampleType::U16 : SampleType::U8);
                if (channels >= 3)
                    image.setIccProfile(test::profile(false, 300));
                m_files.emplace_back(QString("own %1, %2 channels").arg(extension).arg(channels),
                                     test::encoded(image, extension, m_folder.path().toStdString()));
            }
        const QDir data(QStringLiteral(BITLENS_SOURCE_DIR "/tests/engine/image/data"));
        for (const QString &name : data.entryList({"*.png", "*.jpg", "*.tif", "*.webp", "*.bmp"}))
            m_files.emplace_back(name, readAll(data.filePath(name)));
    }

    /// A file that lacks its end is no picture, wherever it is cut.
    void truncated_data() { files(); }
    void truncated()
    {
        QFETCH(int, index);
        const auto &[name, bytes] = m_files[static_cast<std::size_t>(index)];
        if (!opens(bytes))
            return; // one of those that are refused on purpose
        const std::size_t step = std::max<std::size_t>(1, bytes.size() / 60);
        for (std::size_t size = 0; size < bytes.size(); size += step)
            QVERIFY2(!opens({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}),
                     qPrintable(QString("%1 opens with %2 of %3 bytes").arg(name).arg(size).arg(bytes.size())));
        for (std::size_t missing = 1; missing <= std::min<std::size_t>(endOf(name), bytes.size()); ++missing)
            QVERIFY2(!opens({bytes.begin(), bytes.end() - static_cast<std::ptrdiff_t>(missing)}),
                     qPrintable(QString("%1 opens without its last %2 bytes").arg(name).arg(missing)));
    }

    /// Flipped, overwritten, removed, doubled and exchanged bytes: a picture or an error, nothing else.
    void mutated_data() { files(); }
    void mutated()
    {
        QFETCH(int, index);
        const Bytes &bytes = m_files[static_cast<std::size_t>(index)].second;
        std::mt19937 random(static_cast<unsigned>(index) + 1);
        int opened = 0;
        for (int i = 0; i < mutations(); ++i)
            opened += opens(mutatedCopy(bytes, random)) ? 1 : 0;
        QVERIFY(opened < mutations());
    }

    /// Not a bit of a PNG's pixels can change unnoticed.
    void damagedPixelsOfPng()
    {
        const Bytes bytes = m_files.front().second;
        const std::string pixels = "IDAT";
        const auto at = std::search(bytes.begin(), bytes.end(), pixels.begin(), pixels.end()) - bytes.begin();
        for (std::size_t i = static_cast<std::size_t>(at) + 4; i < bytes.size() - 12; ++i) {
            Bytes copy = bytes;
            copy[i] ^= 0x10;
            QVERIFY2(!opens(copy), qPrintable(QString::number(i)));
        }
    }

    /// What libjpeg would fill with gray and a warning: pixels missing in the middle, with the end marker in place.
    void missingMiddleOfJpeg_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("baseline") << "subsampled.jpg";
        QTest::newRow("progressive") << "progressive.jpg";
        QTest::newRow("gray") << "gray.jpg";
    }
    void missingMiddleOfJpeg()
    {
        QFETCH(QString, name);
        Bytes bytes = readAll(QStringLiteral(BITLENS_SOURCE_DIR "/tests/engine/image/data/") + name);
        QVERIFY(opens(bytes));
        bytes.erase(bytes.end() - 40, bytes.end() - 2);
        QVERIFY(!opens(bytes));
    }

    /// Checksums and structure are right; the pixel stream just ends after half of the rows.
    void missingRowsOfPng()
    {
        const auto chunk = [](const QByteArray &name, const QByteArray &data) {
            const QByteArray body = name + data;
            const auto sum =
                crc32_z(0, reinterpret_cast<const Bytef *>(body.constData()), static_cast<z_size_t>(body.size()));
            QByteArray bytes;
            QDataStream stream(&bytes, QIODevice::WriteOnly);
            stream << static_cast<quint32>(data.size());
            stream.writeRawData(body.constData(), static_cast<int>(body.size()));
            stream << static_cast<quint32>(sum);
            return bytes;
        };
        for (const int rows : {20, 10, 19, 0}) {
            const QByteArray header("\0\0\0\x1e\0\0\0\x14\x08\0\0\0\0", 13); // 30x20, gray
            const QByteArray pixels = qCompress(QByteArray(31 * rows, '\0')).mid(4);
            const QByteArray file =
                QByteArray("\x89PNG\r\n\x1a\n", 8) + chunk("IHDR", header) + chunk("IDAT", pixels) + chunk("IEND", {});
            QCOMPARE(opens({file.begin(), file.end()}), rows == 20);
        }
    }

    /// A start of one format glued to the rest of another.
    void spliced()
    {
        std::mt19937 random(7);
        for (int i = 0; i < 5 * mutations(); ++i) {
            const Bytes &head = m_files[random() % m_files.size()].second;
            const Bytes &tail = m_files[random() % m_files.size()].second;
            Bytes both(head.begin(), head.begin() + static_cast<std::ptrdiff_t>(random() % head.size()));
            both.insert(both.end(), tail.begin() + static_cast<std::ptrdiff_t>(random() % tail.size()), tail.end());
            opens(both);
        }
    }

    void noise()
    {
        std::mt19937 random(9);
        const std::vector<Bytes> signatures{{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'},
                                            {0xff, 0xd8, 0xff},
                                            {'I', 'I', 42, 0},
                                            {'M', 'M', 0, 42},
                                            {'I', 'I', 43, 0, 8, 0},
                                            {'B', 'M'},
                                            {'R', 'I', 'F', 'F', 40, 0, 0, 0, 'W', 'E', 'B', 'P', 'V', 'P', '8', 'L'},
                                            {}};
        for (int i = 0; i < 10 * mutations(); ++i) {
            Bytes bytes = signatures[random() % signatures.size()];
            const std::size_t size = random() % 300;
            for (std::size_t k = 0; k < size; ++k)
                bytes.push_back(static_cast<std::uint8_t>(random()));
            opens(bytes);
        }
    }

private:
    void files()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < m_files.size(); ++i)
            QTest::newRow(qPrintable(m_files[i].first)) << static_cast<int>(i);
    }

    /// How many bytes at the end are looked at one by one. Other programs may leave unused bytes there in TIFF.
    static std::size_t endOf(const QString &name) { return name.endsWith(".tif") ? 0 : 16; }

    static Bytes mutatedCopy(const Bytes &bytes, std::mt19937 &random)
    {
        Bytes copy = bytes;
        const int changes = 1 + static_cast<int>(random() % 4);
        for (int change = 0; change < changes; ++change) {
            // Headers are where the decisions are: every other change is there.
            const std::size_t reach = random() % 2 == 0 ? std::min<std::size_t>(copy.size(), 64) : copy.size();
            const std::size_t at = random() % reach;
            const auto place = copy.begin() + static_cast<std::ptrdiff_t>(at);
            switch (random() % 5) {
            case 0:
                *place ^= static_cast<std::uint8_t>(1U << random() % 8);
                break;
            case 1:
                *place = random() % 2 == 0 ? 0xff : 0;
                break;
            case 2:
                std::fill(place, place + static_cast<std::ptrdiff_t>(std::min<std::size_t>(4, copy.size() - at)),
                          static_cast<std::uint8_t>(random()));
                break;
            case 3:
                copy.erase(place);
                break;
            default:
                copy.insert(place, *place);
                break;
            }
            if (copy.empty())
                break;
        }
        return copy;
    }

    QTemporaryDir m_folder;
    std::vector<std::pair<QString, Bytes>> m_files;
};

QTEST_GUILESS_MAIN(TestCodecBroken)
#include "tst_codecbroken.moc"
