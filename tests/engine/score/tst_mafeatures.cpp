// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/codec.h"
#include "engine/score/mafeatureparts.h"
#include "engine/score/mafeatures.h"
#include "tests/engine/score/mareference.h"
#include "tests/engine/score/pictures.h"

#include <QTest>

#include <fstream>
#include <span>
#include <vector>

using namespace bitlens;
using namespace bitlens::score;
using bitlens::test::flat;
using bitlens::test::sharedFile;
using bitlens::test::synthetic;

namespace {

/// Relative: references have 12 or 13 digits, and sums of a million terms in another order differ by 1e-12.
constexpr double kTolerance = 1e-9;

double worst(std::span<const double> values, std::span<const double> reference)
{
    double largest = values.size() == reference.size() ? 0.0 : 1.0;
    for (std::size_t i = 0; i < std::min(values.size(), reference.size()); ++i)
        largest = std::max(largest, std::abs(values[i] - reference[i]) / std::abs(reference[i]));
    return largest;
}

std::vector<double> numbersIn(const std::string &path)
{
    std::ifstream file(path);
    std::vector<double> numbers;
    for (double number; file >> number;)
        numbers.push_back(number);
    return numbers;
}

bool sameBits(const MaFeatures &a, const MaFeatures &b)
{
    return a.block == b.block && a.wavelet == b.wavelet && a.singular == b.singular;
}

} // namespace

class TestMaFeatures : public QObject {
    Q_OBJECT

    const base::ThreadPool m_pool{2};

    /// The shared picture `name` and its three reference files; false when they are not here.
    bool readReference(const std::string &name, image::Image &image, std::vector<double> (&reference)[3]) const
    {
        const std::string start = "data/pi/" + name;
        const std::string path = sharedFile(start + ".png");
        if (path.empty())
            return false;
        image = image::readImage(path);
        reference[0] = numbersIn(sharedFile(start + "_f1_dct18.txt"));
        reference[1] = numbersIn(sharedFile(start + "_f2_gsm45.txt"));
        reference[2] = numbersIn(sharedFile(start + "_f3_svd75.txt"));
        return true;
    }

private slots:
    void agreeWithTheReferenceOnSyntheticPictures()
    {
        const MaFeaturesResult tall = maFeatures(synthetic(203, 301, 1), m_pool);
        QVERIFY(tall.features);
        QVERIFY(worst(tall.features->block, test::kBlock203x301) < kTolerance);
        QVERIFY(worst(tall.features->wavelet, test::kWavelet203x301) < kTolerance);
        QVERIFY(worst(tall.features->singular, test::kSingular203x301) < kTolerance);
        const MaFeaturesResult wide = maFeatures(synthetic(311, 215, 7), m_pool);
        QVERIFY(wide.features);
        QVERIFY(worst(wide.features->block, test::kBlock311x215) < kTolerance);
        QVERIFY(worst(wide.features->wavelet, test::kWavelet311x215) < kTolerance);
        QVERIFY(worst(wide.features->singular, test::kSingular311x215) < kTolerance);
    }

