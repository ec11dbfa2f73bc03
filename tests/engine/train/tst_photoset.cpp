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

#include <algorithm>
#include <cmath>
#include <ctime>
#include <random>
#include <thread>

using namespace bitlens;

namespace {

/// Of the work of two threads; half of it when nothing else runs.
constexpr double kLeastShareOfOthers = 0.05;
constexpr int kAttempts = 10;

double cpuSeconds(clockid_t clock)
{
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

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

    void threadsReadTheSameInTheSameOrder()
    {
        const QTemporaryDir folder;
        for (int i = 0; i < 20; ++i) {
            const std::string path = folder.filePath(QString("%1.png").arg(i, 2, 10, QChar('0'))).toStdString();
            if (i % 7 == 3)
                base::writeFileAtomically(path, std::string("not a picture"));
            else
                image::writeImage(noise(i % 5 == 2 ? 20 : 600 + 4 * i, 700, static_cast<unsigned>(i)), path);
        }
        const base::ThreadPool pool(2);
        const auto alone = train::PhotoSet::load(folder.path().toStdString(), 4, 32, {});
        double byOthers = 0.0;
        // On a busy machine the other thread may come too late to one of them.
        for (int attempt = 0; attempt < kAttempts && byOthers < kLeastShareOfOthers; ++attempt) {
            base::Job job;
            std::vector<double> progress;
            const auto caller = std::this_thread::get_id();
            job.progress = [&](double fraction, const std::string &) {
                progress.push_back(std::this_thread::get_id() == caller ? fraction : -1.0);
            };
            const double own = cpuSeconds(CLOCK_THREAD_CPUTIME_ID);
            const double all = cpuSeconds(CLOCK_PROCESS_CPUTIME_ID);
            const auto set = train::PhotoSet::load(folder.path().toStdString(), 4, 32, job, &pool);
            byOthers = 1.0 - (cpuSeconds(CLOCK_THREAD_CPUTIME_ID) - own) / (cpuSeconds(CLOCK_PROCESS_CPUTIME_ID) - all);
            QCOMPARE(set.size(), alone.size());
            QCOMPARE(set.skipped(), alone.skipped());
            for (std::size_t i = 0; i < set.size(); ++i)
                QVERIFY(set.photo(i).high.samePixels(alone.photo(i).high)
                        && set.photo(i).low.samePixels(alone.photo(i).low));
            QVERIFY(progress.size() > 1 && progress.front() == 0.0 && progress.back() < 1.0);
            QVERIFY(std::is_sorted(progress.begin(), progress.end()));
        }
        QVERIFY2(byOthers >= kLeastShareOfOthers, qPrintable(QString::number(byOthers)));

        base::Job cancelled;
        cancelled.progress = [&](double fraction, const std::string &) {
            if (fraction > 0.0)
                cancelled.cancel.cancel();
        };
        QVERIFY_EXCEPTION_THROWN(train::PhotoSet::load(folder.path().toStdString(), 4, 32, cancelled, &pool),
                                 base::Cancelled);
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
