// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "tests/app/gui/paneldesk.h"
#include "ui/bitplanpanel.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QFile>
#include <QTemporaryDir>
#include <QUndoStack>

using namespace bitlens;
using test::kWaitMilliseconds;
using test::PanelDesk;

/// The toolbar's list of plans, used with mouse and keyboard.
class TestPlanList : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<ui::Theme> m_theme;
    QString m_model;
    QString m_planFile;

    static QComboBox *list(const PanelDesk &desk) { return desk.window->findChild<QComboBox *>("planChooser"); }
    static QStringList texts(const PanelDesk &desk)
    {
        QStringList texts;
        for (int i = 0; i < list(desk)->count(); ++i)
            texts << list(desk)->itemText(i);
        return texts;
    }
    /// Opens the list and clicks the entry.
    static void click(const PanelDesk &desk, const QString &text)
    {
        QComboBox *combo = list(desk);
        QTest::mouseClick(combo, Qt::LeftButton);
        QTRY_VERIFY(combo->view()->isVisible());
        const int row = combo->findText(text);
        QVERIFY2(row >= 0, qPrintable(texts(desk).join(", ")));
        const QModelIndex index = combo->model()->index(row, 0);
        combo->view()->scrollTo(index);
        const auto isChosen = [&] {
            QWidget *target = combo->view()->viewport();
            QTest::mouseMove(target, combo->view()->visualRect(index).center());
            QTest::mouseClick(target, Qt::LeftButton, {}, combo->view()->visualRect(index).center());
            return !combo->view()->isVisible();
        };
        QTRY_VERIFY(isChosen());
    }
    void open(const PanelDesk &desk) const
    {
        desk.window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(desk.window.get()));
        test::dropFiles(desk.window.get(), {m_model});
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel(), kWaitMilliseconds);
        test::dropFiles(desk.view, {m_folder.filePath("picture.png")});
        wait(desk);
    }
    static void wait(const PanelDesk &desk)
    {
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent() && !desk.window->comparisons()->isBusy(),
                                 kWaitMilliseconds);
    }
    static quant::BitPlan preset(const PanelDesk &desk, const char *name)
    {
        return quant::presetPlan(name, *desk.session->model().generator);
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        QApplication::setDoubleClickInterval(1); // for so long a list takes no click after it was opened
        qputenv("BITLENS_DATA_DIR", m_folder.filePath("data").toUtf8());
        m_theme = std::make_unique<ui::Theme>(qApp);
        m_model = test::writeSmallModel(m_folder.filePath("small.safetensors"));
        test::writeNoise(m_folder.filePath("picture.png"), {40, 36}, 3);
        const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
        m_planFile = m_folder.filePath("mine.json");
        base::writeFileAtomically(m_planFile.toStdString(),
                                  quant::BitPlan(generator->layers.size(), {7, 6}).toJson(*generator));
    }

    void presetsAreChosenByMouseAndKeyboardAndUndone()
    {
        PanelDesk desk(m_folder.path(), m_theme.get());
        QComboBox *combo = list(desk);
        QVERIFY(combo && !combo->isEnabled() && !combo->accessibleName().isEmpty());
        open(desk);
        QVERIFY(combo->isEnabled());
        QCOMPARE(combo->currentText(), desk.session->planName());
        const quant::BitPlan first = desk.session->plan();

        click(desk, "w4");
        QVERIFY(desk.session->plan() == preset(desk, "w4"));
        QCOMPARE(combo->currentText(), QString("w4"));
        QTest::keyClick(desk.window.get(), Qt::Key_Z, Qt::ControlModifier);
        QVERIFY(desk.session->plan() == first);
        QCOMPARE(combo->currentText(), desk.session->planName());

        // The key of the table opens it; arrows and Return choose.
        QTest::keyClick(desk.window.get(), Qt::Key_P, Qt::ControlModifier);
        QTRY_VERIFY(combo->view()->isVisible());
        QTest::keyClick(combo->view(), Qt::Key_Home);
        const QString wanted = combo->itemText(combo->view()->currentIndex().row());
        QTest::keyClick(combo->view(), Qt::Key_Return);
        QTRY_COMPARE(combo->currentText(), wanted);
        QCOMPARE(desk.session->planName(), wanted);
        QVERIFY(!(desk.session->plan() == first));
    }

    void editedPlansAreCustomAndComeBackFromTheList()
    {
        PanelDesk desk(m_folder.path(), m_theme.get());
        open(desk);
        QComboBox *combo = list(desk);
        click(desk, "int8");
        wait(desk);
        test::dragStage(desk.plan, "head", ui::BitPlanModel::WeightColumn, 4);
        const quant::BitPlan edited = desk.session->plan();
        QVERIFY(!(edited == preset(desk, "int8")));
        QCOMPARE(combo->currentIndex(), -1);
        QCOMPARE(combo->placeholderText(), QString("custom"));
        const QString rules = QString::fromStdString(edited.toRules(*desk.session->model().generator));
        QVERIFY2(combo->toolTip().contains(rules), qPrintable(combo->toolTip()));
        wait(desk);
        QTRY_VERIFY2(texts(desk).contains(rules), qPrintable(texts(desk).join(" | ")));

        click(desk, "int8");
        QCOMPARE(combo->currentText(), QString("int8"));
        wait(desk);
        click(desk, rules);
        QVERIFY(desk.session->plan() == edited);
        QCOMPARE(combo->currentText(), rules);
        test::dragStage(desk.plan, "head", ui::BitPlanModel::WeightColumn, 6);
        QCOMPARE(combo->currentIndex(), -1);
        desk.session->undoStack()->undo();
        QCOMPARE(combo->currentText(), rules);
        desk.session->undoStack()->undo();
        QCOMPARE(combo->currentText(), QString("int8"));
    }

    void planFilesAreRemembered()
    {
        {
            PanelDesk desk(m_folder.path(), m_theme.get());
            open(desk);
            test::dropFiles(desk.view, {m_planFile});
            QTRY_COMPARE(list(desk)->currentText(), QString("mine.json"));
            QCOMPARE(desk.session->plan().at(0).weight, 7);
            click(desk, "int8");
            QCOMPARE(list(desk)->currentText(), QString("int8"));
        }
        PanelDesk desk(m_folder.path(), m_theme.get());
        open(desk);
        click(desk, "mine.json");
        QTRY_COMPARE(desk.session->plan().at(0).weight, 7);
        QCOMPARE(list(desk)->currentText(), QString("mine.json"));

        // One that is gone is said, and leaves the list.
        QVERIFY(QFile::rename(m_planFile, m_planFile + ".away"));
        click(desk, "int8");
        click(desk, "mine.json");
        QTRY_VERIFY(desk.messageTexts().join('\n').contains("no longer there"));
        QCOMPARE(list(desk)->currentText(), QString("int8"));
        QTRY_VERIFY(!texts(desk).contains("mine.json"));
    }
};

QTEST_MAIN(TestPlanList)
#include "tst_planlist.moc"
