// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/quant/calibration.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace bitlens;
using namespace bitlens::quant;

namespace {

/// A stand-in for a runner: every value of every map is a known function of the picture, map, channel and pixel.
float valueAt(float picture, int map, int channel, std::size_t pixel)
{
    return picture * std::sin(static_cast<float>(map * 31 + channel * 7) + static_cast<float>(pixel) * 0.37F);
}

} // namespace

class TestCalibration : public QObject {
    Q_OBJECT

    model::GeneratorPtr m_generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 4});

    static image::Planes picture(float value)
    {
        image::Planes planes(3, 5, 7);
        std::fill_n(planes.mutableData(), planes.count(), value);
        return planes;
    }

    FloatForward forward() const
    {
        return [generator = m_generator](const image::Planes &input, const MapObserver &observer) {
            for (int map = 0; map <= static_cast<int>(generator->layers.size()); ++map) {
                image::Planes values(generator->mapChannels(map), input.height(), input.width());
                for (int c = 0; c < values.channels(); ++c) {
                    float *plane = values.mutablePlane(c);
                    for (std::size_t i = 0; i < values.planeSize(); ++i)
                        plane[i] = valueAt(input.data()[0], map, c, i);
                }
                observer(map, values);
            }
        };
    }

private slots:
    void rangesAreMinimaAndMaxima()
    {
        const std::vector<image::Planes> pictures{picture(1.0F), picture(-3.0F), picture(2.0F)};
        const Calibration calibration = calibrateMinMax(*m_generator, forward(), pictures, {});
        QCOMPARE(calibration.ranges.size(), m_generator->layers.size() + 1);
        QCOMPARE(calibration.description, "min-max, 3 images");
        for (int map = 1; map <= static_cast<int>(m_generator->layers.size()); ++map) {
            const Range &range = calibration.ranges[static_cast<std::size_t>(map)];
            QCOMPARE(calibration.channelExponents[static_cast<std::size_t>(map)], kDefaultChannelExponent);
            QCOMPARE(static_cast<int>(range.channelLow.size()), m_generator->mapChannels(map));
            float low = 0.0F;
            float high = 0.0F;
            for (int c = 0; c < m_generator->mapChannels(map); ++c) {
                float channelLow = 0.0F;
                float channelHigh = 0.0F;
                double sum = 0.0;
                for (const float p : {1.0F, -3.0F, 2.0F}) {
                    for (std::size_t i = 0; i < 35; ++i) {
                        sum += static_cast<double>(valueAt(p, map, c, i));
                        channelLow = std::min(channelLow, valueAt(p, map, c, i));
                        channelHigh = std::max(channelHigh, valueAt(p, map, c, i));
                    }
                }
                QCOMPARE(range.channelLow[static_cast<std::size_t>(c)], channelLow);
                QCOMPARE(range.channelHigh[static_cast<std::size_t>(c)], channelHigh);
                const double mean = sum / 105.0;
                const float found =
                    calibration.channelMeans[static_cast<std::size_t>(map)][static_cast<std::size_t>(c)];
                QVERIFY(std::fabs(static_cast<double>(found) - mean) < 1.0e-6);
                low = std::min(low, channelLow);
                high = std::max(high, channelHigh);
            }
            QCOMPARE(range.low, low);
            QCOMPARE(range.high, high);
        }
    }

    void theInputIsTheRangeOfAllPictures()
    {
        const FloatForward dim = [this](const image::Planes &input, const MapObserver &observer) {
            for (int map = 0; map <= static_cast<int>(m_generator->layers.size()); ++map) {
                image::Planes values(m_generator->mapChannels(map), input.height(), input.width());
                std::fill_n(values.mutableData(), values.count(), 0.25F);
                observer(map, values);
            }
        };
        const std::vector<image::Planes> pictures{image::Planes(3, 4, 4)};
        const Calibration calibration = calibrateMinMax(*m_generator, dim, pictures, {});
        const Range &input = calibration.ranges.front();
        QCOMPARE(input.low, 0.0F);
        QCOMPARE(input.high, 1.0F);
        QCOMPARE(input.channelHigh, std::vector<float>(input.channelHigh.size(), 1.0F));
        QCOMPARE(calibration.ranges[1].high, 0.25F); // only the input
        // So every value of an 8-bit picture comes back from 8 bits, which is not so in the range of this dim one.
        const auto worst = [](const Range &range) {
            const ActivationQuantizer quantizer = makeActivationQuantizer(range, 3, 8, kDefaultChannelExponent);
            float largest = 0.0F;
            for (int value = 0; value <= 255; ++value) {
                const float x = static_cast<float>(value) / 255.0F;
                const std::int32_t q = quantizeActivation(x, quantizer.inverseScale[1], quantizer.zeroPoint[1], 255);
                largest = std::max(largest,
                                   std::fabs(static_cast<float>(q - quantizer.zeroPoint[1]) * quantizer.scale[1] - x));
            }
            return largest;
        };
        QVERIFY(worst(input) < 1.0e-6F);
        Range dimmer = input;
        dimmer.high = 0.9F;
        dimmer.channelHigh.assign(3, 0.9F);
        QVERIFY(worst(dimmer) > 1.0e-3F);
    }

    void rangesAlwaysContainZero()
    {
        const FloatForward positive = [this](const image::Planes &input, const MapObserver &observer) {
            for (int map = 0; map <= static_cast<int>(m_generator->layers.size()); ++map) {
                image::Planes values(m_generator->mapChannels(map), input.height(), input.width());
                std::fill_n(values.mutableData(), values.count(), 2.0F);
                observer(map, values);
            }
        };
        const std::vector<image::Planes> pictures{picture(1.0F)};
        const Calibration calibration = calibrateMinMax(*m_generator, positive, pictures, {}, 0.0F);
        for (const Range &range : calibration.ranges) {
            QCOMPARE(range.low, 0.0F);
            QCOMPARE(range.channelLow[0], 0.0F);
            QCOMPARE(range.high, 2.0F);
        }
        QCOMPARE(calibration.channelExponents[0], 0.0F);
    }

    void strangeValuesAreRefused_data()
    {
        QTest::addColumn<float>("strange");
        QTest::addColumn<int>("pixel");
        QTest::newRow("NaN in the lanes") << std::nanf("") << 3;
        QTest::newRow("NaN at the end") << std::nanf("") << 34;
        QTest::newRow("infinity") << std::numeric_limits<float>::infinity() << 20;
        QTest::newRow("minus infinity") << -std::numeric_limits<float>::infinity() << 33;
    }

    void strangeValuesAreRefused()
    {
        QFETCH(float, strange);
        QFETCH(int, pixel);
        const FloatForward bad = [&](const image::Planes &input, const MapObserver &observer) {
            image::Planes values(m_generator->mapChannels(1), input.height(), input.width());
            values.mutablePlane(2)[pixel] = strange;
            observer(1, values);
        };
        const std::vector<image::Planes> pictures{picture(1.0F)};
        try {
            calibrateMinMax(*m_generator, bad, pictures, {});
            QFAIL("accepted");
        } catch (const base::Error &error) {
            QCOMPARE(error.code(), base::ErrorCode::Internal);
            QVERIFY(error.detail().find("head/conv1") != std::string::npos);
        }
    }

    void argumentsAreChecked()
    {
        QVERIFY_EXCEPTION_THROWN(calibrateMinMax(*m_generator, forward(), {}, {}), base::Error);
        const std::vector<image::Planes> pictures{picture(1.0F)};
        QVERIFY_EXCEPTION_THROWN(calibrateMinMax(*m_generator, forward(), pictures, {}, 2.0F), base::Error);
    }

    void progressAndCancel()
    {
        const std::vector<image::Planes> pictures(4, picture(1.0F));
        base::Job job;
        std::vector<double> fractions;
        job.progress = [&](double fraction, const std::string &) {
            fractions.push_back(fraction);
            if (fractions.size() == 3)
                job.cancel.cancel();
        };
        QVERIFY_EXCEPTION_THROWN(calibrateMinMax(*m_generator, forward(), pictures, job), base::Cancelled);
        QCOMPARE(fractions, (std::vector<double>{0.0, 0.25, 0.5}));
    }
};

QTEST_GUILESS_MAIN(TestCalibration)
#include "tst_calibration.moc"
