// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/image/codec.h"
#include "engine/image/resample.h"
#include "engine/train/photoset.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <random>

using namespace bitlens;

namespace {

image::Image noise(int width, int height, unsigned seed)
{
    image::Image image({width, height}, 3);
    std::mt19937 random(seed);
    std::uint8_t *bytes = image.mutableBytes();
    for (std::size_t i = 0; i < image.byteCount(); ++i)
        bytes[i] = static_cast<std::uint8_t>(random() & 255U);
    return image;
}

} // namespace

class TestPhotoSet : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

private slots:
    void initTestCase()
    {
        image::writeImage(noise(70, 53, 1), m_folder.filePath("a.png").toStdString());
        image::writeImage(noise(40, 64, 2), m_folder.filePath("b.png").toStdString());
        image::writeImage(noise(20, 20, 3), m_folder.filePath("small.png").toStdString());
        base::writeFileAtomically(m_folder.filePath("broken.png").toStdString(), std::string("not a picture"));
        base::writeFileAtomically(m_folder.filePath("notes.txt").toStdString(), std::string("text"));
    }

    void whatCannotBeUsedIsNamedAndTheRestIsLoaded()
    {
        const auto set = train::PhotoSet::load(m_folder.path().toStdString(), 4, 32, {});
        QCOMPARE(set.size(), std::size_t(2));
        QCOMPARE(set.skipped().size(), std::size_t(2));
        QVERIFY(set.skipped()[0].find("broken.png") != std::string::npos);
        QVERIFY(set.skipped()[1].find("small.png") != std::string::npos);
        // Cut to multiples of the scale, and shrunk exactly as the test sets are.
        QCOMPARE(set.photo(0).high.size(), (image::Size{68, 52}));
        QVERIFY(set.photo(0).low.samePixels(image::resizeBicubic(set.photo(0).high, {17, 13})));
    }

    void emptyAndAbsentFoldersAreErrorsThatNameThem()
    {
        const QTemporaryDir empty;
        for (const QString &folder : {empty.path(), empty.filePath("absent")}) {
            try {
                train::PhotoSet::load(folder.toStdString(), 4, 32, {});
                QFAIL("loaded nothing");
            } catch (const base::Error &error) {
                QCOMPARE(error.code(), base::ErrorCode::NotFound);
                QCOMPARE(error.file(), folder.toStdString());
            }
        }
    }

    void batchesFollowTheSeed()
    {
        const auto set = train::PhotoSet::load(m_folder.path().toStdString(), 4, 32, {});
        const train::PhotoSet::BatchShape shape{.count = 3, .side = 32, .candidates = 2};
        QCOMPARE(set.batch(shape, 5).high, set.batch(shape, 5).high);
        QVERIFY(set.batch(shape, 5).high != set.batch(shape, 6).high);
        QCOMPARE(set.batch(shape, 5).high.size(), std::size_t(3 * 3 * 32 * 32));
        QCOMPARE(set.batch(shape, 5).low.size(), std::size_t(3 * 3 * 8 * 8));
    }

    void lowAndHighCropsShowTheSamePlace()
    {
        const auto set = train::PhotoSet::load(m_folder.path().toStdString(), 4, 32, {});
        const train::PhotoSet::BatchShape shape{.count = 8, .side = 32, .candidates = 1};
        const auto batch = set.batch(shape, 11);
        const std::size_t highPlane = 32 * 32;
        const std::size_t lowPlane = 8 * 8;
        double aligned = 0.0;
        double shifted = 0.0;
        for (std::size_t item = 0; item < 8; ++item) {
            for (std::size_t y = 1; y < 7; ++y) {
                for (std::size_t x = 1; x < 6; ++x) {
                    double mean = 0.0;
                    for (std::size_t i = 0; i < 16; ++i)
                        mean += batch.high[item * 3 * highPlane + (4 * y + i / 4) * 32 + 4 * x + i % 4] / 16.0;
                    const float *low = batch.low.data() + item * 3 * lowPlane + y * 8 + x;
                    aligned += std::abs(low[0] - mean);
                    shifted += std::abs(low[1] - mean);
                }
            }
        }
        // A low sample is about the mean of its 4x4 high samples; its neighbour's is not (noise is uncorrelated).
        QVERIFY2(aligned < 0.6 * shifted, qPrintable(QString("%1 against %2").arg(aligned).arg(shifted)));
    }
};

QTEST_APPLESS_MAIN(TestPhotoSet)
#include "tst_photoset.moc"
