// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/architecture.h"
#include "tests/engine/model/comparegenerators.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <cmath>

using namespace bitlens;
using namespace bitlens::test;
using model::StateDict;
using model::Tensor;

namespace {

/// The state with every key changed by `rename`.
template <typename Rename>
StateDict renamed(StateDict state, Rename rename)
{
    for (auto &entry : state.entries)
        entry.first = rename(QString::fromStdString(entry.first)).toStdString();
    return state;
}

void erase(StateDict &state, const std::string &key)
{
    std::erase_if(state.entries, [&](const auto &entry) { return entry.first == key; });
}

Tensor &tensor(StateDict &state, const std::string &key)
{
    for (auto &entry : state.entries)
        if (entry.first == key)
            return entry.second;
    throw std::out_of_range(key);
}

model::Generator built(const StateDict &state) { return model::generatorFromState(state, "weights.pth"); }

QStringList stageNames(const model::Generator &generator)
{
    QStringList names;
    for (const model::Stage &stage : generator.stages)
        names << QString::fromStdString(stage.name);
    return names;
}

const model::ConvLayer &layer(const model::Generator &generator, const char *path)
{
    return generator.layers.at(std::size_t(generator.findLayer(path)));
}

} // namespace

class TestSrgan : public QObject {
    Q_OBJECT

private slots:
    void stagesAndLayersFollowTheKeys()
    {
        const model::Generator generator = built(syntheticState(SrganShape{.blocks = 3}));
        QCOMPARE(stageNames(generator),
                 (QStringList{"head", "body/block1", "body/block2", "body/block3", "trunk", "up1", "up2", "tail"}));
        QCOMPARE(generator.family, model::Family::Srgan);
        QCOMPARE(generator.scale, 4);
        QCOMPARE(generator.output, model::OutputTransform::TanhToUnit);
        QCOMPARE(generator.name, "weights.pth");
        QCOMPARE(layer(generator, "head/conv1").kernel, 9);
        QCOMPARE(layer(generator, "head/conv1").activation, model::ActivationKind::PRelu);
        QCOMPARE(layer(generator, "trunk/conv1").residuals.at(0).source, 1);
        QCOMPARE(layer(generator, "body/block2/conv2").residuals.at(0).source, 3);
        QCOMPARE(layer(generator, "body/block2/conv2").activation, model::ActivationKind::None);
        QCOMPARE(layer(generator, "up1/conv1").shuffle, 2);
        QCOMPARE(layer(generator, "tail/conv1").residuals.size(), std::size_t(0));
    }

    void numberOfUpsamplersGivesTheScale()
    {
        QCOMPARE(built(syntheticState(SrganShape{.upsamplers = 1})).scale, 2);
        QCOMPARE(built(syntheticState(SrganShape{.upsamplers = 3})).scale, 8);
    }

    void trunkEndsInPReluOrBatchNorm()
    {
        const auto prelu = built(syntheticState(SrganShape{}));
        QCOMPARE(layer(prelu, "trunk/conv1").activation, model::ActivationKind::PRelu);
        const auto norm = built(syntheticState(SrganShape{.trunkBatchNorm = true}));
        QCOMPARE(layer(norm, "trunk/conv1").activation, model::ActivationKind::None);
    }

    void slopesAfterAShuffleAreRepeatedBeforeIt()
    {
        const StateDict state = syntheticState(SrganShape{.slopesPerChannel = true});
        const auto generator = built(state);
        const std::vector<float> &own = state.find("block5.0.prelu.weight")->values;
        const std::vector<float> &slopes = layer(generator, "up1/conv1").slopes;
        QCOMPARE(slopes.size(), std::size_t(64));
        for (std::size_t i = 0; i < slopes.size(); ++i)
            QCOMPARE(slopes[i], own[i / 4]);
    }

    void batchNormIsFolded()
    {
        const StateDict state = syntheticState(SrganShape{.batchNorm = true});
        const auto generator = built(state);
        const model::ConvLayer &folded = layer(generator, "body/block1/conv1");
        const auto value = [&](const char *key, std::size_t i) { return double(state.find(key)->values.at(i)); };
        for (std::size_t o = 0; o < 16; ++o) {
            const double factor = value("block2.bn1.weight", o) / std::sqrt(value("block2.bn1.running_var", o) + 1e-5);
            for (std::size_t i = 0; i < 144; ++i)
                QCOMPARE(folded.weight->at(o * 144 + i), float(value("block2.conv1.weight", o * 144 + i) * factor));
            const double bias = (value("block2.conv1.bias", o) - value("block2.bn1.running_mean", o)) * factor
                                + value("block2.bn1.bias", o);
            QCOMPARE(folded.bias.at(o), float(bias));
        }
    }

    void convolutionsWithoutBiasGetZeros()
    {
        StateDict state = syntheticState(SrganShape{});
        erase(state, "block2.conv1.bias");
        QCOMPARE(layer(built(state), "body/block1/conv1").bias, std::vector<float>(16, 0.0F));
    }

