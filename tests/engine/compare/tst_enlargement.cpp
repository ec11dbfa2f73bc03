// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/enlargement.h"

#include "engine/base/error.h"
#include "tests/engine/compare/testpictures.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <algorithm>
#include <cstring>

using namespace bitlens;

namespace {

/// Repeats each pixel: every result can be told in advance. Sees nothing around a pixel, but says it does, so that
/// tiles overlap.
class NearestRunner final : public run::Runner {
public:
    explicit NearestRunner(std::size_t bytesPerPixel = 1000) : m_bytesPerPixel(bytesPerPixel)
    {
        test::SrganShape shape;
        shape.blocks = 1;
        shape.channels = 4;
        m_generator = test::syntheticGenerator(shape);
    }
    const model::Generator &generator() const override { return *m_generator; }
    image::Planes run(const image::Planes &picture, const base::CancelToken &cancel) override
    {
        cancel.throwIfCancelled();
        ++runs;
        const int scale = m_generator->scale;
        image::Planes result(3, picture.height() * scale, picture.width() * scale);
        float *out = result.mutableData();
        for (int channel = 0; channel < 3; ++channel)
            for (int y = 0; y < result.height(); ++y)
                for (int x = 0; x < result.width(); ++x)
                    *out++ = picture.line(channel, y / scale)[x / scale] + offset;
        if (cancelAfter == runs)
            cancel.cancel();
        return result;
    }
    std::size_t peakBytes(image::Size tile) const override { return tile.pixels() * m_bytesPerPixel; }
    std::string backend() const override { return "nearest"; }
    void setProfiling(bool) override {}
    std::vector<run::LayerCost> layerCosts() const override { return {}; }
    void releaseMemory() override {}

    int runs = 0;
    int cancelAfter = -1;
    float offset = 0.0F;

private:
    model::GeneratorPtr m_generator;
    std::size_t m_bytesPerPixel;
};

int sample(const image::Image &picture, int x, int y, int channel)
{
    const int index = x * picture.channels() + channel;
    return picture.type() == image::SampleType::U8 ? picture.line8(y)[index] : picture.line16(y)[index];
}

/// Samples may differ by one step where alpha or luma go through float weights.
constexpr int kRoundingSteps = 1;

} // namespace

class TestEnlargement : public QObject {
    Q_OBJECT
private slots:
    void keepsTheKindOfPicture_data()
    {
        QTest::addColumn<int>("channels");
        QTest::addColumn<bool>("sixteen");
        for (const int channels : {1, 2, 3, 4})
            for (const bool sixteen : {false, true})
                QTest::addRow("%d channels, %d bit", channels, sixteen ? 16 : 8) << channels << sixteen;
    }

    void keepsTheKindOfPicture()
    {
        QFETCH(int, channels);
        QFETCH(bool, sixteen);
        const image::SampleType type = sixteen ? image::SampleType::U16 : image::SampleType::U8;
        image::Image input = test::patternPicture({23, 17}, channels, type);
        input.setIccProfile({1, 2, 3, 4});
        NearestRunner runner;
        const image::Image output = compare::enlarge(runner, input, {}, {});
        QVERIFY(output.size() == (image::Size{92, 68}));
        QCOMPARE(output.channels(), channels);
        QVERIFY(output.type() == type);
        QVERIFY(output.iccProfile() == input.iccProfile());
        for (int y = 0; y < output.height(); ++y)
            for (int x = 0; x < output.width(); ++x) {
                const bool hidden = input.hasAlpha() && sample(input, x / 4, y / 4, channels - 1) == 0;
                for (int channel = 0; channel < channels; ++channel) {
                    if (hidden && channel < channels - 1)
                        continue; // filled with the colour of visible neighbours
                    const int difference =
                        std::abs(sample(output, x, y, channel) - sample(input, x / 4, y / 4, channel));
                    QVERIFY2(difference <= (channels < 3 || channel == 3 ? kRoundingSteps : 0),
                             qPrintable(QStringLiteral("%1,%2 channel %3").arg(x).arg(y).arg(channel)));
                }
            }
    }

    void keepsFlatAlphaExactly()
    {
        // A runner that is a little off everywhere: what is opaque or transparent all around must not become hazy.
        NearestRunner runner;
        runner.offset = 0.01F;
        image::Image input = test::patternPicture({40, 40}, 4);
        const image::Image output = compare::enlarge(runner, input, {}, {});
        QCOMPARE(sample(output, 0, 0, 3), 0);
        QCOMPARE(sample(output, 80, 80, 3), 255);

        std::uint8_t *bytes = input.mutableBytes();
        for (std::size_t i = 3; i < input.byteCount(); i += 4)
            bytes[i] = 77;
        runner.runs = 0;
        const image::Image constant = compare::enlarge(runner, input, {}, {});
        QCOMPARE(runner.runs, 1); // no pass for an alpha that is the same everywhere
        for (int y = 0; y < constant.height(); ++y)
            for (int x = 0; x < constant.width(); ++x)
                QCOMPARE(sample(constant, x, y, 3), 77);
    }

