// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/codec.h"
#include "tests/app/cli/programrunner.h"
#include "tests/engine/compare/testpictures.h"

#include <QColorSpace>
#include <QStandardPaths>
#include <QTest>
#include <QtEndian>

#include <algorithm>

using namespace bitlens;
using test::ProgramResult;

namespace {

quint32 crc32(const QByteArray &bytes)
{
    quint32 crc = 0xFFFFFFFFU;
    for (const char byte : bytes) {
        crc ^= static_cast<quint8>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ (0xEDB88320U & (0U - (crc & 1U)));
    }
    return ~crc;
}

/// A PNG header that claims a size, with next to nothing behind it: some 50 bytes.
QByteArray hugePng(quint32 side)
{
    QByteArray header("IHDR");
    const quint32 bigEndian = qToBigEndian(side);
    header.append(reinterpret_cast<const char *>(&bigEndian), 4);
    header.append(reinterpret_cast<const char *>(&bigEndian), 4);
    header.append(QByteArray::fromHex("0802000000"));
    const auto chunk = [](const QByteArray &content) {
        const quint32 length = qToBigEndian(static_cast<quint32>(content.size() - 4));
        const quint32 crc = qToBigEndian(crc32(content));
        return QByteArray(reinterpret_cast<const char *>(&length), 4) + content
               + QByteArray(reinterpret_cast<const char *>(&crc), 4);
    };
    return QByteArray::fromHex("89504e470d0a1a0a") + chunk(header) + chunk("IDAT");
}

/// Peak resident memory of a run in bytes, as the "time" program measures it; 0 when it did not succeed.
qint64 peakMemory(const test::ProgramRunner &program, const QStringList &arguments)
{
    QProcess process;
    program.prepare(process, arguments);
    process.setArguments(QStringList{"-f", "%M", process.program()} + arguments);
    process.setProgram("time");
    process.start();
    if (!process.waitForFinished(test::ProgramRunner::kTimeoutMs) || process.exitCode() != 0)
        return 0;
    return process.readAllStandardError().trimmed().toLongLong() * 1024;
}

} // namespace

class TestCliImages : public QObject {
    Q_OBJECT

    test::ProgramRunner m_program;

    ProgramResult upscale(const QStringList &inputs, const QString &output, const QStringList &more = {}) const
    {
        return m_program.run(QStringList{"upscale"} + inputs + QStringList{"-o", output, "--model", m_program.model()}
                             + more);
    }

private slots:
    void keepsTheKind_data()
    {
        QTest::addColumn<int>("channels");
        QTest::addColumn<bool>("sixteen");
        QTest::addColumn<QString>("plan");
        QTest::newRow("RGB 8 bit") << 3 << false << "fp32";
        QTest::newRow("RGB 16 bit, quantized") << 3 << true << "int8";
        QTest::newRow("gray 8 bit, quantized") << 1 << false << "multi";
        QTest::newRow("gray 16 bit") << 1 << true << "fp32";
        QTest::newRow("RGBA 8 bit, quantized") << 4 << false << "int8";
        QTest::newRow("RGBA 16 bit") << 4 << true << "fp32";
    }

    void keepsTheKind()
    {
        QFETCH(int, channels);
        QFETCH(bool, sixteen);
        QFETCH(QString, plan);
        const image::SampleType type = sixteen ? image::SampleType::U16 : image::SampleType::U8;
        const QString input = m_program.path("kind.png");
        const QString output = m_program.path("kind_out.png");
        image::writeImage(test::patternPicture({30, 20}, channels, type), input.toStdString());
        const ProgramResult result = upscale({input}, output, {"--plan", plan});
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        QVERIFY(result.output.contains(output));
        const image::Image picture = image::readImage(output.toStdString());
        QVERIFY(picture.size() == (image::Size{120, 80}));
        QCOMPARE(picture.channels(), channels);
        QVERIFY(picture.type() == type);
        if (sixteen) {
            // More than 8 bits of it are used: some samples are no multiple of 257.
            bool fine = false;
            for (int x = 0; x < picture.width(); ++x)
                fine = fine || picture.line16(40)[x * channels] % 257 != 0;
            QVERIFY(fine);
        }
    }

    void transparencyHasNoFringe()
    {
        // A dark disc on invisible white.
        image::Image input = test::patternPicture({40, 40}, 4);
        std::uint8_t *bytes = input.mutableBytes();
        for (int i = 0; i < 40 * 40; ++i)
            std::fill_n(bytes + 4 * i, 3, static_cast<std::uint8_t>(bytes[4 * i + 3] == 0 ? 255 : 50));
        const QString path = m_program.path("disc.png");
        const QString output = m_program.path("disc_out.png");
        image::writeImage(input, path.toStdString());
        const ProgramResult result = upscale({path}, output);
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        // The same disc without transparency, dark all over: what its colours should be.
        image::Image dark({40, 40}, 3);
        std::fill_n(dark.mutableBytes(), dark.byteCount(), std::uint8_t{50});
        const QString darkPath = m_program.path("dark.png");
        const QString darkOutput = m_program.path("dark_out.png");
        image::writeImage(dark, darkPath.toStdString());
        QCOMPARE(upscale({darkPath}, darkOutput).exitCode, 0);
        const image::Image expected = image::readImage(darkOutput.toStdString());
        const image::Image picture = image::readImage(output.toStdString());
        // Zero padding at the picture's edge is not what is looked at here.
        for (int y = 40; y < 120; ++y)
            for (int x = 40; x < 120; ++x)
                if (picture.line8(y)[4 * x + 3] > 0)
                    for (int channel = 0; channel < 3; ++channel)
                        QVERIFY(std::abs(picture.line8(y)[4 * x + channel] - expected.line8(y)[3 * x + channel]) <= 1);
        QCOMPARE(int(picture.line8(2)[4 * 2 + 3]), 0);
        QCOMPARE(int(picture.line8(80)[4 * 80 + 3]), 255);
    }

