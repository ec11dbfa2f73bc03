// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <cmath>
#include <functional>

using namespace bitlens;
using namespace bitlens::test;

Q_DECLARE_METATYPE(std::function<void(model::Generator &)>)

class TestGenerator : public QObject {
    Q_OBJECT

private slots:
    void sizesFollowFromTheLayers()
    {
        const auto generator = syntheticGenerator(SrganShape{});
        QCOMPARE(generator->mapScale(0), 1);
        QCOMPARE(generator->mapScale(int(generator->layers.size())), 4);
        QCOMPARE(generator->mapChannels(0), 3);
        const int up1 = generator->findLayer("up1/conv1");
        QVERIFY(up1 > 0);
        QCOMPARE(generator->layers[std::size_t(up1)].outChannels, 64);
        QCOMPARE(generator->mapChannels(up1 + 1), 16);
        QCOMPARE(generator->mapScale(up1 + 1), 2);
        QCOMPARE(generator->stages[std::size_t(generator->stageOf(up1))].name, "up1");
        QCOMPARE(generator->stageOf(1000), -1);
        QCOMPARE(generator->findLayer("up1/conv9"), -1);
    }

    void parametersAndWorkAreCounted()
    {
        // head 16·3·81+16+1, four 16·16·9+16 (two with a slope), trunk the same with a slope, two 64·16·9+64+1,
        // tail 3·16·81+3.
        const auto generator = syntheticGenerator(SrganShape{});
        QCOMPARE(generator->parameterCount(), std::size_t(3905 + 2 * (2321 + 2320) + 2321 + 2 * 9281 + 3891));
        const double macs = 16 * 3 * 81 + 5 * 16 * 16 * 9 + 64 * 16 * 9 * (1 + 4) + 3 * 16 * 81 * 16;
        QCOMPARE(generator->macsPerInputPixel(), macs);
    }

    void unshuffledInputCountsPicturePixels()
    {
        const auto generator = syntheticGenerator(RrdbShape{.unshuffle = 2});
        QCOMPARE(generator->scale, 2);
        QCOMPARE(generator->mapChannels(0), 12);
        const auto plain = syntheticGenerator(RrdbShape{});
        const double headDifference = 16.0 * 9 * (12 - 3);
        QCOMPARE(generator->macsPerInputPixel() * 4, plain->macsPerInputPixel() + headDifference);
        QVERIFY(generator->receptiveRadius() > plain->receptiveRadius());
    }

    void receptiveRadiusBoundsEveryLayer()
    {
        // SRGAN of 2 blocks: 4 + 5·1 at scale 1, then the upsamplers 1 + 1/2 and the 9x9 tail 4/4 at scale 4, plus the
        // part of a pixel that a shuffle adds (1/2 + 1/4): 12.25, rounded up.
        QCOMPARE(syntheticGenerator(SrganShape{})->receptiveRadius(), 13);
        // SRVGG of 4 convolutions: 4, plus (r-1)/r of a pixel for the shuffle.
        QCOMPARE(syntheticGenerator(SrvggShape{})->receptiveRadius(), 5);
    }

    void violationsAreRefusedByName_data()
    {
        using model::Generator;
        QTest::addColumn<std::function<void(Generator &)>>("damage");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char *name, std::function<void(Generator &)> damage, const char *expected) {
            QTest::newRow(name) << std::move(damage) << QString(expected);
        };
        row(
            "no layers", [](Generator &g) { g.layers.clear(); }, "no layers");
        row(
            "stage gap", [](Generator &g) { g.stages[1].firstLayer = 2; }, "stage body/block1");
        row(
            "layer outside", [](Generator &g) { g.stages.pop_back(); }, "no stage");
        row(
            "path", [](Generator &g) { g.layers[1].path.push_back('x'); }, "expected \"body/block1/conv1\"");
        row(
            "input", [](Generator &g) { g.layers[1].inputs = {2}; }, "body/block1/conv1: input map 2");
        row(
            "negative input", [](Generator &g) { g.layers[1].inputs = {-1}; }, "input map -1");
        row(
            "channels", [](Generator &g) { g.layers[1].inputs = {0}; }, "16 input channels, but its inputs have 3");
        row(
            "even kernel", [](Generator &g) { g.layers[0].kernel = 4; }, "kernel 4");
        row(
            "upsample", [](Generator &g) { g.layers[0].upsample = 3; }, "upsampling by 3");
        row(
            "shuffle", [](Generator &g) { g.layers[0].shuffle = 3; }, "cannot be shuffled by 3");
        row(
            "weights", [](Generator &g) { g.layers[0].weight = std::make_shared<std::vector<float>>(5); }, "5 weights");
        row(
            "no weights", [](Generator &g) { g.layers[0].weight.reset(); }, "0 weights, expected 3888");
        row(
            "bias", [](Generator &g) { g.layers[0].bias.resize(2); }, "2 biases, expected 16");
        row(
            "slopes", [](Generator &g) { g.layers[0].slopes.resize(2); }, "2 slopes, expected 1 or 16");
        row(
            "useless slopes", [](Generator &g) { g.layers[0].activation = model::ActivationKind::Relu; }, "slopes");
        row(
            "residual", [](Generator &g) { g.layers[2].residuals[0].source = 3; }, "residual source 3");
        row(
            "residual channels", [](Generator &g) { g.layers[2].residuals[0].source = 0; }, "has 3 channels");
        row(
            "not a number", [](Generator &g) { g.layers[0].bias[0] = std::nanf(""); }, "head/conv1: its biases");
        row(
            "scale", [](Generator &g) { g.scale = 2; }, "enlarge 4 times, expected 2");
        row(
            "scale range", [](Generator &g) { g.scale = 0; }, "scale 0");
        row(
            "result",
            [](Generator &g) {
                g.layers.pop_back();
                g.stages.pop_back();
            },
            "16 channels, expected 3");
    }

    void violationsAreRefusedByName()
    {
        QFETCH(std::function<void(model::Generator &)>, damage);
        QFETCH(QString, expected);
        model::Generator generator = *syntheticGenerator(SrganShape{});
        generator.validate("good.pth");
        damage(generator);
        try {
            generator.validate("bad.pth");
            QFAIL("accepted");
        } catch (const base::Error &error) {
            QCOMPARE(error.code(), base::ErrorCode::BrokenFile);
            QCOMPARE(error.file(), "bad.pth");
            QVERIFY2(QString(error.what()).contains(expected), error.what());
        }
    }
};

QTEST_APPLESS_MAIN(TestGenerator)
#include "tst_generator.moc"
