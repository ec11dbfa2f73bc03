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

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QDockWidget>
#include <QDoubleSpinBox>
#include <QFile>
#include <QFileDialog>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTreeView>

#include <algorithm>

using namespace bitlens;
using test::kWaitMilliseconds;
using test::part;

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
        const ui::SensitivityPanel *panel = sensitivity(desk);
        const auto generator = desk.session->model().generator;

        analyse(panel, ui::SensitivityPanel::Kind::MeasureStages);
        QCOMPARE(panel->bars()->bars().size(), static_cast<qsizetype>(generator->stages.size()));
        for (const ui::StageBars::Bar &bar : panel->bars()->bars())
            QVERIFY2(bar.decibels && bar.measured, qPrintable(bar.stage));

        analyse(panel, ui::SensitivityPanel::Kind::Estimate);
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
        QTableView *map = panel->table();
        map->scrollTo(panel->model()->index(2, 0));
        QTest::mouseClick(map->viewport(), Qt::LeftButton, {}, map->visualRect(panel->model()->index(2, 0)).center());
        QCOMPARE(plan->selectedLayer(), 2);
        QTreeView *layers = plan->tree();
        const QModelIndex first = plan->model()->indexOfLayer(0);
        layers->expand(first.parent());
        layers->scrollTo(first);
        QTest::mouseClick(layers->viewport(), Qt::LeftButton, {}, layers->visualRect(first).center());
        QCOMPARE(map->currentIndex().row(), 0);

        for (const char *name : {"out.json", "out.csv"})
            exportTo(desk, panel, m_folder.filePath(name));
        QFile json(m_folder.filePath("out.json"));
        QVERIFY(json.open(QIODevice::ReadOnly));
        const auto report = search::SensitivityReport::fromJson(json.readAll().toStdString(), generator, "out.json");
        QCOMPARE(report.entries.size(), generator->stages.size() + 20 * generator->layers.size());
    }

    void stagesAreMeasuredAtTheWidthsThatAreChosen()
    {
        test::Desk desk(m_folder.path());
        open(desk);
        const ui::SensitivityPanel *panel = sensitivity(desk);
        analyse(panel, ui::SensitivityPanel::Kind::MeasureStages);
        const QList<ui::StageBars::Bar> atEight = panel->bars()->bars();
        const auto *start = part<QPushButton>(panel, "sensitivityStart");
        choose(panel, "weights", 4);
        for (const ui::StageBars::Bar &bar : panel->bars()->bars())
            QVERIFY2(!bar.measured, qPrintable(bar.stage));
        choose(panel, "activations", quant::kFloatBits);
        analyse(panel, ui::SensitivityPanel::Kind::MeasureStages);
        QCOMPARE(panel->stageBits(), (quant::LayerBits{4, quant::kFloatBits}));
        for (qsizetype i = 0; i < atEight.size(); ++i) {
            const ui::StageBars::Bar &bar = panel->bars()->bars().at(i);
            QVERIFY2(bar.measured && *bar.decibels < *atEight.at(i).decibels, qPrintable(bar.stage));
        }
        choose(panel, "weights", quant::kFloatBits);
        QVERIFY(!start->isEnabled());
        // What was measured before is still known.
        choose(panel, "weights", 8);
        choose(panel, "activations", 8);
        QVERIFY(start->isEnabled());
        for (qsizetype i = 0; i < atEight.size(); ++i)
            QCOMPARE(*panel->bars()->bars().at(i).decibels, *atEight.at(i).decibels);

        exportTo(desk, panel, m_folder.filePath("stages.json"));
        QFile json(m_folder.filePath("stages.json"));
        QVERIFY(json.open(QIODevice::ReadOnly));
        const auto report = search::SensitivityReport::fromJson(json.readAll().toStdString(),
                                                                desk.session->model().generator, "stages.json");
        QCOMPARE(report.entries.size(), static_cast<std::size_t>(2 * atEight.size()));
    }

    void cancelKeepsWhatWasFoundAndGoesOn()
    {
        test::Desk desk(m_folder.path());
        open(desk);
        const ui::SensitivityPanel *panel = sensitivity(desk);
        startAnalysis(panel, ui::SensitivityPanel::Kind::MeasureLayers);
        QTRY_VERIFY_WITH_TIMEOUT(!panel->model()->isEmpty(), kWaitMilliseconds);
        click(panel, "sensitivityCancel");
        QTRY_VERIFY_WITH_TIMEOUT(!panel->isRunning(), kWaitMilliseconds);
        QVERIFY(part<QLabel>(panel, "sensitivityMessage")->text().contains("Cancelled"));
        QVERIFY(!panel->model()->isEmpty());
        analyse(panel, ui::SensitivityPanel::Kind::MeasureLayers);
        const int last = panel->model()->rowCount() - 1;
        for (const int layer : {0, last})
            QVERIFY(panel->model()->decibels(layer, {8, quant::kFloatBits}));
    }

    void layersAreMeasuredAtTheWidthsThatAreTyped()
    {
        test::Desk desk(m_folder.path());
        open(desk);
        const ui::SensitivityPanel *panel = sensitivity(desk);
        chooseKind(panel, ui::SensitivityPanel::Kind::MeasureLayers);
        const auto *start = part<QPushButton>(panel, "sensitivityStart");
        auto *widths = part<QLineEdit>(panel, "sensitivityWidths");
        for (const char *wrong : {"", "9", "8, x"}) {
            type(widths, wrong);
            QVERIFY2(!start->isEnabled(), wrong);
        }
        type(widths, "8 6");
        QVERIFY(start->isEnabled());
        // What is kept of other tests would come at once.
        QVERIFY(QDir(m_folder.filePath("data/sensitivity")).removeRecursively());
        const QSignalSpy shown(panel->model(), &QAbstractItemModel::dataChanged);
        analyse(panel, ui::SensitivityPanel::Kind::MeasureLayers);
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
        const ui::SensitivityPanel *panel = sensitivity(desk);
        chooseKind(panel, ui::SensitivityPanel::Kind::MeasureStages);
        auto *niqe = part<QCheckBox>(panel, "sensitivityNiqe");
        niqe->setFocus();
        QTest::keyClick(niqe, Qt::Key_Space);
        QVERIFY(panel->isNiqeWanted());
        analyse(panel, ui::SensitivityPanel::Kind::MeasureStages);
        QVERIFY2(desk.messageTexts().join('\n').contains("at least 50x50"), qPrintable(desk.messageTexts().join('\n')));

        QVERIFY(test::dropFiles(desk.view, {picture}));
        QTRY_COMPARE_WITH_TIMEOUT(desk.session->input().path, picture, kWaitMilliseconds);
        analyse(panel, ui::SensitivityPanel::Kind::MeasureStages);
        chooseKind(panel, ui::SensitivityPanel::Kind::MeasureLayers);
        type(part<QLineEdit>(panel, "sensitivityWidths"), "3");
        analyse(panel, ui::SensitivityPanel::Kind::MeasureLayers);
        const QModelIndex cell = panel->model()->index(0, ui::SensitivityModel::columnOf({3, quant::kFloatBits}));
        const QString decibels = cell.data().toString();
        for (const auto &bar : panel->bars()->bars())
            QVERIFY(bar.text.contains("dB"));
        choose(panel, ui::SensitivityQuantity::Niqe);
        QVERIFY(!cell.data().toString().isEmpty() && cell.data().toString() != decibels);
        QVERIFY2(cell.data(Qt::ToolTipRole).toString().contains("NIQE"), "the tooltip has all of them");
        for (const auto &bar : panel->bars()->bars())
            QVERIFY(!bar.text.isEmpty() && !bar.text.contains("dB"));
        // Ma's model is not there.
        choose(panel, ui::SensitivityQuantity::Pi);
        QVERIFY(cell.data().toString().isEmpty());
        for (const auto &bar : panel->bars()->bars())
            QVERIFY(bar.text.isEmpty());
    }

    void whatWasCancelledCanBeExportedAndUsed()
    {
        test::Desk desk(m_folder.path());
        open(desk);
        const ui::SensitivityPanel *panel = sensitivity(desk);
        const QString path = m_folder.filePath("cancelled.json");
        chooseKind(panel, ui::SensitivityPanel::Kind::MeasureLayers);
        type(part<QLineEdit>(panel, "sensitivityWidths"), "5");
        startAnalysis(panel, ui::SensitivityPanel::Kind::MeasureLayers);
        QTRY_VERIFY_WITH_TIMEOUT(!panel->model()->isEmpty(), kWaitMilliseconds);
        click(panel, "sensitivityCancel");
        QTRY_VERIFY_WITH_TIMEOUT(!panel->isRunning(), kWaitMilliseconds);
        exportTo(desk, panel, path);
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
        analyse(sensitivity(desk), ui::SensitivityPanel::Kind::Estimate);
        const ui::AllocationPanel *panel = allocation(desk);
        // An estimate that it made itself would be kept here.
        const QString folder = m_folder.filePath("data/sensitivity");
        QVERIFY(QDir(folder).removeRecursively());
        type(part<QLineEdit>(panel, "allocationWeights"), "8, 4");
        type(part<QLineEdit>(panel, "allocationActivations"), "8");
        typeBudget(panel, ui::AllocationPanel::Budget::SizeChange, -60.0);
        findPlans(panel);
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
        // The last of the points that lie over each other takes the click: any one will do that has a place of its own.
        ui::ScatterPlot *plot = panel->plot();
        QTest::mouseClick(plot->findChild<QWidget *>(), Qt::LeftButton, {}, plot->positionOf(1).toPoint());
        QCOMPARE(panel->table()->currentIndex().row(), 1);
        QVERIFY(panel->plot()->points().at(1).current);

        // Without it, it makes its own, and keeps it.
        test::Desk other(m_folder.path());
        open(other);
        const ui::AllocationPanel *otherPanel = allocation(other);
        typeBudget(otherPanel, ui::AllocationPanel::Budget::SizeChange, -60.0);
        findPlans(otherPanel);
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
        const ui::SensitivityPanel *panel = sensitivity(desk);
        analyse(panel, ui::SensitivityPanel::Kind::MeasureStages);
        QVERIFY2(desk.messageTexts().isEmpty(), qPrintable(desk.messageTexts().join('\n')));
        for (const ui::StageBars::Bar &bar : panel->bars()->bars())
            QVERIFY(bar.measured);
        QVERIFY(QFile::remove(folder));
    }

    void allocatesAndAppliesAsAnUndoableStep()
    {
        test::Desk desk(m_folder.path());
        open(desk);
        const ui::AllocationPanel *panel = allocation(desk);
        typeBudget(panel, ui::AllocationPanel::Budget::SizeChange, -60.0);
        findPlans(panel);
        QVERIFY2(panel->model()->rowCount() >= 3, qPrintable(desk.messageTexts().join('\n')));
        const quant::BitPlan before = desk.session->plan();
        const quant::BitPlan found = panel->model()->planAt(0).plan;
        QVERIFY(!(found == before));
        QVERIFY(!part<QPushButton>(panel, "allocationApply")->isEnabled());
        QTableView *plans = panel->table();
        plans->scrollTo(panel->model()->index(0, 0));
        QTest::mouseClick(plans->viewport(), Qt::LeftButton, {},
                          plans->visualRect(panel->model()->index(0, 0)).center());
        click(panel, "allocationApply");
        QVERIFY(desk.session->plan() == found);
        QTest::keyClick(desk.window.get(), Qt::Key_Z, Qt::ControlModifier);
        QVERIFY(desk.session->plan() == before);
    }

    void impossibleBudgetIsSaid()
    {
        test::Desk desk(m_folder.path());
        open(desk);
        const ui::AllocationPanel *panel = allocation(desk);
        typeBudget(panel, ui::AllocationPanel::Budget::Loss, 100.0);
        findPlans(panel);
        QVERIFY(desk.messageTexts().join('\n').contains("the nearest has"));
    }

    void anotherModelForgetsResults()
    {
        test::Desk desk(m_folder.path());
        open(desk);
        const ui::SensitivityPanel *panel = sensitivity(desk);
        const auto *controller = desk.window->findChild<app::SensitivityController *>();
        startAnalysis(panel, ui::SensitivityPanel::Kind::Estimate);
        const QString other = test::writeSmallModel(m_folder.filePath("other.safetensors"), 2);
        QVERIFY(test::dropFiles(desk.view, {other}));
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
        findPlans(allocation(desk));
        analyse(sensitivity(desk), ui::SensitivityPanel::Kind::Estimate);
        QVERIFY(desk.window->grab().save(folder + "/sensitivity.png"));
    }