    void profileIsKept()
    {
        const QString input = m_program.path("profile.png");
        const QString output = m_program.path("profile_out.png");
        image::Image picture = test::patternPicture({16, 16});
        const QByteArray profile = QColorSpace(QColorSpace::DisplayP3).iccProfile();
        picture.setIccProfile({profile.begin(), profile.end()});
        image::writeImage(picture, input.toStdString());
        const ProgramResult result = upscale({input}, output);
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        QVERIFY(image::readImage(output.toStdString()).iccProfile() == picture.iccProfile());
        QVERIFY(!picture.iccProfile().empty());
    }

    void aFolderTakesEachInputAndOneFailureStopsNone()
    {
        const QString broken = QString::fromStdString(test::writeTestFile(
            m_program.path("").toStdString(), "middle.png", std::string("\x89PNG\r\n\x1a\nnot really")));
        for (const char *name : {"first.png", "last.png"})
            image::writeImage(test::patternPicture({12, 10}), m_program.path(name).toStdString());
        const ProgramResult result =
            upscale({m_program.path("first.png"), broken, m_program.path("last.png")}, m_program.path("many"));
        QCOMPARE(result.exitCode, 1);
        QVERIFY(result.messages.contains("middle.png"));
        QCOMPARE(m_program.files("many"), QStringList({"first_x4.png", "last_x4.png"}));
    }

    void outputFormats_data()
    {
        QTest::addColumn<QString>("extension");
        for (const std::string &extension : image::writableExtensions())
            QTest::newRow(extension.c_str()) << QString::fromStdString(extension);
    }

    void outputFormats()
    {
        QFETCH(QString, extension);
        const QString input = m_program.path("format.png");
        image::writeImage(test::patternPicture({12, 10}), input.toStdString());
        const QString output = m_program.path("format_out." + extension);
        const ProgramResult result = upscale({input}, output);
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        QVERIFY(image::readImage(output.toStdString()).size() == (image::Size{48, 40}));
    }

    void aHugeClaimIsRefusedAtOnce()
    {
        QFile file(m_program.path("huge.png"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(hugePng(100000));
        file.close();
        for (const QStringList &more : {QStringList{}, QStringList{"--allow-large"}}) {
            const ProgramResult result = upscale({file.fileName()}, m_program.path("huge_out.png"), more);
            QCOMPARE(result.exitCode, 1);
            QVERIFY2(result.messages.contains("huge.png"), qPrintable(result.messages));
            QVERIFY(!QFile::exists(m_program.path("huge_out.png")));
        }
    }

    void largeImagesNeedPermission()
    {
        // 65 megapixels of one colour: a few kilobytes as a file. Only the refusal is tried; the rest takes minutes.
        image::Image large({8200, 8000}, 1);
        const QString input = m_program.path("large.png");
        image::writeImage(large, input.toStdString());
        const ProgramResult result = upscale({input}, m_program.path("large_out.png"));
        QCOMPARE(result.exitCode, 1);
        QVERIFY2(result.messages.contains("large.png"), qPrintable(result.messages));
        QVERIFY2(result.messages.contains("large", Qt::CaseInsensitive), qPrintable(result.messages));
    }

    void aBudgetOfMemoryIsKept()
    {
        if (QStandardPaths::findExecutable("time").isEmpty())
            QSKIP("the program \"time\" is not installed");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        QSKIP("a sanitizer keeps memory of its own; the plain build measures the program's");
#endif
        test::SrganShape shape;
        shape.channels = 64;
        shape.blocks = 1;
        const QString model = QString::fromStdString(test::writeTestFile(
            m_program.path("").toStdString(), "wide.safetensors", test::safetensorsBytes(test::syntheticState(shape))));
        const QString small = m_program.path("small.png");
        const QString photo = m_program.path("photo.png");
        image::writeImage(test::patternPicture({16, 16}), small.toStdString());
        image::writeImage(test::patternPicture({450, 300}), photo.toStdString());
        const QString output = m_program.path("memory_out.png");
        const auto measure = [&](const QString &input, const QString &budget) {
            return peakMemory(m_program, {"upscale", input, "-o", output, "--model", model, "--memory", budget});
        };
        // What the program and its libraries take once they have been used at all.
        const qint64 empty = measure(small, "1G");
        QVERIFY(empty > 0);
        constexpr qint64 kBudget = 200LL << 20;
        const qint64 kept = measure(photo, "200M");
        QVERIFY(kept > 0);
        QVERIFY2(kept - empty <= kBudget, qPrintable(QString::number(kept - empty)));
        // A budget that is none shows that the test would notice.
        const qint64 free = measure(photo, "3G");
        QVERIFY2(free - empty > kBudget, qPrintable(QString::number(free - empty)));
    }
};

QTEST_GUILESS_MAIN(TestCliImages)
#include "tst_cliimages.moc"
