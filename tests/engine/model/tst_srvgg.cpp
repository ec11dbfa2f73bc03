// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/architecture.h"
#include "tests/engine/model/comparegenerators.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

using namespace bitlens;
using namespace bitlens::test;

class TestSrvgg : public QObject {
    Q_OBJECT

private slots:
    void lastConvolutionGivesTheScale_data()
    {
        QTest::addColumn<int>("scale");
        for (int scale = 1; scale <= 4; ++scale)
            QTest::addRow("x%d", scale) << scale;
    }
    void lastConvolutionGivesTheScale()
    {
        QFETCH(int, scale);
        const auto generator = syntheticGenerator(SrvggShape{.convolutions = 5, .scale = scale});
        QCOMPARE(generator->scale, scale);
        QCOMPARE(generator->layers.size(), std::size_t(5));
        QCOMPARE(generator->stages.front().name, "head");
        QCOMPARE(generator->stages[3].name, "body/block3");
        const model::ConvLayer &tail = generator->layers.back();
        QCOMPARE(tail.path, "tail/conv1");
        QCOMPARE(tail.shuffle, scale);
        QCOMPARE(tail.activation, model::ActivationKind::None);
        QCOMPARE(tail.residuals.at(0).source, 0);
        QCOMPARE(tail.residuals.at(0).resample,
                 scale == 1 ? model::Residual::Resample::None : model::Residual::Resample::Nearest);
        QCOMPARE(generator->layers[1].slopes.size(), std::size_t(16));
    }

    void misfitsAreRefused()
    {
        model::StateDict state = syntheticState(SrvggShape{});
        state.entries[state.entries.size() - 2].second.shape = {13, 16, 3, 3};
        auto error = errorOf([&] { model::generatorFromState(state, "x"); });
        QVERIFY(error && QString(error->what()).contains("key body.6.weight makes 13 channels, expected 3, 12"));
        state = syntheticState(SrvggShape{});
        std::erase_if(state.entries, [](const auto &entry) { return entry.first == "body.3.weight"; });
        error = errorOf([&] { model::generatorFromState(state, "x"); });
        QVERIFY(error && QString(error->what()).contains("key body.3.weight is missing, expected shape [16]"));
    }
};

QTEST_APPLESS_MAIN(TestSrvgg)
#include "tst_srvgg.moc"
