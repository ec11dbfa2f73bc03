// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/score/ssim.h"
#include "tests/engine/score/pictures.h"

#include <QTest>

using namespace bitlens;
using namespace bitlens::score;
using bitlens::test::flat;
using bitlens::test::synthetic;

namespace {
/// scikit-image in double, 14 digits; the order of summation differs by a few 1e-15.
constexpr double kTolerance = 1e-11;
constexpr PairOptions kLuma{PairChannels::Luma, 4};
constexpr PairOptions kRgb{PairChannels::Rgb, 4};
} // namespace

class TestSsim : public QObject {
    Q_OBJECT

    const base::ThreadPool m_pool{2};

private slots:
    void agreesWithTheReference()
    {
        const image::Image a = synthetic(203, 301, 1);
        const image::Image b = synthetic(203, 301, 2);
        QVERIFY(qAbs(*ssim(a, b, kLuma, m_pool).value - 0.69076665651247) < kTolerance);
        QVERIFY(qAbs(*ssim(a, b, kRgb, m_pool).value - 0.588006451796) < kTolerance);
        QVERIFY(qAbs(*ssim(a, b, {PairChannels::Luma, 3}, m_pool).value - 0.69076665651247) > 2 * kTolerance);
        QCOMPARE(*ssim(b, a, kLuma, m_pool).value, *ssim(a, b, kLuma, m_pool).value);
    }

    void sameBitsFromAnyNumberOfThreads()
    {
        const image::Image a = synthetic(150, 170, 1);
        const image::Image b = synthetic(150, 170, 2);
        const double one = *ssim(a, b, kRgb, base::ThreadPool(1)).value;
        const double three = *ssim(a, b, kRgb, base::ThreadPool(3)).value;
        QVERIFY(one == three);
    }

    void equalPicturesAreOne()
    {
        const image::Image a = synthetic(40, 40, 3);
        QVERIFY(qAbs(*ssim(a, a, kLuma, m_pool).value - 1.0) < kTolerance);
        QVERIFY(qAbs(*ssim(flat(40, 40, 3, 9), flat(40, 40, 1, 9), kRgb, m_pool).value - 1.0) < kTolerance);
    }

    void smallPicturesHaveAReason()
    {
        QVERIFY(ssim(flat(19, 19, 3, 1), flat(19, 19, 3, 1), kLuma, m_pool).value);
        const Metric small = ssim(flat(18, 19, 3, 1), flat(18, 19, 3, 1), kLuma, m_pool);
        QVERIFY(!small.value);
        QCOMPARE(small.reason, "image too small (needs at least 19x19 pixels)");
        QVERIFY(!ssim(flat(1, 1, 3, 1), flat(1, 1, 3, 1), kLuma, m_pool).value);
        QVERIFY_EXCEPTION_THROWN(ssim(flat(30, 30, 3, 1), flat(31, 30, 3, 1), kLuma, m_pool), base::Error);
    }
};

QTEST_APPLESS_MAIN(TestSsim)
#include "tst_ssim.moc"
