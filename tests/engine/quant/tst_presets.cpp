// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/quant/allocatedplans.h"
#include "engine/quant/bitplan.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

using namespace bitlens;
using namespace bitlens::quant;

class TestPresets : public QObject {
    Q_OBJECT

    static int count(const BitPlan &plan, LayerBits bits)
    {
        int layers = 0;
        for (std::size_t i = 0; i < plan.size(); ++i)
            layers += plan.at(i) == bits ? 1 : 0;
        return layers;
    }

    static model::GeneratorPtr srgan(int blocks, int channels)
    {
        return test::syntheticGenerator(test::SrganShape{.blocks = blocks, .channels = channels});
    }
    static model::GeneratorPtr rrdb(int blocks, int channels, int growth)
    {
        return test::syntheticGenerator(test::RrdbShape{.blocks = blocks, .channels = channels, .growth = growth});
    }

private slots:
    void listHasTheDefault()
    {
        bool found = false;
        for (const Preset &preset : presets()) {
            QVERIFY(!preset.description.empty());
            found = found || preset.name == kDefaultPreset;
        }
        QVERIFY(found);
        QVERIFY_EXCEPTION_THROWN(presetPlan("none", *srgan(1, 4)), base::Error);
    }

    void everyPresetFitsEveryFamily()
    {
        const std::vector<model::GeneratorPtr> generators{srgan(1, 4), rrdb(1, 8, 4),
                                                          test::syntheticGenerator(test::SrvggShape{})};
        for (const Preset &preset : presets()) {
            for (const model::GeneratorPtr &generator : generators) {
                const BitPlan plan = presetPlan(preset.name, *generator);
                QCOMPARE(plan.size(), generator->layers.size());
                for (std::size_t i = 0; i < plan.size(); ++i)
                    QVERIFY(isWeightBits(plan.at(i).weight) && isActivationBits(plan.at(i).activation));
            }
        }
    }

    void plainPresets()
    {
        const auto five = srgan(5, 4);
        QVERIFY(presetPlan("fp32", *five).isAllFloat());
        QCOMPARE(count(presetPlan("int8", *five), {8, 8}), static_cast<int>(five->layers.size()));
        const BitPlan w4 = presetPlan("w4", *five);
        QCOMPARE(count(w4, {4, 8}), 10);
        QCOMPARE(count(w4, {8, 12}), 5);
    }

    void multiIsWhatWasAllocatedForTheNetworksOfThePaper()
    {
        // Head and tail have few weights and much effect; somewhere others pay for their bits.
        for (const model::GeneratorPtr &generator : {srgan(5, 4), srgan(16, 4), rrdb(23, 4, 2)}) {
            const BitPlan plan = presetPlan("multi", *generator);
            QVERIFY2(allocatedPlan(*generator) == plan, generator->name.c_str());
            QVERIFY(plan.at(0).weight > 8);
            QVERIFY(plan.at(plan.size() - 1).weight > 8);
            QVERIFY(count(plan, {7, 8}) + count(plan, {7, 12}) > 0);
        }
        // For others a rule: nobody measured them.
        QVERIFY(!allocatedPlan(*srgan(4, 4)));
        QCOMPARE(presetPlan("multi", *srgan(4, 4)).at(0), (LayerBits{8, 8}));
    }

    void publishedPlansWidenTheirShareOfBlocks()
    {
        // 5 of 16 blocks of two convolutions, and the trunk end.
        QCOMPARE(count(presetPlan("paper-srgan", *srgan(16, 4)), {16, 16}), 11);
        QCOMPARE(count(presetPlan("paper-srgan", *srgan(5, 4)), {16, 16}), 5);
        // 7 of 23 blocks of 15 convolutions, two upsamplers, the high-resolution and the last convolution.
        QCOMPARE(count(presetPlan("paper-esrgan", *rrdb(23, 4, 2)), {16, 16}), 7 * 15 + 4);
        QCOMPARE(count(presetPlan("paper-esrgan", *rrdb(1, 4, 2)), {16, 16}), 15 + 4);
    }
};

QTEST_GUILESS_MAIN(TestPresets)
#include "tst_presets.moc"
