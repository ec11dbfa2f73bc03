// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/allocationpanel.h"
#include "ui/sensitivitypanel.h"

#include <QLabel>
#include <QProgressBar>
#include <QTest>

using namespace bitlens;
using namespace bitlens::ui;

/// The panels of the long analyses, as far as they tell how long.
class AnalysisPanelsTest : public QObject {
    Q_OBJECT

private slots:
    void sensitivityTellsWhatTimeIsLeft() { tellsWhatTimeIsLeft<SensitivityPanel>("sensitivity"); }
    void allocationTellsWhatTimeIsLeft() { tellsWhatTimeIsLeft<AllocationPanel>("allocation"); }

private:
    template <typename Panel>
    void tellsWhatTimeIsLeft(const QString &name) const
    {
        Panel panel;
        const auto *left = panel.template findChild<QLabel *>(name + "Remaining");
        const auto *bar = panel.template findChild<QProgressBar *>(name + "Progress");
        QVERIFY(left && bar && left->text().isEmpty());
        panel.setRunning(true);
        panel.setProgress(0.5, "half");
        QVERIFY(left->text().isEmpty()); // too early to tell
        const auto text = [&] {
            panel.setProgress(0.5, "half");
            return left->text();
        };
        QTRY_VERIFY(text().contains("left"));
        QCOMPARE(bar->value(), bar->maximum() / 2);
        panel.setRunning(false);
        QVERIFY(left->text().isEmpty());
        QCOMPARE(bar->value(), 0);
        // Another piece of work knows nothing of the one before.
        panel.setRunning(true);
        QVERIFY(text().isEmpty());
    }
};

QTEST_MAIN(AnalysisPanelsTest)
#include "tst_analysispanels.moc"
