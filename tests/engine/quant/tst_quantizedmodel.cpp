// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/quant/quantizedmodel.h"
#include "tests/engine/quant/syntheticcalibration.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace bitlens;
using namespace bitlens::quant;

class TestQuantizedModel : public QObject {
    Q_OBJECT

    model::GeneratorPtr m_rrdb = test::syntheticGenerator(test::RrdbShape{.blocks = 1, .channels = 8, .growth = 4});

private slots:
    void everyLayerFollowsThePlan()
    {
        const BitPlan plan = BitPlan::fromRules("*=8/12,head=16/16,tail=fp32/fp32,hr=4/fp32", *m_rrdb);
        const Calibration calibration = test::syntheticCalibration(*m_rrdb);
        const QuantizedModelPtr model = quantize(m_rrdb, plan, calibration);
        QCOMPARE(model->layers.size(), m_rrdb->layers.size());
        for (std::size_t i = 0; i < plan.size(); ++i) {
            const QuantizedLayer &layer = model->layers[i];
            QCOMPARE(layer.bits, plan.at(i));
            QCOMPARE(layer.bias, m_rrdb->layers[i].bias);
            if (plan.at(i).isFloat()) {
                QVERIFY(layer.weights.values.empty());
                continue;
            }
            QCOMPARE(layer.weights.bits, plan.at(i).weight);
            QCOMPARE(layer.weights.values.size(), m_rrdb->layers[i].weightCount());
        }
    }

    void concatenatedScalesAreFoldedIntoWeights()
    {
        const BitPlan plan(m_rrdb->layers.size(), LayerBits{8, 8});
        const QuantizedModelPtr model = quantize(m_rrdb, plan, test::syntheticCalibration(*m_rrdb));
        const int index = m_rrdb->findLayer("body/block1/rdb2/conv4");
        const model::ConvLayer &layer = m_rrdb->layers[static_cast<std::size_t>(index)];
        const std::vector<float> scales = model->inputScales(index);
        QCOMPARE(static_cast<int>(scales.size()), layer.inChannels);
        std::size_t place = 0;
        for (const int map : layer.inputs)
            for (const float scale : model->activationQuantizer(map, 8).scale)
                QCOMPARE(scales[place++], scale);
        // What the integers stand for: the weight, within half a step of its output channel.
        const QuantizedWeights &weights = model->layers[static_cast<std::size_t>(index)].weights;
        const auto perOutput = static_cast<std::size_t>(layer.inChannels * 9);
        for (std::size_t i = 0; i < layer.weight->size(); ++i) {
            const float step = weights.scale[i / perOutput];
            const float folded = (*layer.weight)[i] * scales[i % perOutput / 9];
            QVERIFY(std::fabs(static_cast<float>(weights.values[i]) * step - folded) <= 0.501F * step);
        }
    }

    void oneQuantizerPerMapAndWidth()
    {
        const QuantizedModelPtr model =
            quantize(m_rrdb, BitPlan(m_rrdb->layers.size(), LayerBits{8, 8}), test::syntheticCalibration(*m_rrdb));
        const ActivationQuantizer a = model->activationQuantizer(3, 8);
        const ActivationQuantizer b = model->activationQuantizer(3, 8);
        QCOMPARE(a.scale, b.scale);
        QCOMPARE(a.zeroPoint, b.zeroPoint);
        QVERIFY(model->activationQuantizer(3, 12).scale[0] < a.scale[0]);
    }

    void biasTakesOffTheMeanError()
    {
        Calibration calibration = test::syntheticCalibration(*m_rrdb);
        for (int map = 0; map <= static_cast<int>(m_rrdb->layers.size()); ++map) {
            std::vector<float> means;
            for (int c = 0; c < m_rrdb->mapChannels(map); ++c)
                means.push_back(0.3F - 0.1F * static_cast<float>(c % 7));
            calibration.channelMeans.push_back(means);
        }
        const QuantizedModelPtr model = quantize(m_rrdb, BitPlan(m_rrdb->layers.size(), LayerBits{4, 8}), calibration);
        const QuantizedModelPtr eight = quantize(m_rrdb, BitPlan(m_rrdb->layers.size(), LayerBits{8, 8}), calibration);
        QCOMPARE(eight->layers.front().bias, m_rrdb->layers.front().bias);
        // On an input that has its mean everywhere, the layer's sum is the original's.
        const int index = m_rrdb->findLayer("body/block1/rdb1/conv3");
        const model::ConvLayer &layer = m_rrdb->layers[static_cast<std::size_t>(index)];
        const QuantizedLayer &quantized = model->layers[static_cast<std::size_t>(index)];
        const std::vector<float> scales = model->inputScales(index);
        std::vector<float> input;
        for (const int map : layer.inputs)
            for (const float mean : calibration.channelMeans[static_cast<std::size_t>(map)])
                input.push_back(mean);
        double corrected = 0.0;
        double plain = 0.0;
        for (std::size_t o = 0; o < layer.bias.size(); ++o) {
            double wanted = layer.bias[o];
            double sum = 0.0;
            for (std::size_t i = 0; i < input.size() * 9; ++i) {
                const std::size_t place = o * input.size() * 9 + i;
                wanted += static_cast<double>((*layer.weight)[place]) * input[i / 9];
                sum += static_cast<double>(quantized.weights.values[place]) * quantized.weights.scale[o] / scales[i / 9]
                       * input[i / 9];
            }
            corrected = std::max(corrected, std::fabs(sum + quantized.bias[o] - wanted));
            plain = std::max(plain, std::fabs(sum + layer.bias[o] - wanted));
        }
        QVERIFY2(corrected < 1.0e-6, qPrintable(QString::number(corrected)));
        QVERIFY(plain > 1.0e-3);
    }

    void misfitsAreRefused()
    {
        const Calibration calibration = test::syntheticCalibration(*m_rrdb);
        QVERIFY_EXCEPTION_THROWN(quantize(m_rrdb, BitPlan(3, LayerBits{}), calibration), base::Error);
        const BitPlan plan(m_rrdb->layers.size(), LayerBits{});
        Calibration tooShort = calibration;
        tooShort.ranges.pop_back();
        QVERIFY_EXCEPTION_THROWN(quantize(m_rrdb, plan, tooShort), base::Error);
        // A float plan needs no ranges.
        QVERIFY(quantize(m_rrdb, BitPlan(plan.size(), LayerBits{kFloatBits, kFloatBits}), {}) != nullptr);
    }
};

QTEST_GUILESS_MAIN(TestQuantizedModel)
#include "tst_quantizedmodel.moc"