    void trunkNamesGiveTheSameNetwork()
    {
        const StateDict state = syntheticState(SrganShape{.batchNorm = true, .trunkBatchNorm = true});
        const StateDict other = renamed(state, [](QString key) {
            static const QStringList parts{"conv1", "bn1", "prelu", "conv2", "bn2"};
            for (int block = 2; block <= 3; ++block)
                for (int part = 0; part < parts.size(); ++part)
                    key.replace(QString("block%1.%2.").arg(block).arg(parts[part]),
                                QString("trunk.%1.rcb.%2.").arg(block - 2).arg(part));
            for (int up = 0; up < 2; ++up) {
                key.replace(QString("block5.%1.conv.").arg(up), QString("upsampling.%1.upsample_block.0.").arg(up));
                key.replace(QString("block5.%1.prelu.").arg(up), QString("upsampling.%1.upsample_block.2.").arg(up));
            }
            return key.replace("block1.", "conv1.").replace("block4.", "conv2.").replace("block5.2.", "conv3.");
        });
        model::Generator generator = built(other);
        QCOMPARE(generator.output, model::OutputTransform::None);
        generator.output = model::OutputTransform::TanhToUnit;
        QCOMPARE(generatorDifference(generator, built(state)), QString());
    }

    void msrResNetHasABilinearSkip_data()
    {
        QTest::addColumn<int>("scale");
        for (const int scale : {2, 3, 4})
            QTest::addRow("x%d", scale) << scale;
    }
    void msrResNetHasABilinearSkip()
    {
        QFETCH(int, scale);
        const auto generator = built(syntheticState(MsrShape{.scale = scale}));
        QCOMPARE(generator.scale, scale);
        QCOMPARE(generator.output, model::OutputTransform::None);
        const model::ConvLayer &tail = layer(generator, "tail/conv1");
        QCOMPARE(tail.residuals.at(0).source, 0);
        QCOMPARE(tail.residuals.at(0).resample, model::Residual::Resample::Bilinear);
        QCOMPARE(layer(generator, "body/block1/conv1").activation, model::ActivationKind::Relu);
        QCOMPARE(layer(generator, "up1/conv1").slopes, std::vector<float>{0.1F});
        QCOMPARE(layer(generator, "hr/conv1").activation, model::ActivationKind::LeakyRelu);
        QCOMPARE(generator.findLayer("trunk/conv1"), -1);
    }

    void misfitsAreRefusedByKeyAndShape_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<int>("damage");
        QTest::addColumn<QString>("expected");
        enum { Remove, Reshape, Add };
        QTest::newRow("missing conv") << "block2.conv2.weight" << int(Remove)
                                      << "key block2.conv2.weight is missing, expected shape [16,16,*,*]";
        QTest::newRow("missing slope") << "block1.1.weight" << int(Remove)
                                       << "key block1.1.weight is missing, expected shape [16]";
        QTest::newRow("missing norm") << "block2.bn1.bias" << int(Remove)
                                      << "block2.bn1.bias is missing, expected shape [16]";
        QTest::newRow("missing trunk") << "block4.0.weight" << int(Remove) << "key block4.0.weight is missing";
        QTest::newRow("missing tail") << "block5.2.weight" << int(Remove)
                                      << "key block5.2.weight is missing, expected shape [3,16,*,*]";
        QTest::newRow("shape") << "block3.conv1.weight" << int(Reshape)
                               << "key block3.conv1.weight has shape [2,1152], expected [*,16,*,*]";
        QTest::newRow("extra") << "block9.surprise" << int(Add) << "1 unexpected key: block9.surprise [1]";
    }
    void misfitsAreRefusedByKeyAndShape()
    {
        QFETCH(QString, key);
        QFETCH(int, damage);
        QFETCH(QString, expected);
        StateDict state = syntheticState(SrganShape{.batchNorm = true});
        if (damage == 0)
            erase(state, key.toStdString());
        else if (damage == 1)
            tensor(state, key.toStdString()).shape = {2, 1152};
        else
            state.entries.push_back({key.toStdString(), Tensor{{1}, {0.0F}, {}}});
        const auto error = errorOf([&] { built(state); });
        QVERIFY(error);
        QCOMPARE(error->code(), base::ErrorCode::BrokenFile);
        QCOMPARE(error->file(), "weights.pth");
        QVERIFY2(QString(error->what()).contains(expected), error->what());
    }

    void unknownKeysAreNamedTogetherWithWhatIsKnown()
    {
        StateDict state;
        for (const char *key : {"layers.0.attn.qkv", "layers.0.mlp.fc1", "c", "d", "e"})
            state.entries.push_back({key, Tensor{{1}, {0.0F}, {}}});
        const auto error = errorOf([&] { built(state); });
        QCOMPARE(error->code(), base::ErrorCode::UnknownGenerator);
        const QString text = error->what();
        QVERIFY(text.contains("not a generator this program knows"));
        QVERIFY(text.contains("layers.0.attn.qkv") && text.contains("layers.0.mlp.fc1") && !text.contains(", e"));
        QVERIFY(text.contains("SRGAN") && text.contains("RRDBNet") && text.contains("SRVGGNetCompact"));
    }
};

QTEST_APPLESS_MAIN(TestSrgan)
#include "tst_srgan.moc"
