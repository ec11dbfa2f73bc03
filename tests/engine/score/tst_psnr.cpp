// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/score/psnr.h"
#include "tests/engine/score/pictures.h"

#include <QTest>

using namespace bitlens;
using namespace bitlens::score;
using bitlens::test::flat;
using bitlens::test::synthetic;

namespace {
/// The reference is numpy's double arithmetic printed with 14 digits.
constexpr double kTolerance = 1e-11;
constexpr PairOptions kLuma{PairChannels::Luma, 4};
constexpr PairOptions kRgb{PairChannels::Rgb, 4};
} // namespace

class TestPsnr : public QObject {
    Q_OBJECT

    const base::ThreadPool m_pool{2};

private slots:
    void agreesWithTheReference()
    {
        const image::Image a = synthetic(203, 301, 1);
        const image::Image b = synthetic(203, 301, 2);
        QVERIFY(qAbs(*psnr(a, b, kLuma, m_pool).value - 30.796464833518) < kTolerance);
        QVERIFY(qAbs(*psnr(a, b, kRgb, m_pool).value - 25.996115998858) < kTolerance);
        QVERIFY(qAbs(*psnr(a, b, {PairChannels::Luma, 0}, m_pool).value - 30.799991579545036) < kTolerance);
        // The border that is cut must matter, or the numbers above would prove nothing.
        QVERIFY(qAbs(*psnr(a, b, {PairChannels::Luma, 3}, m_pool).value - 30.796464833518) > 2 * kTolerance);
        QCOMPARE(*psnr(b, a, kLuma, m_pool).value, *psnr(a, b, kLuma, m_pool).value);
    }

    void equalPicturesAreInfinitelyGood()
    {
        const image::Image a = synthetic(64, 64, 3);
        QVERIFY(psnr(a, a, kLuma, m_pool).isInfinite());
        QVERIFY(psnr(a, a, kRgb, m_pool).isInfinite());
    }

    void lumaIsRoundedToWholeNumbers()
    {
        // 65.481/255 of one step of red is 0.26: no change of Y after rounding.
        image::Image a = flat(16, 16, 3, 100);
        image::Image b = a;
        for (std::size_t i = 0; i < b.byteCount(); i += 3)
            b.mutableBytes()[i] = 101;
        QVERIFY(psnr(a, b, kLuma, m_pool).isInfinite());
        QVERIFY(!psnr(a, b, kRgb, m_pool).isInfinite());
    }

    void otherKindsOfPictures()
    {
        const image::Image gray = flat(20, 20, 1, 100);
        const image::Image colour = flat(20, 20, 4, 100);
        const image::Image deep = flat(20, 20, 3, 100 * 257 + 100, image::SampleType::U16);
        QVERIFY(psnr(gray, colour, kRgb, m_pool).isInfinite());
        QVERIFY(psnr(gray, deep, kRgb, m_pool).isInfinite());
        QVERIFY(qAbs(*psnr(gray, flat(20, 20, 1, 101), kRgb, m_pool).value - 48.130803608679) < 1e-9);
        const Metric tiny = psnr(flat(8, 30, 3, 1), flat(8, 30, 3, 2), kLuma, m_pool);
        QVERIFY(!tiny.value && !tiny.reason.empty());
    }

    void differentSizesAreRefused()
    {
        try {
            psnr(flat(20, 20, 3, 1), flat(21, 20, 3, 1), kLuma, m_pool);
            QFAIL("compared different sizes");
        } catch (const base::Error &error) {
            QCOMPARE(error.code(), base::ErrorCode::InvalidArgument);
            QVERIFY(error.detail().find("21x20") != std::string::npos);
        }
        QVERIFY_EXCEPTION_THROWN(psnr({}, {}, kLuma, m_pool), base::Error);
    }
};

QTEST_APPLESS_MAIN(TestPsnr)
#include "tst_psnr.moc"
