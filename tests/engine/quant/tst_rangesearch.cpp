// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/quant/rangesearch.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace bitlens;
using namespace bitlens::quant;

class TestRangeSearch : public QObject {
    Q_OBJECT

    model::GeneratorPtr m_generator = test::syntheticGenerator(test::SrganShape{.blocks = 2, .channels = 4});
    image::Planes m_picture = image::Planes(3, 20, 20);

    /// Maps whose channels have very different sizes, and one value in a thousand that stands out by `outlier`.
    FloatForward forward(float channelRatio, float outlier) const
    {
        return
            [generator = m_generator, channelRatio, outlier](const image::Planes &input, const MapObserver &observer) {
                for (int map = 0; map <= static_cast<int>(generator->layers.size()); ++map) {
                    image::Planes values(generator->mapChannels(map), input.height(), input.width());
                    for (int c = 0; c < values.channels(); ++c) {
                        float *plane = values.mutablePlane(c);
                        const float size = std::pow(channelRatio, static_cast<float>(c));
                        for (std::size_t i = 0; i < values.planeSize(); ++i)
                            plane[i] = size * std::sin(static_cast<float>(i) * 0.37F + static_cast<float>(c + map));
                        plane[0] *= outlier;
                    }
                    observer(map, values);
                }
            };
    }

    Calibration searched(const FloatForward &forward, const RangeSearchOptions &options) const
    {
        const std::span<const image::Planes> pictures(&m_picture, 1);
        return searchRanges(*m_generator, calibrateMinMax(*m_generator, forward, pictures, {}), forward, pictures, {},
                            options);
    }

private slots:
    void equalChannelsKeepTheUsualExponent()
    {
        const Calibration found = searched(forward(1.0F, 1.0F), {});
        const Calibration plain = calibrateMinMax(*m_generator, forward(1.0F, 1.0F), std::span(&m_picture, 1), {});
        QVERIFY(found.ranges == plain.ranges);
        QVERIFY(found.description != plain.description);
    }

    /// With 16-bit weights only the rounding of activations counts: small channels want scales of their own. With
    /// 2-bit weights their rounding counts, and that is least when folding changes them least.
    void exponentsFollowWhatIsRounded()
    {
        const FloatForward uneven = forward(0.1F, 1.0F);
        const Calibration fine = searched(uneven, {true, false, {16, 4}});
        const Calibration coarse = searched(uneven, {true, false, {2, 16}});
        float fineSum = 0.0F;
        float coarseSum = 0.0F;
        for (std::size_t map = 1; map + 1 < fine.channelExponents.size(); ++map) {
            fineSum += fine.channelExponents[map];
            coarseSum += coarse.channelExponents[map];
        }
        QVERIFY(fineSum > coarseSum);
    }

    void clippingCutsOutliersButNotAtTheEnd()
    {
        const FloatForward outliers = forward(1.0F, 1.6F);
        const std::span<const image::Planes> pictures(&m_picture, 1);
        const Calibration plain = calibrateMinMax(*m_generator, outliers, pictures, {});
        const Calibration found = searched(outliers, {false, true, {8, 4}});
        int cut = 0;
        for (std::size_t map = 0; map < plain.ranges.size(); ++map)
            cut += found.ranges[map] == plain.ranges[map] ? 0 : 1;
        QVERIFY(cut > 0);
        QVERIFY(found.ranges.back() == plain.ranges.back());
        QVERIFY(found.ranges[plain.ranges.size() - 2] == plain.ranges[plain.ranges.size() - 2]);
        QVERIFY(found.channelExponents == plain.channelExponents);
        const Calibration off = searched(outliers, {true, false, {8, 4}});
        QVERIFY(off.ranges == plain.ranges);
    }

    void commonestBitsOfAPlan()
    {
        BitPlan plan(5, {8, 8});
        plan.set(1, {4, 6});
        plan.set(2, {4, 6});
        plan.set(3, {kFloatBits, kFloatBits});
        QCOMPARE(commonestBits(plan), (LayerBits{8, 8})); // two of each: the first
        plan.set(4, {4, 6});
        QCOMPARE(commonestBits(plan), (LayerBits{4, 6}));
        QCOMPARE(commonestBits(BitPlan(3, {kFloatBits, kFloatBits})), (LayerBits{8, 8}));
    }

    void refusesWhatDoesNotFit()
    {
        const FloatForward even = forward(1.0F, 1.0F);
        Calibration plain = calibrateMinMax(*m_generator, even, std::span(&m_picture, 1), {});
        QVERIFY_EXCEPTION_THROWN(searchRanges(*m_generator, plain, even, {}, {}), base::Error);
        plain.ranges.pop_back();
        QVERIFY_EXCEPTION_THROWN(searchRanges(*m_generator, plain, even, std::span(&m_picture, 1), {}), base::Error);
    }

    void canBeCancelled()
    {
        const FloatForward even = forward(1.0F, 1.0F);
        const Calibration plain = calibrateMinMax(*m_generator, even, std::span(&m_picture, 1), {});
        const base::Job job;
        job.cancel.cancel();
        QVERIFY_EXCEPTION_THROWN(searchRanges(*m_generator, plain, even, std::span(&m_picture, 1), job),
                                 base::Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestRangeSearch)
#include "tst_rangesearch.moc"
