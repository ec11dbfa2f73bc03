// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "desk.h"

#include "app/gui/comparecontroller.h"
#include "app/gui/sensitivitycontroller.h"
#include "engine/search/sensitivity.h"
#include "ui/allocationpanel.h"
#include "ui/bitplanmodel.h"
#include "ui/bitplanpanel.h"
#include "ui/plots/scatterplot.h"
#include "ui/sensitivitypanel.h"
#include "ui/stagebars.h"

#include <QDir>
#include <QDockWidget>
#include <QFile>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QUndoStack>

using namespace bitlens;
using test::kWaitMilliseconds;

class TestSensitivityWindow : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", m_folder.filePath("data").toUtf8());
        m_modelFile = test::writeSmallModel(m_folder.filePath("small.safetensors"));
        m_picture = test::writeNoise(m_folder.filePath("picture.png"), {40, 36}, 3);
    }

    void analysesStagesThenLayersAndExports()
    {
        test::Desk desk(m_folder.path());
        open(desk);
        auto *panel = desk.window->findChild<ui::SensitivityPanel *>();
        auto *controller = desk.window->findChild<app::SensitivityController *>();
        QVERIFY(panel && controller);
        const auto generator = desk.session->model().generator;

        controller->start(ui::SensitivityPanel::Kind::MeasureStages);
        QVERIFY(panel->isRunning());
        QTRY_VERIFY_WITH_TIMEOUT(!panel->isRunning(), kWaitMilliseconds);
        QCOMPARE(panel->bars()->bars().size(), static_cast<qsizetype>(generator->stages.size()));
        for (const ui::StageBars::Bar &bar : panel->bars()->bars())
            QVERIFY2(bar.decibels && bar.measured, qPrintable(bar.stage));

        controller->start(ui::SensitivityPanel::Kind::Estimate);
        QTRY_VERIFY_WITH_TIMEOUT(!panel->isRunning(), kWaitMilliseconds);
        for (int row = 0; row < panel->model()->rowCount(); ++row)
            for (int column = 0; column < panel->model()->columnCount(); ++column)
                QVERIFY(panel->model()->index(row, column).data(ui::SensitivityModel::DecibelsRole).isValid());

        // The sliders' tracks know it too.
        const auto *tree = desk.window->findChild<ui::BitPlanPanel *>()->model();
        for (const int column : {ui::BitPlanModel::WeightColumn, ui::BitPlanModel::ActivationColumn}) {
            const QModelIndex cell = tree->indexOfLayer(0).siblingAtColumn(column);
            QVERIFY(cell.data(ui::BitPlanModel::SeverityRole).isValid());
        }

        // A click chooses the layer in the bit plan, and the other way round.
        auto *plan = desk.window->findChild<ui::BitPlanPanel *>();
        emit panel->layerChosen(2);
        QCOMPARE(plan->selectedLayer(), 2);
        QCOMPARE(panel->table()->currentIndex().row(), 2);

        for (const char *name : {"out.json", "out.csv"}) {
            const QString path = m_folder.filePath(name);
            controller->save(path);
            QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(path), kWaitMilliseconds);
        }
        QFile json(m_folder.filePath("out.json"));
        QVERIFY(json.open(QIODevice::ReadOnly));
        const auto report = search::SensitivityReport::fromJson(json.readAll().toStdString(), generator, "out.json");
        QCOMPARE(report.entries.size(), generator->stages.size() + 20 * generator->layers.size());
    }

    void cancelKeepsWhatWasFoundAndGoesOn()
    {
        test::Desk desk(m_folder.path());
        open(desk);
        auto *panel = desk.window->findChild<ui::SensitivityPanel *>();
        auto *controller = desk.window->findChild<app::SensitivityController *>();
        controller->start(ui::SensitivityPanel::Kind::MeasureLayers);
        QTRY_VERIFY_WITH_TIMEOUT(!panel->model()->isEmpty(), kWaitMilliseconds);
        controller->cancel();
        QTRY_VERIFY_WITH_TIMEOUT(!controller->isBusy(), kWaitMilliseconds);
        QVERIFY(!panel->isRunning());
        QVERIFY(!panel->model()->isEmpty());
        controller->start(ui::SensitivityPanel::Kind::MeasureLayers);
        QTRY_VERIFY_WITH_TIMEOUT(!controller->isBusy(), kWaitMilliseconds);
        const int last = panel->model()->rowCount() - 1;
        for (const int layer : {0, last})
            QVERIFY(panel->model()->decibels(layer, {8, quant::kFloatBits}));
    }

    void layersAreMeasuredAtTheWidthsThatAreTyped()
    {
        test::Desk desk(m_folder.path());
        open(desk);
        auto *panel = desk.window->findChild<ui::SensitivityPanel *>();
        auto *controller = desk.window->findChild<app::SensitivityController *>();
        panel->setKind(ui::SensitivityPanel::Kind::MeasureLayers);
        auto *start = panel->findChild<QPushButton *>("sensitivityStart");
        auto *widths = panel->findChild<QLineEdit *>("sensitivityWidths");
        for (const char *wrong : {"", "9", "8, x"}) {
            widths->setText(wrong);
            QVERIFY2(!start->isEnabled(), wrong);
        }
        widths->setText("8 6");
        QVERIFY(start->isEnabled());
        // What is kept of other tests would come at once.
        QVERIFY(QDir(m_folder.filePath("data/sensitivity")).removeRecursively());
        const QSignalSpy shown(panel->model(), &QAbstractItemModel::dataChanged);
        start->click();
        QTRY_VERIFY_WITH_TIMEOUT(!controller->isBusy(), kWaitMilliseconds);
        const int layers = panel->model()->rowCount();
        // Every result is shown as it comes, none is without a cell.
        QVERIFY2(shown.count() >= 4 * layers, qPrintable(QString::number(shown.count())));
        for (int layer = 0; layer < layers; ++layer) {
            for (const int width : {8, 6})
                QVERIFY(panel->model()->decibels(layer, {width, quant::kFloatBits})
                        && panel->model()->decibels(layer, {quant::kFloatBits, width}));
            QVERIFY(!panel->model()->decibels(layer, {4, quant::kFloatBits}));
        }
    }

    void niqeIsShownWhereItWasMeasured()
    {
        const QString picture = test::writeNoise(m_folder.filePath("large.png"), {60, 54}, 5);
        test::Desk desk(m_folder.path());
        open(desk);
        auto *panel = desk.window->findChild<ui::SensitivityPanel *>();
        auto *controller = desk.window->findChild<app::SensitivityController *>();
        panel->setNiqeWanted(true);
        controller->start(ui::SensitivityPanel::Kind::MeasureStages);
        QTRY_VERIFY_WITH_TIMEOUT(!controller->isBusy(), kWaitMilliseconds);
        QVERIFY2(desk.messageTexts().join('\n').contains("at least 50x50"), qPrintable(desk.messageTexts().join('\n')));

        desk.window->openPaths({picture});
        QTRY_COMPARE_WITH_TIMEOUT(desk.session->input().path, picture, kWaitMilliseconds);
        controller->start(ui::SensitivityPanel::Kind::MeasureStages);
        QTRY_VERIFY_WITH_TIMEOUT(!controller->isBusy(), kWaitMilliseconds);
        panel->setWidths({3});
        controller->start(ui::SensitivityPanel::Kind::MeasureLayers);
        QTRY_VERIFY_WITH_TIMEOUT(!controller->isBusy(), kWaitMilliseconds);
        const QModelIndex cell = panel->model()->index(0, ui::SensitivityModel::columnOf({3, quant::kFloatBits}));
        const QString decibels = cell.data().toString();
        for (const auto &bar : panel->bars()->bars())
            QVERIFY(bar.text.contains("dB"));
        panel->setShown(ui::SensitivityQuantity::Niqe);
        QVERIFY(!cell.data().toString().isEmpty() && cell.data().toString() != decibels);
        QVERIFY2(cell.data(Qt::ToolTipRole).toString().contains("NIQE"), "the tooltip has all of them");
        for (const auto &bar : panel->bars()->bars())
            QVERIFY(!bar.text.isEmpty() && !bar.text.contains("dB"));
        // Ma's model is not there.
        panel->setShown(ui::SensitivityQuantity::Pi);
        QVERIFY(cell.data().toString().isEmpty());
        for (const auto &bar : panel->bars()->bars())
            QVERIFY(bar.text.isEmpty());
    }

    void whatWasCancelledCanBeExportedAndUsed()
    {
        test::Desk desk(m_folder.path());
        open(desk);
        auto *panel = desk.window->findChild<ui::SensitivityPanel *>();
        auto *controller = desk.window->findChild<app::SensitivityController *>();
        const QString path = m_folder.filePath("cancelled.json");
        panel->setWidths({5});
        controller->start(ui::SensitivityPanel::Kind::MeasureLayers);
        QTRY_VERIFY_WITH_TIMEOUT(!panel->model()->isEmpty(), kWaitMilliseconds);
        controller->cancel();
        QTRY_VERIFY_WITH_TIMEOUT(!controller->isBusy(), kWaitMilliseconds);
        controller->save(path);
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(path), kWaitMilliseconds);
        QFile json(path);
        QVERIFY(json.open(QIODevice::ReadOnly));
        const auto report = search::SensitivityReport::fromJson(json.readAll().toStdString(),
                                                                desk.session->model().generator, "cancelled.json");
        QCOMPARE(report.conditions.model.size(), std::size_t{64});
        QCOMPARE(report.conditions.pictures.size(), std::size_t{64});
        QVERIFY(report.pictures > 0 && report.side > 0);
    }

    void theAllocationUsesWhatWasFound()
    {
        test::Desk desk(m_folder.path());
        open(desk);
        auto *panel = desk.window->findChild<ui::AllocationPanel *>();
        auto *controller = desk.window->findChild<app::SensitivityController *>();
        controller->start(ui::SensitivityPanel::Kind::Estimate);
        QTRY_VERIFY_WITH_TIMEOUT(!controller->isBusy(), kWaitMilliseconds);
        // An estimate that it made itself would be kept here.
        const QString folder = m_folder.filePath("data/sensitivity");
        QVERIFY(QDir(folder).removeRecursively());
        panel->findChild<QLineEdit *>("allocationWeights")->setText("8, 4");
        panel->findChild<QLineEdit *>("allocationActivations")->setText("8");
        controller->startAllocation(ui::AllocationPanel::Budget::SizeChange, -60.0);
        QTRY_VERIFY_WITH_TIMEOUT(!controller->isBusy(), kWaitMilliseconds);
        QVERIFY2(panel->model()->rowCount() >= 2, qPrintable(desk.messageTexts().join('\n')));
        QVERIFY(!QDir(folder).exists());

        // Only the widths that were typed, and every plan is a point of the plot.
        const quant::BitPlan &plan = panel->model()->planAt(0).plan;
        for (std::size_t layer = 0; layer < plan.size(); ++layer) {
            QVERIFY(plan.at(layer).weight == 8 || plan.at(layer).weight == 4);
            QCOMPARE(plan.at(layer).activation, 8);
        }
        QCOMPARE(panel->plot()->points().size(), static_cast<qsizetype>(panel->model()->rowCount()));
        QVERIFY(std::any_of(panel->plot()->points().begin(), panel->plot()->points().end(),
                            [](const auto &point) { return point.onFront; }));
        emit panel->plot()->pointPicked(1);
        QCOMPARE(panel->table()->currentIndex().row(), 1);
        QVERIFY(panel->plot()->points().at(1).current);

        // Without it, it makes its own, and keeps it.
        test::Desk other(m_folder.path());
        open(other);
        auto *otherController = other.window->findChild<app::SensitivityController *>();
        otherController->startAllocation(ui::AllocationPanel::Budget::SizeChange, -60.0);
        QTRY_VERIFY_WITH_TIMEOUT(!otherController->isBusy(), kWaitMilliseconds);
        QCOMPARE(QDir(folder).entryList(QDir::Files).size(), qsizetype{1});
    }

    void noPlaceToKeepResultsIsNoError()
    {
        const QString folder = m_folder.filePath("data/sensitivity");
        QVERIFY(QDir(folder).removeRecursively());
        QFile inTheWay(folder); // a file where the folder should be
        QVERIFY(inTheWay.open(QIODevice::WriteOnly));
        test::Desk desk(m_folder.path());
        open(desk);
        auto *panel = desk.window->findChild<ui::SensitivityPanel *>();
        auto *controller = desk.window->findChild<app::SensitivityController *>();
        controller->start(ui::SensitivityPanel::Kind::MeasureStages);
        QTRY_VERIFY_WITH_TIMEOUT(!controller->isBusy(), kWaitMilliseconds);
        QVERIFY2(desk.messageTexts().isEmpty(), qPrintable(desk.messageTexts().join('\n')));
        for (const ui::StageBars::Bar &bar : panel->bars()->bars())
            QVERIFY(bar.measured);
        QVERIFY(QFile::remove(folder));
    }

    void allocatesAndAppliesAsAnUndoableStep()
    {
        test::Desk desk(m_folder.path());
        open(desk);
        auto *panel = desk.window->findChild<ui::AllocationPanel *>();
        auto *controller = desk.window->findChild<app::SensitivityController *>();
        controller->startAllocation(ui::AllocationPanel::Budget::SizeChange, -60.0);
        QTRY_VERIFY_WITH_TIMEOUT(!controller->isBusy(), kWaitMilliseconds);
        QVERIFY2(panel->model()->rowCount() >= 3, qPrintable(desk.messageTexts().join('\n')));
        const quant::BitPlan before = desk.session->plan();
        const quant::BitPlan found = panel->model()->planAt(0).plan;
        QVERIFY(!(found == before));
        controller->applyPlan(0);
        QVERIFY(desk.session->plan() == found);
        desk.session->undoStack()->undo();
        QVERIFY(desk.session->plan() == before);
    }

    void impossibleBudgetIsSaid()
    {
        test::Desk desk(m_folder.path());
        open(desk);
        auto *controller = desk.window->findChild<app::SensitivityController *>();
        controller->startAllocation(ui::AllocationPanel::Budget::Loss, 1000.0);
        QTRY_VERIFY_WITH_TIMEOUT(!controller->isBusy(), kWaitMilliseconds);
        QVERIFY(desk.messageTexts().join('\n').contains("the nearest has"));
    }

    void anotherModelForgetsResults()
    {
        test::Desk desk(m_folder.path());
        open(desk);
        auto *panel = desk.window->findChild<ui::SensitivityPanel *>();
        auto *controller = desk.window->findChild<app::SensitivityController *>();
        controller->start(ui::SensitivityPanel::Kind::Estimate);
        const QString other = test::writeSmallModel(m_folder.filePath("other.safetensors"), 2);
        desk.window->openModel(other);
        QTRY_COMPARE_WITH_TIMEOUT(panel->model()->rowCount(),
                                  static_cast<int>(desk.session->model().generator->layers.size()), kWaitMilliseconds);
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->model().argument == other && !controller->isBusy(), kWaitMilliseconds);
        QVERIFY(panel->model()->isEmpty());
        QVERIFY(!panel->isRunning());
    }

    void docksOpenFromTheMenu()
    {
        test::Desk desk(m_folder.path());
        open(desk);
        for (const auto &[name, key] :
             {std::pair("dock.sensitivity", Qt::Key_F4), std::pair("dock.allocation", Qt::Key_F3)}) {
            auto *dock = desk.window->findChild<QDockWidget *>(QLatin1String(name));
            QVERIFY(dock && dock->isHidden());
            desk.window->activateWindow();
            QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
            QTest::keyClick(desk.window.get(), key);
            QTRY_VERIFY(!dock->isHidden());
        }
        const QString folder = qEnvironmentVariable("BITLENS_SCREENSHOTS");
        if (folder.isEmpty())
            return;
        auto *controller = desk.window->findChild<app::SensitivityController *>();
        controller->start(ui::SensitivityPanel::Kind::Estimate);
        controller->startAllocation(ui::AllocationPanel::Budget::SizeChange, -60.0);
        QTRY_VERIFY_WITH_TIMEOUT(!controller->isBusy(), kWaitMilliseconds);
        QVERIFY(desk.window->grab().save(folder + "/sensitivity.png"));
    }

private:
    void open(const test::Desk &desk) const
    {
        desk.window->openModel(m_modelFile);
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel(), kWaitMilliseconds);
        desk.window->openPaths({m_picture});
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasInput(), kWaitMilliseconds);
    }

    QTemporaryDir m_folder;
    QString m_modelFile;
    QString m_picture;
};

QTEST_MAIN(TestSensitivityWindow)
#include "tst_sensitivitywindow.moc"
