// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/generator.h"
#include "ui/allocationmodel.h"
#include "ui/allocationpanel.h"
#include "ui/heatdelegate.h"
#include "ui/sensitivitymodel.h"
#include "ui/sensitivitypanel.h"
#include "ui/stagebars.h"
#include "ui/theme.h"

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

using namespace bitlens;
using quant::kFloatBits;
using ui::AllocationModel;
using ui::SensitivityModel;

namespace {

/// Two stages of two layers; nothing is computed with it.
model::GeneratorPtr smallGenerator()
{
    auto generator = std::make_shared<model::Generator>();
    generator->stages = {{"head", 0, 2}, {"tail", 2, 2}};
    for (const char *path : {"head/conv1", "head/conv2", "tail/conv1", "tail/conv2"}) {
        model::ConvLayer layer;
        layer.path = path;
        generator->layers.push_back(layer);
    }
    return generator;
}

AllocationModel::Plan planOf(AllocationModel::Plan::Kind kind, std::size_t bytes)
{
    AllocationModel::Plan plan;
    plan.kind = kind;
    plan.bytes = bytes;
    plan.floatBytes = 1000;
    plan.decibels = 51.5;
    plan.rules = QStringLiteral("*=8/8");
    return plan;
}

} // namespace

class TestSensitivityModel : public QObject {
    Q_OBJECT

private slots:
    void fillsInAsValuesCome()
    {
        SensitivityModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(model.rowCount(), 0);
        model.setGenerator(smallGenerator());
        QCOMPARE(model.rowCount(), 4);
        QCOMPARE(model.columnCount(), 20);
        const QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        model.setValues({{1, {8, kFloatBits}, 44.6, false}, {3, {kFloatBits, 12}, 80.0, false}});
        QCOMPARE(changed.count(), 1);
        QCOMPARE(changed.first().at(0).toModelIndex().row(), 1);
        QCOMPARE(changed.first().at(1).toModelIndex().row(), 3);
        const QModelIndex cell = model.index(1, SensitivityModel::columnOf({8, kFloatBits}));
        QCOMPARE(cell.data().toString(), QStringLiteral("45"));
        QVERIFY(cell.data(Qt::ToolTipRole).toString().contains("estimated"));
        QVERIFY(!model.index(0, 0).data().isValid());
        QVERIFY(model.index(0, 0).data(Qt::ToolTipRole).toString().contains("not known"));
        // An estimate does not replace what was measured, a measurement does.
        model.setValues({{1, {8, kFloatBits}, 50.0, true}});
        model.setValues({{1, {8, kFloatBits}, 60.0, false}});
        QCOMPARE(model.decibels(1, {8, kFloatBits}).value(), 50.0);
        model.setGenerator(nullptr);
        QCOMPARE(model.rowCount(), 0);
        QVERIFY(model.isEmpty());
    }

    void unknownValuesAreIgnored()
    {
        SensitivityModel model;
        model.setGenerator(smallGenerator());
        model.setValues({{-1, {8, kFloatBits}, 40.0, true},
                         {4, {8, kFloatBits}, 40.0, true},
                         {0, {8, 8}, 40.0, true},
                         {0, {9, kFloatBits}, 40.0, true},
                         {0, {kFloatBits, kFloatBits}, 40.0, true}});
        QVERIFY(model.isEmpty());
    }

    void everyWidthHasItsColumn()
    {
        SensitivityModel model;
        model.setGenerator(smallGenerator());
        for (int column = 0; column < model.columnCount(); ++column) {
            const QString head = model.headerData(column, Qt::Horizontal).toString();
            const int bits = model.index(0, column).data(SensitivityModel::BitsRole).toInt();
            QCOMPARE(head, (column < 11 ? QStringLiteral("W%1") : QStringLiteral("A%1")).arg(bits));
            QCOMPARE(SensitivityModel::columnOf(column < 11 ? quant::LayerBits{bits, kFloatBits}
                                                            : quant::LayerBits{kFloatBits, bits}),
                     column);
        }
    }

    void colourGrowsWithLossAndTextStaysReadable()
    {
        for (const QPalette &palette : {ui::lightPalette(), ui::darkPalette()})
            for (int step = 0; step <= 20; ++step) {
                const QColor ground = ui::HeatDelegate::colorOf(step / 20.0, palette);
                QVERIFY2(ui::contrastRatio(ground, ui::readableOn(ground)) >= 4.5, qPrintable(ground.name()));
            }
        QVERIFY(SensitivityModel::severityOf(40.0) > SensitivityModel::severityOf(50.0));
        QCOMPARE(SensitivityModel::severityOf(200.0), 0.0);
    }

