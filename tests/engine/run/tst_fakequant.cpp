// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/run/fakequantrunner.h"
#include "engine/run/floatrunner.h"
#include "tests/engine/run/plainnetwork.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <map>

using namespace bitlens;
using namespace bitlens::run;

namespace {

/// float(acc) * scale + bias of one layer from the maps of the runner itself, in 64-bit integers, loop by loop; then
/// activation and shuffle. Residual sums are left to the test.
test::PlainMap plainInteger(const quant::QuantizedModel &model, std::size_t index,
                            const std::vector<image::Planes> &maps)
{
    const model::ConvLayer &layer = model.generator->layers[index];
    const quant::QuantizedLayer &quantized = model.layers[index];
    const int up = layer.upsample;
    const image::Planes &first = maps[static_cast<std::size_t>(layer.inputs.front())];
    const int height = first.height() * up;
    const int width = first.width() * up;
    std::vector<std::int64_t> input;
    for (const int number : layer.inputs) {
        const auto quantizer = model.activationQuantizer(number, quantized.bits.activation);
        const image::Planes &map = maps[static_cast<std::size_t>(number)];
        for (int c = 0; c < map.channels(); ++c)
            for (int y = 0; y < height; ++y)
                for (int x = 0; x < width; ++x) {
                    const auto channel = static_cast<std::size_t>(c);
                    input.push_back(quant::quantizeActivation(map.line(c, y / up)[x / up],
                                                              quantizer.inverseScale[channel],
                                                              quantizer.zeroPoint[channel], quantizer.maximum())
                                    - quantizer.zeroPoint[channel]);
                }
    }
    const int shuffle = layer.shuffle;
    const int half = layer.kernel / 2;
    test::PlainMap result(layer.mapChannels(), height * shuffle, width * shuffle);
    for (int o = 0; o < layer.outChannels; ++o)
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                std::int64_t sum = 0;
                const std::int16_t *weight =
                    quantized.weights.values.data()
                    + static_cast<std::size_t>(o * layer.inChannels * layer.kernel * layer.kernel);
                for (int c = 0; c < layer.inChannels; ++c)
                    for (int dy = -half; dy <= half; ++dy)
                        for (int dx = -half; dx <= half; ++dx, ++weight)
                            if (y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width)
                                sum +=
                                    *weight * input[static_cast<std::size_t>((c * height + y + dy) * width + x + dx)];
                const auto channel = static_cast<std::size_t>(o);
                const float product = static_cast<float>(sum) * quantized.weights.scale[channel];
                float value = product + quantized.bias[channel];
                if (layer.activation == model::ActivationKind::Relu)
                    value = std::max(value, 0.0F);
                else if (!layer.slopes.empty() && value <= 0.0F)
                    value *= layer.slopes[layer.slopes.size() == 1 ? 0 : channel];
                const int place = o % (shuffle * shuffle);
                result.at(o / (shuffle * shuffle), y * shuffle + place / shuffle, x * shuffle + place % shuffle) =
                    static_cast<double>(value);
            }
    return result;
}

double psnr(const image::Planes &a, const image::Planes &b)
{
    double sum = 0.0;
    for (std::size_t i = 0; i < a.count(); ++i)
        sum += std::pow(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i]), 2.0);
    return -10.0 * std::log10(sum / static_cast<double>(a.count()) + 1.0e-20);
}

} // namespace

class TestFakeQuant : public QObject {
    Q_OBJECT

    std::map<QString, model::GeneratorPtr> m_generators{
        {"srgan", test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 12, .slopesPerChannel = true})},
        {"rrdb", test::syntheticGenerator(test::RrdbShape{.blocks = 1, .channels = 12, .growth = 8})},
        {"compact", test::syntheticGenerator(test::SrvggShape{})},
        {"msr", test::syntheticGenerator(test::MsrShape{.blocks = 1})}};

    quant::QuantizedModelPtr quantized(const QString &family, const std::string &rules, float exponent = 0.5F)
    {
        const model::GeneratorPtr &generator = m_generators.at(family);
        FloatRunner runner(generator, 1);
        const std::vector<image::Planes> pictures{test::syntheticPicture(16, 20, 8)};
        const auto calibration = quant::calibrateMinMax(*generator, floatForward(runner, {}), pictures, {}, exponent);
        return quant::quantize(generator, quant::BitPlan::fromRules(rules, *generator), calibration);
    }

