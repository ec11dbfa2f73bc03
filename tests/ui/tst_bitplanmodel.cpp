// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/ui/uifixtures.h"
#include "ui/bitplanmodel.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace bitlens;
using namespace bitlens::ui;

class BitPlanModelTest : public QObject {
    Q_OBJECT

private slots:
    void isAModel();
    void treeFollowsThePaths();
    void parentsSetAllBelow();
    void mixedParentsShowTheRange();
    void refusesWhatIsNotAllowed();
    void settingAPlanIsNotAnEdit();
    void saysWhatDoesNotComputeInIntegers();

private:
    QModelIndex cell(const BitPlanModel &model, const char *path, int column) const
    {
        return model.indexOfPath(QLatin1String(path)).siblingAtColumn(column);
    }
};

void BitPlanModelTest::isAModel()
{
    BitPlanModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(model.rowCount(), 0);
    model.setGenerator(test::srganOutline());
    QCOMPARE(model.rowCount(), 6);
    QVERIFY(model.setData(cell(model, "body", BitPlanModel::WeightColumn), 4));
    model.setGenerator(test::srganOutline(2));
    model.setGenerator(nullptr);
    QCOMPARE(model.rowCount(), 0);
}

void BitPlanModelTest::saysWhatDoesNotComputeInIntegers()
{
    using Arithmetic = LayerDetail::Arithmetic;
    BitPlanModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setGenerator(test::srganOutline(2));
    const auto layers = static_cast<qsizetype>(model.generator()->layers.size());
    const auto at = [&](const char *path, int role) { return cell(model, path, BitPlanModel::NameColumn).data(role); };
    const auto arithmetic = [&](const char *path) {
        return static_cast<Arithmetic>(at(path, BitPlanModel::ArithmeticRole).toInt());
    };
    QCOMPARE(arithmetic("body"), Arithmetic::Unknown);
    QList<Arithmetic> found(layers, Arithmetic::Integer);
    found[0] = Arithmetic::Float;
    found[2] = Arithmetic::Simulated; // body/block1/conv2
    found[3] = Arithmetic::Float;
    QSignalSpy changed(&model, &BitPlanModel::dataChanged);
    model.setArithmetics(found);
    QVERIFY(changed.count() > 0);
    changed.clear();
    model.setArithmetics(found); // nothing new
    QCOMPARE(changed.count(), 0);
    QCOMPARE(arithmetic("head"), Arithmetic::Float);
    QVERIFY(at("head", Qt::ToolTipRole).toString().contains("computed in FP32"));
    QCOMPARE(arithmetic("body/block1/conv1"), Arithmetic::Integer);
    QCOMPARE(at("body/block1/conv1", Qt::AccessibleTextRole).toString(), QStringLiteral("conv1"));
    QCOMPARE(arithmetic("body/block1/conv2"), Arithmetic::Simulated);
    QVERIFY(at("body/block1/conv2", Qt::AccessibleTextRole).toString().contains("simulated"));
    QCOMPARE(arithmetic("body"), Arithmetic::Simulated); // the worst below
    QVERIFY(at("body", Qt::ToolTipRole).toString().contains("1 of 4 layers simulated"));
    QCOMPARE(arithmetic("body/block2"), Arithmetic::Float);
    model.setArithmetics({});
    QCOMPARE(arithmetic("head"), Arithmetic::Unknown);
}

void BitPlanModelTest::treeFollowsThePaths()
{
    BitPlanModel model;
    model.setGenerator(test::srganOutline());
    QStringList stages;
    for (int row = 0; row < model.rowCount(); ++row)
        stages << model.index(row, 0).data().toString();
    QCOMPARE(stages, QString("head body trunk up1 up2 tail").split(QLatin1Char(' ')));
    const QModelIndex body = model.indexOfPath(QStringLiteral("body"));
    QCOMPARE(model.rowCount(body), 5);
    const QModelIndex block = model.index(1, 0, body);
    QCOMPARE(block.data().toString(), QStringLiteral("block2"));
    QCOMPARE(model.rowCount(block), 2);
    const QModelIndex layer = model.index(0, 0, block);
    QCOMPARE(layer.data(BitPlanModel::PathRole).toString(), QStringLiteral("body/block2/conv1"));
    QCOMPARE(layer.data(BitPlanModel::LayerRole).toInt(), 3);
    QCOMPARE(model.indexOfLayer(3), layer);
    // A stage of one layer is that layer.
    const QModelIndex head = model.indexOfPath(QStringLiteral("head"));
    QCOMPARE(model.rowCount(head), 0);
    QCOMPARE(head.data(BitPlanModel::LayerRole).toInt(), 0);
    QCOMPARE(model.indexOfPath(QStringLiteral("head/conv")), head);
    QVERIFY(!model.indexOfPath(QStringLiteral("body/block9")).isValid());
}