    void panelAddsUpStagesAndTellsWhatWasChosen()
    {
        ui::SensitivityPanel panel;
        panel.setGenerator(smallGenerator());
        panel.setReady(true);
        panel.resize(panel.sizeHint());
        panel.show();
        QVERIFY(!panel.bars()->bars().at(0).decibels);
        panel.addValues({{0, {8, kFloatBits}, 50.0, false},
                         {0, {kFloatBits, 8}, 50.0, false},
                         {1, {8, kFloatBits}, 50.0, false},
                         {1, {kFloatBits, 8}, 50.0, false}});
        // Four equal errors: four times one, 6.02 dB less.
        QVERIFY(qAbs(panel.bars()->bars().at(0).decibels.value() - 43.979) < 0.01);
        QVERIFY(!panel.bars()->bars().at(1).decibels);
        panel.addStage(1, {8, 8}, 41.0);
        QVERIFY(panel.bars()->bars().at(1).measured);
        // Of other widths nothing is known; of one kind alone two errors add up.
        panel.setStageBits({4, 8});
        QVERIFY(!panel.bars()->bars().at(0).decibels && !panel.bars()->bars().at(1).measured);
        panel.setStageBits({8, kFloatBits});
        QVERIFY(qAbs(panel.bars()->bars().at(0).decibels.value() - 46.990) < 0.01);
        panel.setStageBits({kFloatBits, kFloatBits});
        QVERIFY(!panel.bars()->bars().at(0).decibels);
        panel.setStageBits({8, 8});
        QCOMPARE(panel.bars()->bars().at(1).decibels.value(), 41.0);

        const QSignalSpy chosen(&panel, &ui::SensitivityPanel::layerChosen);
        const QModelIndex cell = panel.model()->index(2, 3);
        panel.table()->scrollTo(cell);
        QTest::mouseClick(panel.table()->viewport(), Qt::LeftButton, {}, panel.table()->visualRect(cell).center());
        QCOMPARE(chosen.count(), 1);
        QCOMPARE(chosen.first().first().toInt(), 2);

        const QSignalSpy started(&panel, &ui::SensitivityPanel::startRequested);
        auto *start = panel.findChild<QPushButton *>(QStringLiteral("sensitivityStart"));
        QTest::mouseClick(start, Qt::LeftButton);
        QCOMPARE(started.count(), 1);
        panel.setRunning(true);
        QVERIFY(!start->isEnabled());
        QVERIFY(panel.findChild<QPushButton *>(QStringLiteral("sensitivityCancel"))->isEnabled());
        panel.setRunning(false);
        QVERIFY(panel.findChild<QPushButton *>(QStringLiteral("sensitivityExport"))->isEnabled());
        panel.setReady(false, QStringLiteral("no"));
        QVERIFY(!start->isEnabled());
    }

    void allocationListsPlans()
    {
        AllocationModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.add(planOf(AllocationModel::Plan::Kind::Chosen, 260));
        model.add(planOf(AllocationModel::Plan::Kind::BySize, 400));
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.index(0, AllocationModel::ChangeColumn).data().toString(), QString("−74.0\u00a0%"));
        QCOMPARE(model.index(0, AllocationModel::LossColumn).data().toString(), QString("51.50\u00a0dB"));
        QCOMPARE(model.index(1, AllocationModel::KindColumn).data(Qt::ToolTipRole).toString(), QStringLiteral("*=8/8"));
        model.clear();
        QCOMPARE(model.rowCount(), 0);
    }

    void allocationPanelAsksForTheBudget()
    {
        ui::AllocationPanel panel;
        panel.show();
        panel.setReady(true);
        panel.setBudget(ui::AllocationPanel::Budget::Loss, 47.5);
        const QSignalSpy started(&panel, &ui::AllocationPanel::startRequested);
        QTest::mouseClick(panel.findChild<QPushButton *>(QStringLiteral("allocationStart")), Qt::LeftButton);
        QCOMPARE(started.count(), 1);
        QCOMPARE(started.first().at(1).toDouble(), 47.5);
        auto *apply = panel.findChild<QPushButton *>(QStringLiteral("allocationApply"));
        QVERIFY(!apply->isEnabled());
        panel.model()->add(planOf(AllocationModel::Plan::Kind::Chosen, 260));
        panel.table()->setCurrentIndex(panel.model()->index(0, 0));
        QVERIFY(apply->isEnabled());
        const QSignalSpy applied(&panel, &ui::AllocationPanel::applyRequested);
        QTest::mouseClick(apply, Qt::LeftButton);
        QCOMPARE(applied.count(), 1);
        panel.model()->clear();
        QVERIFY(!apply->isEnabled());
    }
};

QTEST_MAIN(TestSensitivityModel)
#include "tst_sensitivitymodel.moc"