private slots:
    void everyLayerEqualsIntegerArithmetic_data()
    {
        QTest::addColumn<QString>("family");
        QTest::addColumn<QString>("rules");
        for (const char *family : {"srgan", "rrdb", "compact", "msr"})
            for (const char *rules : {"*=8/8", "*=4/12", "*=12/12", "*=16/16", "*=2/4"})
                QTest::addRow("%s %s", family, rules) << family << rules;
    }

    void everyLayerEqualsIntegerArithmetic()
    {
        QFETCH(QString, family);
        QFETCH(QString, rules);
        const quant::QuantizedModelPtr model = quantized(family, rules.toStdString());
        FakeQuantRunner runner(model, 2);
        std::vector<image::Planes> maps;
        runner.runObserved(test::syntheticPicture(7, 9), [&](int, const image::Planes &map) { maps.push_back(map); },
                           {});
        QCOMPARE(maps.size(), model->layers.size() + 1);
        for (std::size_t i = 0; i < model->layers.size(); ++i) {
            const model::ConvLayer &layer = model->generator->layers[i];
            if (i + 1 == model->layers.size() || !layer.residuals.empty())
                continue; // output transform and residual sums: see below
            const test::PlainMap expected = plainInteger(*model, i, maps);
            for (std::size_t k = 0; k < maps[i + 1].count(); ++k)
                QVERIFY(static_cast<double>(maps[i + 1].data()[k]) == expected.values[k]);
        }
    }

    void residualsAreSumsOfFloats()
    {
        const quant::QuantizedModelPtr model = quantized("rrdb", "*=8/8");
        FakeQuantRunner runner(model, 1);
        std::vector<image::Planes> maps;
        runner.runObserved(test::syntheticPicture(6, 5), [&](int, const image::Planes &map) { maps.push_back(map); },
                           {});
        for (std::size_t i = 0; i < model->layers.size(); ++i) {
            const model::ConvLayer &layer = model->generator->layers[i];
            if (layer.residuals.empty())
                continue;
            const test::PlainMap before = plainInteger(*model, i, maps);
            for (std::size_t k = 0; k < maps[i + 1].count(); ++k) {
                float value = static_cast<float>(before.values[k]);
                for (const model::Residual &residual : layer.residuals) {
                    const float product = value * residual.scale;
                    value = product + maps[static_cast<std::size_t>(residual.source)].data()[k];
                }
                QVERIFY(maps[i + 1].data()[k] == value); // QCOMPARE is fuzzy for floats
            }
        }
    }

    void aWrongZeroPointWouldBeNoticed()
    {
        const quant::QuantizedModelPtr model = quantized("srgan", "*=8/8");
        auto changed = std::make_shared<quant::QuantizedModel>(*model);
        changed->calibration.ranges[1].low -= 0.1F;
        for (float &low : changed->calibration.ranges[1].channelLow)
            low -= 0.1F;
        std::vector<image::Planes> maps;
        FakeQuantRunner runner(changed, 1);
        runner.runObserved(test::syntheticPicture(6, 5), [&](int, const image::Planes &map) { maps.push_back(map); },
                           {});
        const test::PlainMap expected = plainInteger(*model, 1, maps);
        int different = 0;
        for (std::size_t k = 0; k < maps[2].count(); ++k)
            different += static_cast<double>(maps[2].data()[k]) != expected.values[k] ? 1 : 0;
        QVERIFY(different > static_cast<int>(maps[2].count() / 2));
    }

    void moreBitsAreNearerToFloat()
    {
        for (const char *family : {"srgan", "rrdb", "compact"}) {
            FloatRunner reference(m_generators.at(family), 1);
            const image::Planes picture = test::syntheticPicture(16, 20, 8);
            const image::Planes expected = reference.run(picture, {});
            double last = 0.0;
            for (const char *rules : {"*=4/6", "*=8/8", "*=10/12", "*=16/16"}) {
                FakeQuantRunner runner(quantized(family, rules), 1);
                const double now = psnr(runner.runObserved(picture, {}, {}), expected);
                QVERIFY2(now > last + 3.0, qPrintable(QString("%1 %2: %3").arg(family, rules).arg(now)));
                last = now;
            }
            QVERIFY(last > 70.0);
        }
    }

    void floatLayersOfAMixedPlanTakeTheFloatMap()
    {
        FloatRunner reference(m_generators.at("rrdb"), 1);
        const image::Planes picture = test::syntheticPicture(16, 20, 8);
        FakeQuantRunner allFloat(quantized("rrdb", "*=fp32/fp32"), 1);
        const image::Planes expected = reference.run(picture, {});
        const image::Planes result = allFloat.runObserved(picture, {}, {});
        for (std::size_t i = 0; i < result.count(); ++i)
            QVERIFY(result.data()[i] == expected.data()[i]);
        FakeQuantRunner mixed(quantized("rrdb", "*=fp32/fp32,tail=16/16"), 1);
        QVERIFY(psnr(mixed.runObserved(picture, {}, {}), expected) > 80.0);
    }

    void inexactModeIsNearTheExactOne()
    {
        const quant::QuantizedModelPtr model = quantized("rrdb", "*=12/12");
        const image::Planes picture = test::syntheticPicture(9, 8);
        FakeQuantRunner exact(model, 1);
        FakeQuantRunner fast(model, 1, {.exact = false});
        QVERIFY(psnr(fast.runObserved(picture, {}, {}), exact.runObserved(picture, {}, {})) > 80.0);
    }
};

QTEST_GUILESS_MAIN(TestFakeQuant)
#include "tst_fakequant.moc"