    void agreeWithTheReferenceFiles_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("peppers") << "peppers";
        QTest::newRow("baboon") << "baboon";
    }

    void agreeWithTheReferenceFiles()
    {
        QFETCH(QString, name);
        image::Image image;
        std::vector<double> reference[3];
        if (!readReference(name.toStdString(), image, reference))
            QSKIP("the shared data is not here");
        const MaFeaturesResult result = maFeatures(image, m_pool);
        QVERIFY(result.features);
        QVERIFY(worst(result.features->block, reference[0]) < kTolerance);
        QVERIFY(worst(result.features->wavelet, reference[1]) < kTolerance);
        QVERIFY(worst(result.features->singular, reference[2]) < kTolerance);
    }

    void wrongStepsAreCaught()
    {
        const image::Image image = synthetic(203, 301, 1);
        const auto features = [&](const detail::MaVariant &variant) {
            return *detail::maFeaturesOfVariant(image, variant, m_pool, {}).features;
        };
        const MaFeatures shaved = features({3, true, false});
        QVERIFY(worst(shaved.block, test::kBlock203x301) > 2 * kTolerance);
        QVERIFY(worst(shaved.wavelet, test::kWavelet203x301) > 2 * kTolerance);
        QVERIFY(worst(shaved.singular, test::kSingular203x301) > 2 * kTolerance);
        const MaFeatures gray = features({4, false, false});
        QVERIFY(worst(gray.block, test::kBlock203x301) > 2 * kTolerance);
        QVERIFY(worst(gray.wavelet, test::kWavelet203x301) > 2 * kTolerance);
        QVERIFY(worst(gray.singular, test::kSingular203x301) > 2 * kTolerance);
        const MaFeatures parent = features({4, true, true});
        QVERIFY(worst(parent.wavelet, test::kWavelet203x301) > 2 * kTolerance);
    }

    void wrongParentIsCaughtOnPeppers()
    {
        image::Image image;
        std::vector<double> reference[3];
        if (!readReference("peppers", image, reference))
            QSKIP("the shared data is not here");
        const auto result = detail::maFeaturesOfVariant(image, {4, true, true}, m_pool, {});
        QVERIFY(worst(result.features->wavelet, reference[1]) > 2 * kTolerance);
    }

    void sameBitsFromAnyNumberOfThreadsAndRuns()
    {
        const image::Image image = synthetic(263, 241, 5);
        const MaFeatures reference = *maFeatures(image, base::ThreadPool(1)).features;
        for (int threads : {1, 2, 3})
            for (int run = 0; run < 2; ++run)
                QVERIFY(sameBits(*maFeatures(image, base::ThreadPool(threads)).features, reference));
    }

    void whatCannotBeMeasuredHasAReason_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("channels");
        QTest::addColumn<bool>("deep");
        QTest::addColumn<QString>("reason");
        QTest::newRow("1x1") << 1 << 1 << 3 << false << "too small";
        QTest::newRow("20x2000") << 20 << 2000 << 3 << false << "too small";
        QTest::newRow("52x400") << 52 << 400 << 3 << false << "too small";
        QTest::newRow("91x91") << 91 << 91 << 3 << false << "too small";
        QTest::newRow("flat") << 200 << 200 << 3 << false << "flat image";
        QTest::newRow("flat, alpha") << 200 << 200 << 4 << false << "flat image";
        QTest::newRow("flat, 16 bit gray") << 200 << 200 << 1 << true << "flat image";
    }

    void whatCannotBeMeasuredHasAReason()
    {
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(int, channels);
        QFETCH(bool, deep);
        QFETCH(QString, reason);
        const auto result = maFeatures(
            flat(width, height, channels, 77, deep ? image::SampleType::U16 : image::SampleType::U8), m_pool);
        QVERIFY(!result.features);
        QVERIFY2(QString::fromStdString(result.reason).contains(reason), result.reason.c_str());
    }

    void smallAndLongPictures()
    {
        QVERIFY(maFeatures(synthetic(92, 92, 1), m_pool).features);
        QVERIFY(maFeatures(synthetic(53, 400, 1), m_pool).features);
        QVERIFY(maFeatures(synthetic(400, 53, 1), m_pool).features);
    }

    void partlyFlatPicturesEndInFeaturesOrAReason()
    {
        image::Image image = synthetic(200, 200, 1);
        std::fill_n(image.mutableBytes(), image.byteCount() / 2, std::uint8_t(90));
        const auto result = maFeatures(image, m_pool);
        QVERIFY(result.features.has_value() != !result.reason.empty());
    }

    void cancelsBetweenItsParts()
    {
        base::Job job;
        int reports = 0;
        job.progress = [&](double, const std::string &) {
            if (++reports == 3)
                job.cancel.cancel();
        };
        QVERIFY_EXCEPTION_THROWN(maFeatures(synthetic(203, 301, 1), m_pool, job), base::Cancelled);
        QVERIFY(reports <= 4);
    }

    void progressRisesToOne()
    {
        base::Job job;
        double last = 0.0;
        bool rises = true;
        job.progress = [&](double fraction, const std::string &) {
            rises = rises && fraction >= last;
            last = fraction;
        };
        maFeatures(synthetic(203, 301, 1), m_pool, job);
        QVERIFY(rises);
        QCOMPARE(last, 1.0);
    }
};

QTEST_APPLESS_MAIN(TestMaFeatures)
#include "tst_mafeatures.moc"
