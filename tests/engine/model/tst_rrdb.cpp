// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/architecture.h"
#include "tests/engine/model/comparegenerators.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QRegularExpression>
#include <QTest>

using namespace bitlens;
using namespace bitlens::test;
using model::StateDict;

namespace {

template <typename Rename>
StateDict renamed(StateDict state, Rename rename)
{
    for (auto &entry : state.entries)
        entry.first = rename(QString::fromStdString(entry.first)).toStdString();
    return state;
}

StateDict esrganNames(const StateDict &state)
{
    return renamed(state, [](QString key) {
        return key.replace("conv_body", "trunk_conv")
            .replace("body.", "RRDB_trunk.")
            .replace(".rdb", ".RDB")
            .replace("conv_up", "upconv")
            .replace("conv_hr", "HRconv");
    });
}

StateDict firstReleaseNames(const StateDict &state, int blocks)
{
    return renamed(state, [blocks](QString key) {
        key.replace(QRegularExpression(R"(^body\.(\d+)\.rdb(\d)\.conv(\d)\.)"), R"(model.1.sub.\1.RDB\2.conv\3.0.)");
        return key.replace("conv_first", "model.0")
            .replace("conv_body", QString("model.1.sub.%1").arg(blocks))
            .replace("conv_up1", "model.3")
            .replace("conv_up2", "model.6")
            .replace("conv_hr", "model.8")
            .replace("conv_last", "model.10");
    });
}

model::Generator built(const StateDict &state) { return model::generatorFromState(state, "weights.pth"); }

} // namespace

class TestRrdb : public QObject {
    Q_OBJECT

private slots:
    void structureFollowsThePaper()
    {
        const auto generator = built(syntheticState(RrdbShape{.blocks = 2}));
        QCOMPARE(generator.layers.size(), std::size_t(2 * 15 + 6));
        QCOMPARE(generator.stages.size(), std::size_t(8));
        QCOMPARE(generator.stages[2].name, "body/block2");
        QCOMPARE(generator.scale, 4);
        const auto &last = generator.layers.at(std::size_t(generator.findLayer("body/block2/rdb3/conv5")));
        // Block 1 ends at map 16; its dense blocks 1 and 2 of block 2 end at maps 21 and 26.
        QCOMPARE(last.inputs, (std::vector<int>{26, 27, 28, 29, 30}));
        QCOMPARE(last.inChannels, 16 + 4 * 8);
        QCOMPARE(last.residuals.size(), std::size_t(2));
        QCOMPARE(last.residuals[0].source, 26);
        QCOMPARE(last.residuals[0].scale, 0.2F);
        QCOMPARE(last.residuals[1].source, 16);
        QCOMPARE(last.residuals[1].scale, 0.2F);
        const auto &first = generator.layers.at(std::size_t(generator.findLayer("body/block2/rdb1/conv1")));
        QCOMPARE(first.activation, model::ActivationKind::LeakyRelu);
        QCOMPARE(first.slopes, std::vector<float>{0.2F});
        const auto &trunk = generator.layers.at(std::size_t(generator.findLayer("trunk/conv1")));
        QCOMPARE(trunk.residuals.at(0).source, 1);
        QCOMPARE(trunk.residuals.at(0).scale, 1.0F);
        QCOMPARE(generator.layers.at(std::size_t(generator.findLayer("up2/conv1"))).upsample, 2);
        QCOMPARE(generator.layers.back().activation, model::ActivationKind::None);
        QCOMPARE(generator.layers.back().path, "tail/conv1");
    }

    void everyNamingGivesTheSameNetwork()
    {
        const StateDict state = syntheticState(RrdbShape{.blocks = 3});
        const auto expected = built(state);
        QCOMPARE(generatorDifference(built(esrganNames(state)), expected), QString());
        QCOMPARE(generatorDifference(built(firstReleaseNames(state, 3)), expected), QString());
    }

    void inputChannelsGiveTheScale_data()
    {
        QTest::addColumn<int>("unshuffle");
        QTest::addColumn<int>("scale");
        QTest::newRow("x4") << 1 << 4;
        QTest::newRow("x2") << 2 << 2;
        QTest::newRow("x1") << 4 << 1;
    }
    void inputChannelsGiveTheScale()
    {
        QFETCH(int, unshuffle);
        QFETCH(int, scale);
        const auto generator = built(syntheticState(RrdbShape{.unshuffle = unshuffle}));
        QCOMPARE(generator.scale, scale);
        QCOMPARE(generator.inputUnshuffle, unshuffle);
    }

    void firstReleaseOfOtherScalesIsRead()
    {
        StateDict state = firstReleaseNames(syntheticState(RrdbShape{}), 1);
        // x2: one upsampler, so the last two convolutions are model.5 and model.7.
        std::erase_if(state.entries, [](const auto &entry) { return entry.first.rfind("model.6.", 0) == 0; });
        state = renamed(
            state, [](QString key) { return key.replace("model.8.", "model.5.").replace("model.10.", "model.7."); });
        const auto generator = built(state);
        QCOMPARE(generator.scale, 2);
        QCOMPARE(generator.layers.size(), std::size_t(15 + 5));
    }

    void misfitsAreRefusedByTheFilesOwnKeys_data()
    {
        QTest::addColumn<int>("naming");
        QTest::addColumn<QString>("expected");
        QTest::newRow("BasicSR") << 0 << "key body.0.rdb2.conv3.weight is missing, expected shape [8,32,3,3]";
        QTest::newRow("ESRGAN") << 1 << "key RRDB_trunk.0.RDB2.conv3.weight is missing, expected shape [8,32,3,3]";
        QTest::newRow("first") << 2 << "key model.1.sub.0.RDB2.conv3.0.weight is missing, expected shape [8,32,3,3]";
    }
    void misfitsAreRefusedByTheFilesOwnKeys()
    {
        QFETCH(int, naming);
        QFETCH(QString, expected);
        StateDict state = syntheticState(RrdbShape{});
        std::erase_if(state.entries, [](const auto &entry) { return entry.first == "body.0.rdb2.conv3.weight"; });
        if (naming == 1)
            state = esrganNames(state);
        if (naming == 2)
            state = firstReleaseNames(state, 1);
        const auto error = errorOf([&] { built(state); });
        QVERIFY(error);
        QVERIFY2(QString(error->what()).contains(expected), error->what());
    }

    void pictureChannelsAreChecked()
    {
        StateDict state = syntheticState(RrdbShape{});
        auto &first = state.entries.front();
        QCOMPARE(first.first, "conv_first.weight");
        first.second.shape = {16, 1, 3, 3};
        first.second.values.resize(144);
        const auto error = errorOf([&] { built(state); });
        QVERIFY(error && QString(error->what()).contains("takes 1 channels, expected shape [*,3,3,3]"));
    }
};

QTEST_APPLESS_MAIN(TestRrdb)
#include "tst_rrdb.moc"
