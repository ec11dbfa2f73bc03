// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/remainingtime.h"
#include "ui/statuspanel.h"

#include <QLabel>
#include <QProgressBar>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace bitlens::ui;

class StatusPanelTest : public QObject {
    Q_OBJECT

private slots:
    void showsProgressAndOffersToCancel();
    void heightStaysTheSame();
    void namesTheMachine();
    void remainingTimeFollowsTheFraction();
};

void StatusPanelTest::showsProgressAndOffersToCancel()
{
    StatusPanel panel;
    panel.resize(900, 40);
    panel.show();
    auto *text = panel.findChild<QLabel *>(QStringLiteral("statusText"));
    auto *bar = panel.findChild<QProgressBar *>(QStringLiteral("statusProgress"));
    auto *cancel = panel.findChild<QToolButton *>(QStringLiteral("statusCancel"));
    QCOMPARE(text->text(), QStringLiteral("Ready"));
    QVERIFY(!bar->isVisible());
    panel.setProgress(0.25, QStringLiteral("FP32, tile 3 of 12"));
    QVERIFY(panel.isBusy());
    QVERIFY(bar->isVisible());
    QCOMPARE(text->text(), QStringLiteral("FP32, tile 3 of 12"));
    QCOMPARE(4 * bar->value(), bar->maximum());
    QSignalSpy cancelled(&panel, &StatusPanel::cancelRequested);
    QTest::mouseClick(cancel, Qt::LeftButton);
    QCOMPARE(cancelled.count(), 1);
    panel.setCancelling();
    QVERIFY(!cancel->isEnabled());
    panel.setProgress(0.3, QStringLiteral("FP32, tile 4 of 12"));
    QCOMPARE(text->text(), QStringLiteral("Cancelling…"));
    panel.setIdle(QStringLiteral("Cancelled"));
    QVERIFY(!panel.isBusy());
    QVERIFY(!cancel->isVisible());
    QCOMPARE(text->text(), QStringLiteral("Cancelled"));
    panel.setProgress(-1.0, QStringLiteral("Reading"));
    QCOMPARE(bar->maximum(), 0); // busy, with no known end
    QVERIFY(cancel->isEnabled());
}

void StatusPanelTest::remainingTimeFollowsTheFraction()
{
    double now = 100.0;
    RemainingTime time([&now] { return now; });
    now = 200.0;
    time.start();
    now = 200.5;
    QVERIFY(time.text(0.5).isEmpty()); // half a second says little
    now = 210.0;
    QVERIFY(time.text(0.01).isEmpty()); // and so does one per cent
    QCOMPARE(*time.seconds(0.25), 30.0);
    QCOMPARE(time.text(0.25).replace(QChar(0x00A0), QLatin1Char(' ')), QStringLiteral("30 s left"));
    QCOMPARE(*time.seconds(1.0), 0.0);
    QVERIFY(!time.seconds(-1.0)); // not known
}

void StatusPanelTest::heightStaysTheSame()
{
    StatusPanel panel;
    panel.show();
    const int idle = std::max(panel.minimumHeight(), panel.sizeHint().height());
    panel.setProgress(0.5, QStringLiteral("x"));
    QCOMPARE(std::max(panel.minimumHeight(), panel.sizeHint().height()), idle);
}

void StatusPanelTest::namesTheMachine()
{
    StatusPanel panel;
    auto *machine = panel.findChild<QLabel *>(QStringLiteral("statusMachine"));
    panel.setThreads(1);
    QCOMPARE(machine->text(), QStringLiteral("1 thread"));
    panel.setThreads(2);
    panel.setKernels(QStringLiteral("AVX2"));
    QVERIFY(machine->text().contains(QStringLiteral("2 threads")));
    QVERIFY(machine->text().contains(QStringLiteral("AVX2 kernels")));
}

QTEST_MAIN(StatusPanelTest)
#include "tst_statuspanel.moc"