void BitPlanModelTest::parentsSetAllBelow()
{
    BitPlanModel model;
    model.setGenerator(test::srganOutline());
    QSignalSpy edits(&model, &BitPlanModel::planChanged);
    QVERIFY(model.setData(cell(model, "body", BitPlanModel::WeightColumn), 6));
    QCOMPARE(edits.count(), 1);
    QCOMPARE(edits.first().at(1).toString(), QStringLiteral("W of body to 6 bits"));
    for (std::size_t layer = 1; layer <= 10; ++layer) {
        QCOMPARE(model.plan().at(layer).weight, 6);
        QCOMPARE(model.plan().at(layer).activation, 8);
    }
    QCOMPARE(model.plan().at(0).weight, 8);
    QCOMPARE(cell(model, "body/block3/conv2", BitPlanModel::WeightColumn).data().toString(), QStringLiteral("6"));
    // The same once more changes nothing and says nothing.
    QVERIFY(model.setData(cell(model, "body", BitPlanModel::WeightColumn), 6));
    QCOMPARE(edits.count(), 1);
}

void BitPlanModelTest::mixedParentsShowTheRange()
{
    BitPlanModel model;
    model.setGenerator(test::srganOutline());
    QVERIFY(model.setData(cell(model, "body/block1/conv1", BitPlanModel::ActivationColumn), 12));
    const QModelIndex body = cell(model, "body", BitPlanModel::ActivationColumn);
    QCOMPARE(body.data().toString(), QStringLiteral("8–12"));
    QCOMPARE(body.data(BitPlanModel::LowestBitsRole).toInt(), 8);
    QCOMPARE(body.data(BitPlanModel::HighestBitsRole).toInt(), 12);
    QVERIFY(!body.data(Qt::EditRole).isValid());
    QVERIFY(body.data(Qt::ToolTipRole).toString().contains(QStringLiteral("mixed")));
    QVERIFY(model.setData(body, 32));
    QCOMPARE(body.data().toString(), QStringLiteral("FP32"));
}

void BitPlanModelTest::refusesWhatIsNotAllowed()
{
    BitPlanModel model;
    model.setGenerator(test::srganOutline());
    const quant::BitPlan before = model.plan();
    QSignalSpy edits(&model, &BitPlanModel::planChanged);
    for (const QVariant &value : {QVariant(9), QVariant(0), QVariant(-8), QVariant(QStringLiteral("many")), QVariant()})
        QVERIFY(!model.setData(cell(model, "head", BitPlanModel::WeightColumn), value));
    QVERIFY(!model.setData(cell(model, "head", BitPlanModel::ActivationColumn), 2)); // allowed for weights only
    QVERIFY(model.setData(cell(model, "head", BitPlanModel::WeightColumn), 2));
    QVERIFY(!model.setData(cell(model, "head", BitPlanModel::NameColumn), 8));
    QCOMPARE(edits.count(), 1);
    QCOMPARE(model.plan().at(0).activation, before.at(0).activation);
}

void BitPlanModelTest::settingAPlanIsNotAnEdit()
{
    BitPlanModel model;
    model.setGenerator(test::srganOutline());
    QSignalSpy edits(&model, &BitPlanModel::planChanged);
    QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
    model.setPlan(quant::BitPlan(model.plan().size(), {4, 6}));
    QCOMPARE(edits.count(), 0);
    QVERIFY(changes.count() > 0);
    QCOMPARE(cell(model, "body/block2", BitPlanModel::WeightColumn).data().toString(), QStringLiteral("4"));
    model.setPlan(quant::BitPlan(3, {2, 8})); // of another generator
    QCOMPARE(cell(model, "head", BitPlanModel::WeightColumn).data().toString(), QStringLiteral("4"));
}

QTEST_MAIN(BitPlanModelTest)
#include "tst_bitplanmodel.moc"
