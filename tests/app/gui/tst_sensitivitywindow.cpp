// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "desk.h"

#include "app/gui/comparecontroller.h"
#include "app/gui/sensitivitycontroller.h"
#include "engine/search/sensitivity.h"
#include "ui/allocationpanel.h"
#include "ui/bitplanmodel.h"
#include "ui/bitplanpanel.h"
#include "ui/sensitivitypanel.h"
#include "ui/stagebars.h"

#include <QDockWidget>
#include <QFile>
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
