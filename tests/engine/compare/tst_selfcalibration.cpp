// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/selfcalibration.h"

#include "tests/engine/compare/testpictures.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <algorithm>

using namespace bitlens;

namespace {

std::size_t pixelsOf(const std::vector<image::Planes> &pictures)
{
    std::size_t pixels = 0;
    for (const image::Planes &picture : pictures)
        pixels += picture.planeSize();
    return pixels;
}

} // namespace

class TestSelfCalibration : public QObject {
    Q_OBJECT
private slots:
    void smallPicturesAreTakenWhole()
    {
        const image::Image picture = test::patternPicture({100, 80});
        const std::vector<image::Planes> chosen = compare::calibrationPictures(std::span(&picture, 1), 16384);
        QCOMPARE(chosen.size(), std::size_t{1});
        QVERIFY(chosen[0].size() == picture.size());
    }

    void largePicturesAreBounded_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::newRow("photo") << 600 << 400;
        QTest::newRow("wide") << 4000 << 30;
        QTest::newRow("tall") << 30 << 4000;
        QTest::newRow("just over") << 130 << 128;
    }

    void largePicturesAreBounded()
    {
        QFETCH(int, width);
        QFETCH(int, height);
        const image::Image picture = test::patternPicture({width, height});
        const std::vector<image::Planes> chosen = compare::calibrationPictures(std::span(&picture, 1), 16384);
        QVERIFY(chosen.size() >= 2);
        QVERIFY(pixelsOf(chosen) <= 16384);
        QVERIFY(pixelsOf(chosen) >= 16384 / 4);
        // The last one is the picture as a whole, shrunk.
        QVERIFY(chosen.back().width() < width || chosen.back().height() < height);
    }

    void cropsOfHighContrastAreAmongThem()
    {
        // Flat gray with one busy place: its samples must be seen.
        image::Image picture({640, 640}, 3);
        std::fill_n(picture.mutableBytes(), picture.byteCount(), std::uint8_t{128});
        for (int y = 330; y < 350; ++y)
            for (int x = 400; x < 420; ++x)
                std::fill_n(picture.mutableBytes() + picture.bytesPerLine() * y + x * 3, 3,
                            static_cast<std::uint8_t>((x + y) % 2 == 0 ? 0 : 255));
        const std::vector<image::Planes> chosen = compare::calibrationPictures(std::span(&picture, 1), 16384);
        float highest = 0.0F;
        float lowest = 1.0F;
        for (const image::Planes &part : chosen) {
            highest = std::max(highest, *std::max_element(part.data(), part.data() + part.count()));
            lowest = std::min(lowest, *std::min_element(part.data(), part.data() + part.count()));
        }
        QCOMPARE(highest, 1.0F);
        QCOMPARE(lowest, 0.0F);
    }

    void alphaIsCalibratedOnToo()
    {
        const image::Image picture = test::patternPicture({60, 60}, 4);
        const std::vector<image::Planes> chosen = compare::calibrationPictures(std::span(&picture, 1), 16384);
        QCOMPARE(chosen.size(), std::size_t{2});
        QCOMPARE(*std::min_element(chosen[1].data(), chosen[1].data() + chosen[1].count()), 0.0F);
    }

    void manyPicturesShareThePixels()
    {
        std::vector<image::Image> pictures(10, test::patternPicture({200, 200}));
        QVERIFY(pixelsOf(compare::calibrationPictures(pictures, 100000)) <= 100000);
        QVERIFY(compare::calibrationPictures({}, 100000).empty());
    }

    void heavyGeneratorsGetFewerPixels()
    {
        test::RrdbShape heavy;
        heavy.blocks = 4;
        heavy.channels = 64;
        heavy.growth = 32;
        test::SrganShape light;
        const std::size_t few = compare::calibrationPixels(*test::syntheticGenerator(heavy));
        const std::size_t many = compare::calibrationPixels(*test::syntheticGenerator(light));
        QVERIFY(few < many);
        QVERIFY(few >= 128 * 128);
    }
};

QTEST_GUILESS_MAIN(TestSelfCalibration)
#include "tst_selfcalibration.moc"
