// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/blamemodel.h"
#include "ui/blamepanel.h"
#include "ui/sharebardelegate.h"
#include "ui/theme.h"

#include <QAbstractItemModelTester>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

using namespace bitlens;
using namespace bitlens::ui;
using compare::BlameEntry;

namespace {

BlameEntry layer(std::size_t stage, int index, const char *path, double error)
{
    return {stage, index, path, 1, {4, 6}, error, 0.5};
}

BlameEntry stage(std::size_t number, const char *path, int layers, double error)
{
    return {number, -1, path, layers, {4, 6}, error, 0.5};
}

QStringList paths(const BlameModel &model)
{
    QStringList found;
    for (int row = 0; row < model.rowCount(); ++row)
        found << model.index(row, 0).data(BlameModel::PathRole).toString();
    return found;
}

} // namespace

class BlamePanelTest : public QObject {
    Q_OBJECT

private slots:
    void layersAreRankedAndReplaceTheirStage()
    {
        BlameModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.add(layer(0, 0, "head", 1.0));
        model.add(stage(1, "body/block1", 2, 3.0));
        model.add(layer(2, 3, "tail", 2.0));
        QCOMPARE(paths(model), (QStringList{"body/block1", "tail", "head"}));
        model.add(layer(1, 1, "body/block1/conv1", 0.5));
        QCOMPARE(model.rowCount(), 3); // waits for the other one
        model.add(layer(1, 2, "body/block1/conv2", 4.0));
        QCOMPARE(paths(model), (QStringList{"body/block1/conv2", "tail", "head", "body/block1/conv1"}));
        double sum = 0.0;
        for (int row = 0; row < model.rowCount(); ++row)
            sum += model.index(row, 0).data(BlameModel::ShareRole).toDouble();
        QCOMPARE(sum, 1.0);
        QCOMPARE(model.index(0, BlameModel::ShareColumn).data().toString(), QStringLiteral("75.3 %")); // 16 / 21.25
        QCOMPARE(model.index(0, BlameModel::ErrorColumn).data().toString(), QStringLiteral("4.00"));
        QCOMPARE(model.index(0, BlameModel::BitsColumn).data().toString(), QStringLiteral("4/6"));
        model.clear();
        QCOMPARE(model.rowCount(), 0);
    }

    void emptyStateExplains()
    {
        BlamePanel panel;
        panel.show();
        QVERIFY(panel.findChild<QLabel *>("blameExplanation")->isVisible());
        QVERIFY(!panel.table()->isVisible());
        QSignalSpy picking(&panel, &BlamePanel::pickingRequested);
        QTest::mouseClick(panel.findChild<QPushButton *>("blamePick"), Qt::LeftButton);
        QCOMPARE(picking.count(), 1);
        QVERIFY(picking.first().first().toBool());
        panel.setPicking(false); // from outside: no echo
        QCOMPARE(picking.count(), 1);
    }

    void anAnswerIsShownAndClicked()
    {
        BlamePanel panel;
        panel.resize(360, 400);
        panel.show();
        panel.start(QRect(60, 50, 12, 9), false);
        auto *summary = panel.findChild<QLabel *>("blameSummary");
        QVERIFY2(summary->text().contains("12 × 9"), qPrintable(summary->text()));
        panel.addEntry(layer(0, 0, "head", 1.0), 3.21);
        panel.addEntry(layer(2, 3, "tail", 2.0), 3.21);
        QVERIFY2(summary->text().contains("3.21"), qPrintable(summary->text()));
        compare::Blame blame;
        blame.region = {60, 50, 12, 9};
        blame.error = 3.21;
        blame.layers = {layer(2, 3, "tail", 2.0), layer(0, 0, "head", 1.0)};
        blame.explained = 0.92;
        panel.finish(blame);
        auto *note = panel.findChild<QLabel *>("blameNote");
        QVERIFY(note->isVisible() && note->text().contains("92 %"));
        QSignalSpy chosen(&panel, &BlamePanel::layerChosen);
        const QModelIndex second = panel.model()->index(1, BlameModel::LayerColumn);
        QTest::mouseClick(panel.table()->viewport(), Qt::LeftButton, {}, panel.table()->visualRect(second).center());
        QCOMPARE(chosen.count(), 1);
        QCOMPARE(chosen.last().first().toInt(), 0);
        QTest::keyClick(panel.table(), Qt::Key_Up);
        QCOMPARE(chosen.last().at(1).toString(), QStringLiteral("tail"));
        // The bars are as long as the shares.
        const QRect cell = panel.table()->visualRect(panel.model()->index(1, BlameModel::ShareColumn));
        const QRect bar = ShareBarDelegate::barOf(cell, 0.2, panel.table()->font());
        const QImage shown = panel.table()->viewport()->grab().toImage();
        QCOMPARE(shown.pixelColor(bar.center()), kQuantizedColor);
        QVERIFY(shown.pixelColor(bar.right() + 3, bar.center().y()) != kQuantizedColor);
        panel.setOutdated(true);
        QVERIFY(!panel.table()->isEnabled());
        QSignalSpy again(&panel, &BlamePanel::againRequested);
        QTest::mouseClick(panel.findChild<QPushButton *>("blameAgain"), Qt::LeftButton);
        QCOMPARE(again.count(), 1);
        panel.clear();
        QVERIFY(panel.findChild<QLabel *>("blameExplanation")->isVisible());
    }

    void onlyTheUserChoosesARow()
    {
        BlamePanel panel;
        panel.resize(360, 400);
        panel.show();
        panel.start(QRect(0, 0, 8, 8), false);
        panel.addEntry(layer(0, 0, "head", 1.0), 3.0);
        panel.addEntry(stage(1, "body/block1", 1, 3.0), 3.0);
        QSignalSpy chosen(&panel, &BlamePanel::layerChosen);
        const auto click = [&](int row) {
            const QModelIndex index = panel.model()->index(row, BlameModel::LayerColumn);
            QTest::mouseClick(panel.table()->viewport(), Qt::LeftButton, {}, panel.table()->visualRect(index).center());
        };
        click(0);
        QCOMPARE(chosen.count(), 1);
        QCOMPARE(chosen.last().at(1).toString(), QStringLiteral("body/block1"));
        click(0); // the bit plan was somewhere else meanwhile
        QCOMPARE(chosen.count(), 2);
        QTest::keyClick(panel.table(), Qt::Key_Return);
        QCOMPARE(chosen.count(), 3);
        // The stage's layers take its place, and the current row with it.
        panel.addEntry(layer(1, 1, "body/block1/conv1", 3.0), 3.0);
        QCOMPARE(paths(*panel.model()), (QStringList{"body/block1/conv1", "head"}));
        QCOMPARE(chosen.count(), 3);
        panel.start(QRect(0, 0, 9, 9), false);
        QCOMPARE(chosen.count(), 3);
    }

    void whatNeverBeganDoesNotWait()
    {
        BlamePanel panel;
        panel.show();
        panel.start(QRect(3, 4, 12, 9), true);
        auto *summary = panel.findChild<QLabel *>("blameSummary");
        QVERIFY(summary->text().contains("waiting"));
        panel.stop("Cancelled");
        QVERIFY2(!summary->text().contains("waiting") && summary->text().contains("12 × 9"),
                 qPrintable(summary->text()));
        QVERIFY(panel.findChild<QPushButton *>("blameAgain")->isVisible());
    }
};

QTEST_MAIN(BlamePanelTest)
#include "tst_blamepanel.moc"
