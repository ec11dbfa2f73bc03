// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/queuemodel.h"
#include "ui/queuepanel.h"
#include "ui/theme.h"

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <QTreeView>

using namespace bitlens::ui;

namespace {

QueueItem item(quint64 id, const QString &name, QueueItem::State state = QueueItem::State::Waiting)
{
    QueueItem made;
    made.id = id;
    made.input = "/pictures/" + name;
    made.state = state;
    return made;
}

QToolButton *button(const QueuePanel &panel, const char *name) { return panel.findChild<QToolButton *>(name); }

} // namespace

class QueueModelTest : public QObject {
    Q_OBJECT

private slots:
    void rowsComeChangeAndGo()
    {
        QueueModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.append({item(1, "a.png"), item(2, "b.png"), item(3, "c.png")});
        QCOMPARE(model.rowCount(), 3);
        QCOMPARE(model.columnCount(), int(QueueModel::ColumnCount));
        QCOMPARE(model.index(1, QueueModel::PictureColumn).data().toString(), "b.png");
        QSignalSpy changed(&model, &QueueModel::dataChanged);
        QueueItem running = item(2, "b.png", QueueItem::State::Running);
        running.activity = "FP32, tile 2 of 9";
        running.fraction = 0.25;
        running.secondsLeft = 65.0;
        model.update(running);
        model.update(running); // the same again changes nothing
        model.update(item(9, "unknown.png"));
        QCOMPARE(changed.count(), 1);
        QCOMPARE(model.index(1, QueueModel::StateColumn).data().toString(), "FP32, tile 2 of 9");
        QCOMPARE(model.index(1, QueueModel::StateColumn).data(QueueModel::FractionRole).toDouble(), 0.25);
        QVERIFY(model.index(1, QueueModel::TimeColumn).data().toString().contains("left"));
        QCOMPARE(model.countOf(QueueItem::State::Waiting), 2);
        model.remove(1);
        model.remove(1);
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.rowOf(2), 0);
        QCOMPARE(model.rowOf(1), -1);
    }

    void endsSayWhatHappened()
    {
        QueueModel model;
        QueueItem done = item(1, "a.png", QueueItem::State::Done);
        done.size = {480, 320};
        done.seconds = 1.25;
        done.output = "/results/a_x4.png";
        QueueItem failed = item(2, "b.png", QueueItem::State::Failed);
        failed.error = "the file is cut off";
        model.append({done, failed, item(3, "c.png", QueueItem::State::Cancelled)});
        QVERIFY(model.index(0, QueueModel::StateColumn).data().toString().contains("480"));
        QCOMPARE(model.index(0, QueueModel::OutputColumn).data().toString(), "a_x4.png");
        QCOMPARE(model.index(0, QueueModel::OutputColumn).data(Qt::ToolTipRole).toString(), "/results/a_x4.png");
        QCOMPARE(model.index(1, QueueModel::StateColumn).data().toString(), "the file is cut off");
        QCOMPARE(model.index(1, QueueModel::StateColumn).data(Qt::AccessibleTextRole).toString(),
                 "Failed: the file is cut off");
        QCOMPARE(model.index(2, QueueModel::StateColumn).data().toString(), "Cancelled");
        // The names that these would have got are no files.
        failed.output = "/results/b_x4.png";
        model.update(failed);
        QueueItem cancelled = item(3, "c.png", QueueItem::State::Cancelled);
        cancelled.output = "/results/c_x4.png";
        model.update(cancelled);
        for (const int row : {1, 2}) {
            QVERIFY(model.index(row, QueueModel::OutputColumn).data().toString().isEmpty());
            QVERIFY(model.index(row, QueueModel::OutputColumn).data(Qt::ToolTipRole).toString().isEmpty());
        }
    }

    void thePanelOffersWhatCanBeDone()
    {
        QueuePanel panel;
        panel.resize(900, 240);
        panel.show();
        QVERIFY(QTest::qWaitForWindowExposed(&panel));
        QVERIFY(panel.findChild<QLabel *>("queueEmpty")->isVisible());
        QVERIFY(!button(panel, "queueStart")->isEnabled());
        panel.model()->append({item(1, "a.png"), item(2, "b.png", QueueItem::State::Failed)});
        QVERIFY(panel.view()->isVisible());
        QVERIFY(button(panel, "queueStart")->isEnabled());
        QVERIFY(button(panel, "queueRetry")->isEnabled());
        QVERIFY(!button(panel, "queueRemove")->isEnabled());
        QVERIFY(!button(panel, "queueClear")->isEnabled());
        QVERIFY(panel.findChild<QLabel *>("queueSummary")->text().contains("0 of 2 done"));
        QVERIFY(panel.findChild<QLabel *>("queueSummary")->text().contains("1 failed"));

        QSignalSpy started(&panel, &QueuePanel::startRequested);
        QSignalSpy paused(&panel, &QueuePanel::pauseRequested);
        QTest::mouseClick(button(panel, "queueStart"), Qt::LeftButton);
        QCOMPARE(started.count(), 1);
        panel.setActivity(QueuePanel::Activity::Running);
        QCOMPARE(button(panel, "queueStart")->text(), "Pause");
        QTest::mouseClick(button(panel, "queueStart"), Qt::LeftButton);
        QCOMPARE(paused.count(), 1);
        panel.setActivity(QueuePanel::Activity::Paused);
        QCOMPARE(button(panel, "queueStart")->text(), "Continue");

        QSignalSpy removed(&panel, &QueuePanel::removeRequested);
        panel.view()->setFocus();
        QTest::keyClick(panel.view(), Qt::Key_Down);
        QTest::keyClick(panel.view(), Qt::Key_Delete);
        QCOMPARE(removed.count(), 1);
        QCOMPARE(removed.at(0).at(0).value<QList<quint64>>().size(), 1);
    }

    void optionsAreTheUsers()
    {
        QueuePanel panel;
        panel.setFormats({"png", "jpg", "tif"});
        QSignalSpy changed(&panel, &QueuePanel::optionsChanged);
        panel.setOptions({"/results", "jpg", true, false});
        QCOMPARE(changed.count(), 0);
        QCOMPARE(panel.findChild<QComboBox *>("queueFormat")->currentText(), "JPG");
        QCOMPARE(panel.findChild<QComboBox *>("queueMadeWith")->currentIndex(), 1);
        panel.setPlanName("multi");
        panel.show();
        panel.findChild<QComboBox *>("queueMadeWith")->setFocus();
        QTest::keyClick(panel.findChild<QComboBox *>("queueMadeWith"), Qt::Key_Up);
        QCOMPARE(changed.count(), 1);
        QVERIFY(!panel.options().fp32);
        QVERIFY(panel.findChild<QComboBox *>("queueMadeWith")->currentText().contains("multi"));
    }

    void thereIsAWayBackToTheFolderBesideEachPicture()
    {
        QueuePanel panel;
        panel.setOptions({"/results", "png", false, false});
        panel.show();
        auto *target = panel.findChild<QPushButton *>("queueTarget");
        QVERIFY(target->text().contains("results"));
        const QList<QAction *> ways = target->menu()->actions();
        QCOMPARE(ways.size(), 2);
        QSignalSpy changed(&panel, &QueuePanel::optionsChanged);
        QSignalSpy wanted(&panel, &QueuePanel::targetRequested);
        ways.last()->trigger();
        QCOMPARE(wanted.count(), 1);
        QCOMPARE(changed.count(), 0);
        ways.first()->trigger();
        QCOMPARE(changed.count(), 1);
        QVERIFY(panel.options().folder.isEmpty());
        QVERIFY(target->text().contains("beside each picture"));
    }
};

QTEST_MAIN(QueueModelTest)
#include "tst_queuemodel.moc"