    void hiddenColourDoesNotBleed()
    {
        // Bright red beneath transparency beside a dark gray object: no red may come through at its rim.
        image::Image input({24, 24}, 4);
        std::uint8_t *bytes = input.mutableBytes();
        for (int i = 0; i < 24 * 24; ++i) {
            const bool object = i % 24 >= 12;
            const std::uint8_t pixel[4] = {
                static_cast<std::uint8_t>(object ? 40 : 255), static_cast<std::uint8_t>(object ? 40 : 0),
                static_cast<std::uint8_t>(object ? 40 : 0), static_cast<std::uint8_t>(object ? 255 : 0)};
            std::memcpy(bytes + 4 * i, pixel, 4);
        }
        NearestRunner runner;
        const image::Image output = compare::enlarge(runner, input, {}, {});
        for (int x = 40; x < 56; ++x)
            QVERIFY2(sample(output, x, 48, 0) <= 41, qPrintable(QString::number(x)));
    }

    void tilesGiveTheSamePicture()
    {
        const image::Image input = test::patternPicture({150, 90});
        NearestRunner whole;
        const image::Image expected = compare::enlarge(whole, input, {}, {});
        QCOMPARE(whole.runs, 1);
        NearestRunner tiled(10000);
        compare::EnlargeOptions options;
        options.memoryBudget = input.byteCount() * 17 + 80 * 80 * 11000;
        options.focus = {100, 60, 10, 10};
        std::vector<int> covered(expected.size().pixels(), 0);
        image::Image parts(expected.size(), 3);
        bool firstPart = true;
        const image::Image result =
            compare::enlarge(tiled, input, options, {}, [&](const image::Image &pixels, const image::Rect &where) {
                if (std::exchange(firstPart, false))
                    QVERIFY(!where.intersected({400, 240, 40, 40}).isEmpty());
                QVERIFY(pixels.size() == (image::Size{where.width, where.height}));
                for (int y = 0; y < where.height; ++y) {
                    std::memcpy(parts.mutableBytes() + parts.bytesPerLine() * (where.y + y) + where.x * 3,
                                pixels.line8(y), static_cast<std::size_t>(where.width) * 3);
                    for (int x = 0; x < where.width; ++x)
                        ++covered[static_cast<std::size_t>(where.y + y) * expected.width() + where.x + x];
                }
            });
        QVERIFY(tiled.runs > 1);
        QVERIFY(result.samePixels(expected));
        QVERIFY(parts.samePixels(expected));
        QVERIFY(std::all_of(covered.begin(), covered.end(), [](int count) { return count == 1; }));
    }

    void cancels()
    {
        NearestRunner runner(10000);
        runner.cancelAfter = 2;
        const image::Image input = test::patternPicture({150, 90});
        compare::EnlargeOptions options;
        options.memoryBudget = input.byteCount() * 17 + 80 * 80 * 11000;
        base::Job job;
        QVERIFY_EXCEPTION_THROWN(compare::enlarge(runner, input, options, job), base::Cancelled);
        QCOMPARE(runner.runs, 2);
    }

    void progressRisesToOne()
    {
        NearestRunner runner(10000);
        const image::Image input = test::patternPicture({150, 90}, 4);
        compare::EnlargeOptions options;
        options.memoryBudget = input.byteCount() * 18 + 80 * 80 * 11000;
        double last = 0.0;
        base::Job job;
        job.progress = [&last](double fraction, const std::string &) {
            QVERIFY(fraction >= last);
            last = fraction;
        };
        compare::enlarge(runner, input, options, job);
        QCOMPARE(last, 1.0);
    }

    void tooSmallABudgetIsAnError()
    {
        NearestRunner runner(100000);
        compare::EnlargeOptions options;
        options.memoryBudget = 1000;
        QVERIFY_EXCEPTION_THROWN(compare::enlarge(runner, test::patternPicture({150, 90}), options, {}), base::Error);
    }

    void nothingFiniteIsAnError()
    {
        NearestRunner runner;
        runner.offset = std::numeric_limits<float>::quiet_NaN();
        QVERIFY_EXCEPTION_THROWN(compare::enlarge(runner, test::patternPicture({20, 20}), {}, {}), base::Error);
    }
};

QTEST_GUILESS_MAIN(TestEnlargement)
#include "tst_enlargement.moc"
