// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/codec.h"
#include "engine/score/niqe.h"
#include "engine/score/niqefeatures.h"
#include "tests/engine/score/pictures.h"

#include <QTest>

using namespace bitlens;
using namespace bitlens::score;
using bitlens::test::flat;
using bitlens::test::sharedFile;
using bitlens::test::synthetic;

namespace {
/// Relative; the definition is ill-conditioned beyond that (order of summation, a sample at the edge of a table step).
constexpr double kTolerance = 1e-6;

double relative(double value, double reference) { return qAbs(value - reference) / reference; }
} // namespace

Q_DECLARE_METATYPE(bitlens::score::detail::NiqeVariant)

class TestNiqe : public QObject {
    Q_OBJECT

    const base::ThreadPool m_pool{2};

private slots:
    void agreesWithTheReferenceOnSyntheticPictures()
    {
        QVERIFY(relative(*niqe(synthetic(203, 301, 1), m_pool).value, 11.076497043) < kTolerance);
        QVERIFY(relative(*niqe(synthetic(311, 215, 7), m_pool).value, 10.6086536319) < kTolerance);
    }

    void agreesWithTheReference_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QRect>("part");
        QTest::addColumn<double>("reference");
        QTest::newRow("peppers") << "data/pi/peppers.png" << QRect() << 8.61370915297;
        QTest::newRow("baboon") << "data/pi/baboon.png" << QRect() << 5.98924833674;
        QTest::newRow("527x655") << "data/sets/Set14/HR/img_013.png" << QRect(0, 0, 527, 655) << 5.22226560823;
        QTest::newRow("715x571") << "data/sets/Set14/HR/img_002.png" << QRect(3, 5, 715, 571) << 4.66977214028;
        QTest::newRow("305x407") << "data/sets/Set5/HR/img_001.png" << QRect(1, 2, 305, 407) << 3.45573836763;
        QTest::newRow("421x333") << "data/sets/Set14/HR/img_011.png" << QRect(11, 7, 421, 333) << 3.6918808484;
    }

    void agreesWithTheReference()
    {
        QFETCH(QString, file);
        QFETCH(QRect, part);
        QFETCH(double, reference);
        const std::string path = sharedFile(file.toStdString());
        if (path.empty())
            QSKIP("the shared data is not here");
        image::Image image = image::readImage(path);
        if (!part.isNull())
            image = image.cropped({part.x(), part.y(), part.width(), part.height()});
        const Metric result = niqe(image, m_pool);
        QVERIFY(result.value);
        QVERIFY2(relative(*result.value, reference) < kTolerance, qPrintable(QString::number(*result.value, 'g', 12)));
    }

    void wrongStepsAreCaught_data()
    {
        QTest::addColumn<detail::NiqeVariant>("variant");
        QTest::newRow("shave 3") << detail::NiqeVariant{3, true, true};
        QTest::newRow("gray instead of Y") << detail::NiqeVariant{4, false, true};
        QTest::newRow("no antialiasing") << detail::NiqeVariant{4, true, false};
    }

    void wrongStepsAreCaught()
    {
        QFETCH(detail::NiqeVariant, variant);
        const double wrong = *detail::niqeOfVariant(synthetic(203, 301, 1), variant, m_pool).value;
        QVERIFY(relative(wrong, 11.076497043) > 2 * kTolerance);
        const std::string peppers = sharedFile("data/pi/peppers.png");
        if (peppers.empty())
            QSKIP("the shared data is not here");
        const double other = *detail::niqeOfVariant(image::readImage(peppers), variant, m_pool).value;
        QVERIFY(relative(other, 8.61370915297) > 2 * kTolerance);
    }

    void sameBitsFromAnyNumberOfThreadsAndRuns()
    {
        const image::Image image = synthetic(311, 415, 5);
        const double reference = *niqe(image, base::ThreadPool(1)).value;
        for (int threads : {1, 2, 3})
            for (int run = 0; run < 2; ++run)
                QVERIFY(*niqe(image, base::ThreadPool(threads)).value == reference);
    }

    void whatCannotBeMeasuredHasAReason_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("channels");
        QTest::addColumn<bool>("deep");
        QTest::addColumn<QString>("reason");
        QTest::newRow("1x1") << 1 << 1 << 3 << false << "too small";
        QTest::newRow("8x8") << 8 << 8 << 3 << false << "too small";
        QTest::newRow("20x2000") << 20 << 2000 << 3 << false << "too small";
        QTest::newRow("one block") << 199 << 199 << 3 << false << "too small";
        QTest::newRow("flat") << 300 << 300 << 3 << false << "flat image";
        QTest::newRow("flat, gray") << 300 << 300 << 1 << false << "flat image";
        QTest::newRow("flat, alpha") << 300 << 300 << 4 << false << "flat image";
        QTest::newRow("flat, 16 bit") << 300 << 300 << 3 << true << "flat image";
        QTest::newRow("flat, gray with alpha, 16 bit") << 300 << 300 << 2 << true << "flat image";
    }

    void whatCannotBeMeasuredHasAReason()
    {
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(int, channels);
        QFETCH(bool, deep);
        QFETCH(QString, reason);
        const Metric result =
            niqe(flat(width, height, channels, 100, deep ? image::SampleType::U16 : image::SampleType::U8), m_pool);
        QVERIFY(!result.value);
        QVERIFY2(QString::fromStdString(result.reason).contains(reason), result.reason.c_str());
        QVERIFY(!niqe({}, m_pool).value);
    }

    void deepAndTransparentPicturesCountLikeTheirColours()
    {
        const image::Image plain = synthetic(203, 301, 1);
        image::Image deep({203, 301}, 4, image::SampleType::U16);
        auto *out = reinterpret_cast<std::uint16_t *>(deep.mutableBytes());
        for (std::size_t i = 0; i < plain.size().pixels(); ++i) {
            for (std::size_t c = 0; c < 3; ++c)
                *out++ = static_cast<std::uint16_t>(plain.bytes()[3 * i + c] * 257 + static_cast<int>(i % 200) - 100);
            *out++ = static_cast<std::uint16_t>(i * 7919);
        }
        // Zero and 65535 may have wrapped round above; such samples would show as a large difference.
        const Metric expected = niqe(plain, m_pool);
        const Metric result = niqe(deep, m_pool);
        QVERIFY(result.value);
        QVERIFY(*result.value == *expected.value);
    }

    void smallestPictures()
    {
        QVERIFY(!niqe(synthetic(103, 200, 1), m_pool).value);
        QVERIFY(!niqe(synthetic(104, 199, 1), m_pool).value);
        QVERIFY(niqe(synthetic(104, 200, 1), m_pool).value);
        QVERIFY(niqe(synthetic(200, 104, 1), m_pool).value);
    }

    void halfFlatPicturesGiveANumber()
    {
        image::Image image = synthetic(408, 408, 1);
        std::fill_n(image.mutableBytes(), image.byteCount() / 2, std::uint8_t(90));
        const Metric result = niqe(image, m_pool);
        QVERIFY(result.value);
        QVERIFY(std::isfinite(*result.value));
    }

    void cancelsWhenAsked()
    {
        base::Job job;
        job.cancel.cancel();
        QVERIFY_EXCEPTION_THROWN(niqe(synthetic(203, 301, 1), m_pool, job), base::Cancelled);
    }
};

QTEST_APPLESS_MAIN(TestNiqe)
#include "tst_niqe.moc"