private:
    void open(const test::Desk &desk) const
    {
        desk.window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
        QVERIFY(test::dropFiles(desk.view, {m_modelFile}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel(), kWaitMilliseconds);
        QVERIFY(test::dropFiles(desk.view, {m_picture}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasInput(), kWaitMilliseconds);
    }

    /// The panel, shown by its key.
    template <typename Panel>
    static Panel *show(const test::Desk &desk, Qt::Key key)
    {
        auto *panel = desk.window->findChild<Panel *>();
        if (!panel->isVisible())
            QTest::keyClick(desk.window.get(), key);
        (void)QTest::qWaitFor([panel] { return panel->isVisible(); });
        return panel;
    }
    static ui::SensitivityPanel *sensitivity(const test::Desk &desk)
    {
        return show<ui::SensitivityPanel>(desk, Qt::Key_F4);
    }
    static ui::AllocationPanel *allocation(const test::Desk &desk)
    {
        return show<ui::AllocationPanel>(desk, Qt::Key_F3);
    }
    static void click(const QWidget *panel, const char *button)
    {
        auto *wanted = part<QPushButton>(panel, button);
        QVERIFY2(wanted->isVisible() && wanted->isEnabled(), button);
        QTest::mouseClick(wanted, Qt::LeftButton);
    }
    /// Chooses an entry of a list with the keys.
    static void choose(const QWidget *panel, const char *list, const QVariant &data)
    {
        auto *combo = part<QComboBox>(panel, list);
        combo->setFocus();
        QTest::keyClick(combo, Qt::Key_Home);
        for (int i = 0; i < combo->count() && combo->currentData() != data; ++i)
            QTest::keyClick(combo, Qt::Key_Down);
        QCOMPARE(combo->currentData(), data);
    }
    static void chooseKind(const ui::SensitivityPanel *panel, ui::SensitivityPanel::Kind kind)
    {
        choose(panel, "sensitivityKind", static_cast<int>(kind));
    }
    static void choose(const ui::SensitivityPanel *panel, ui::SensitivityQuantity quantity)
    {
        choose(panel, "sensitivityShown", static_cast<int>(quantity));
    }
    static void type(QWidget *edit, const QString &text)
    {
        edit->setFocus();
        QTest::keyClick(edit, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClick(edit, Qt::Key_Delete);
        QTest::keyClicks(edit, text);
    }
    static void typeBudget(const ui::AllocationPanel *panel, ui::AllocationPanel::Budget budget, double amount)
    {
        choose(panel, "allocationBudget", static_cast<int>(budget));
        auto *box = part<QDoubleSpinBox>(panel, "allocationAmount");
        type(box, QString::number(amount));
        QTest::keyClick(box, Qt::Key_Return);
        QCOMPARE(box->value(), std::clamp(amount, box->minimum(), box->maximum()));
    }
    static void startAnalysis(const ui::SensitivityPanel *panel, ui::SensitivityPanel::Kind kind)
    {
        chooseKind(panel, kind);
        click(panel, "sensitivityStart");
        QVERIFY(panel->isRunning());
    }
    static void analyse(const ui::SensitivityPanel *panel, ui::SensitivityPanel::Kind kind)
    {
        startAnalysis(panel, kind);
        QTRY_VERIFY_WITH_TIMEOUT(!panel->isRunning(), kWaitMilliseconds);
    }
    static void findPlans(const ui::AllocationPanel *panel)
    {
        click(panel, "allocationStart");
        QTRY_VERIFY_WITH_TIMEOUT(!part<QPushButton>(panel, "allocationCancel")->isEnabled(), kWaitMilliseconds);
    }
    /// Presses Export… and gives a name in the dialog.
    static void exportTo(const test::Desk &desk, const QWidget *panel, const QString &path)
    {
        click(panel, "sensitivityExport");
        QFileDialog *dialog = nullptr;
        QTRY_VERIFY((dialog = desk.window->findChild<QFileDialog *>()));
        emit dialog->fileSelected(path); // the inside of the dialog is not ours
        dialog->close();
        QTRY_VERIFY(!desk.window->findChild<QFileDialog *>());
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(path), kWaitMilliseconds);
    }

    QTemporaryDir m_folder;
    QString m_modelFile;
    QString m_picture;
};

QTEST_MAIN(TestSensitivityWindow)
#include "tst_sensitivitywindow.moc"
