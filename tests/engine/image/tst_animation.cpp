// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/image/animation.h"
#include "engine/image/codec.h"
#include "engine/image/nearest.h"
#include "pictures.h"

#include <QTest>

#include <string>

#include <zlib.h>

using namespace bitlens;
using image::Image;
using image::SampleType;

namespace {

constexpr std::size_t kSignature = 8;

std::uint32_t number(const std::vector<std::uint8_t> &bytes, std::size_t at, std::size_t count = 4)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
        value = value << 8 | bytes.at(at + i);
    return value;
}

struct Chunk {
    std::string name;
    std::vector<std::uint8_t> data;
};

/// All chunks; one with the name "broken" stands for a wrong checksum.
std::vector<Chunk> chunksOf(const std::vector<std::uint8_t> &png)
{
    std::vector<Chunk> chunks;
    for (std::size_t at = kSignature; at + 12 <= png.size();) {
        const std::size_t length = number(png, at);
        Chunk chunk{std::string(png.begin() + static_cast<std::ptrdiff_t>(at + 4),
                                png.begin() + static_cast<std::ptrdiff_t>(at + 8)),
                    {png.begin() + static_cast<std::ptrdiff_t>(at + 8),
                     png.begin() + static_cast<std::ptrdiff_t>(at + 8 + length)}};
        if (crc32_z(0, png.data() + at + 4, length + 4) != number(png, at + 8 + length))
            chunk.name = "broken";
        chunks.push_back(std::move(chunk));
        at += length + 12;
    }
    return chunks;
}

void addChunk(std::vector<std::uint8_t> &png, const std::string &name, const std::vector<std::uint8_t> &data)
{
    const auto big = [&png](std::uint32_t value) {
        for (int shift = 24; shift >= 0; shift -= 8)
            png.push_back(static_cast<std::uint8_t>(value >> shift));
    };
    big(static_cast<std::uint32_t>(data.size()));
    const std::size_t from = png.size();
    png.insert(png.end(), name.begin(), name.end());
    png.insert(png.end(), data.begin(), data.end());
    big(static_cast<std::uint32_t>(crc32_z(0, png.data() + from, png.size() - from)));
}

/// The n-th frame (from 1 on) as a PNG of its own: its fdAT chunks are IDAT chunks behind a number.
std::vector<std::uint8_t> frameOf(const std::vector<std::uint8_t> &animation, int frame)
{
    std::vector<std::uint8_t> png(animation.begin(), animation.begin() + kSignature);
    int at = -1;
    for (const Chunk &chunk : chunksOf(animation)) {
        if (chunk.name == "IHDR")
            addChunk(png, "IHDR", chunk.data);
        if (chunk.name == "fcTL")
            ++at;
        if (chunk.name == "fdAT" && at == frame)
            addChunk(png, "IDAT", {chunk.data.begin() + 4, chunk.data.end()});
    }
    addChunk(png, "IEND", {});
    return png;
}

} // namespace

class TestAnimation : public QObject {
    Q_OBJECT
private slots:
    void framesAreLossless_data()
    {
        QTest::addColumn<int>("channels");
        QTest::addColumn<bool>("deep");
        QTest::addColumn<QSize>("size");
        QTest::newRow("colour") << 3 << false << QSize(70, 50);
        QTest::newRow("alpha") << 4 << false << QSize(33, 17);
        QTest::newRow("gray, 16 bit") << 1 << true << QSize(20, 20);
        QTest::newRow("one pixel") << 3 << false << QSize(1, 1);
        QTest::newRow("several chunks") << 3 << false << QSize(600, 400);
    }
    void framesAreLossless()
    {
        QFETCH(int, channels);
        QFETCH(bool, deep);
        QFETCH(QSize, size);
        std::vector<Image> frames;
        for (unsigned seed = 1; seed <= 3; ++seed)
            frames.push_back(
                test::picture({size.width(), size.height()}, channels, deep ? SampleType::U16 : SampleType::U8, seed));
        const auto bytes = image::encodeAnimation(frames, 700);
        // The first frame is what any reader of PNG sees.
        QVERIFY(image::readImage(bytes, "animation.png").samePixels(frames[0]));
        for (int frame = 1; frame < 3; ++frame)
            QVERIFY(image::readImage(frameOf(bytes, frame), "frame.png")
                        .samePixels(frames[static_cast<std::size_t>(frame)]));
        // Chunks in their order, numbered without gaps.
        const auto chunks = chunksOf(bytes);
        QCOMPARE(chunks[0].name, std::string("IHDR"));
        QCOMPARE(chunks[1].name, std::string("acTL"));
        QCOMPARE(number(chunks[1].data, 0), 3U);
        QCOMPARE(number(chunks[1].data, 4), 0U);
        QCOMPARE(chunks.back().name, std::string("IEND"));
        std::uint32_t sequence = 0;
        for (const Chunk &chunk : chunks) {
            QVERIFY(chunk.name != "broken");
            if (chunk.name == "fcTL" || chunk.name == "fdAT")
                QCOMPARE(number(chunk.data, 0), sequence++);
            if (chunk.name == "fcTL") {
                QCOMPARE(number(chunk.data, 4), static_cast<std::uint32_t>(size.width()));
                QCOMPARE(number(chunk.data, 20, 2), 700U);
                QCOMPARE(number(chunk.data, 22, 2), 1000U);
            }
        }
        QVERIFY(sequence >= 5U);
    }

    void whatDoesNotFitIsRefused()
    {
        const Image one = test::picture({4, 4}, 3, SampleType::U8, 1);
        const std::vector<std::vector<Image>> wrong{{},
                                                    {Image()},
                                                    {one, test::picture({4, 5}, 3, SampleType::U8, 1)},
                                                    {one, test::picture({4, 4}, 4, SampleType::U8, 1)}};
        for (const std::vector<Image> &frames : wrong)
            QVERIFY_EXCEPTION_THROWN(image::encodeAnimation(frames, 100), base::Error);
        for (const int milliseconds : {0, -1, 70000})
            QVERIFY_EXCEPTION_THROWN(image::encodeAnimation(std::vector<Image>{one}, milliseconds), base::Error);
    }

    void nearestRepeatsPixels()
    {
        const Image small = test::picture({7, 5}, 3, SampleType::U8, 3);
        const Image large = image::resizeNearest(small, {28, 20});
        for (int y = 0; y < 20; ++y)
            for (int x = 0; x < 28; ++x)
                for (int c = 0; c < 3; ++c)
                    QCOMPARE(large.line8(y)[3 * x + c], small.line8(y / 4)[3 * (x / 4) + c]);
        QVERIFY(image::resizeNearest(large, {7, 5}).samePixels(small));
        QVERIFY_EXCEPTION_THROWN(image::resizeNearest(small, {0, 5}), base::Error);
        QVERIFY_EXCEPTION_THROWN(image::resizeNearest(Image(), {5, 5}), base::Error);
    }
};

QTEST_APPLESS_MAIN(TestAnimation)
#include "tst_animation.moc"
