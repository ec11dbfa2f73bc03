// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/plots/scatterplot.h"
#include "ui/triedplanspanel.h"

#include <QComboBox>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include <limits>

using namespace bitlens::ui;

class TriedPlansPanelTest : public QObject {
    Q_OBJECT

    std::unique_ptr<TriedPlansPanel> m_panel;

    QWidget *canvas() const { return m_panel->plot()->findChild<QWidget *>(); }
    static QList<TriedPlansPanel::Entry> entries()
    {
        return {{"int8", 1.6e6, 0.20, 39.1, 0.10, false},
                {"multi", 1.8e6, 0.22, 53.9, std::nullopt, true},
                {"worse", 2.0e6, 0.30, 37.0, 0.20, false},
                {"fp32", 6.2e6, 1.20, std::numeric_limits<double>::infinity(), 0.0, false},
                {"unknown", 1.0e6, 0.0, std::nullopt, std::nullopt, false}};
    }

private slots:
    void init()
    {
        m_panel = std::make_unique<TriedPlansPanel>();
        m_panel->resize(420, 300);
        m_panel->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_panel.get()));
    }

    void emptyItSaysWhatItIsFor()
    {
        QVERIFY(!m_panel->plot()->isVisible());
        m_panel->setEntries(entries());
        QVERIFY(m_panel->plot()->isVisible());
    }

    void theFrontIsTheBestForEachSize()
    {
        m_panel->setEntries(entries());
        const QList<ScatterPlot::Point> &points = m_panel->plot()->points();
        QCOMPARE(m_panel->drawn(), (QList<int>{0, 1, 2, 3})); // the last has no loss
        QVERIFY(points[0].onFront && points[1].onFront && points[3].onFront);
        QVERIFY(!points[2].onFront);
        QVERIFY(points[1].current);
        // Of PI less is better; a plan without it is not drawn.
        for (const char *axis : {"triedCost", "triedLoss"}) {
            auto *box = m_panel->findChild<QComboBox *>(QLatin1String(axis));
            box->setFocus();
            QTest::keyClick(box, Qt::Key_Down);
        }
        QCOMPARE(m_panel->drawn(), (QList<int>{0, 2, 3}));
        const QList<ScatterPlot::Point> &byPi = m_panel->plot()->points();
        QVERIFY(byPi[0].onFront && !byPi[1].onFront && byPi[2].onFront);
        QCOMPARE(byPi[0].x, 200.0); // ms
    }

    /// A dashed line in the colour of the quantized side, from one of the best to the next, and past the others.
    void theFrontIsDrawn()
    {
        m_panel->setEntries(entries());
        QCoreApplication::processEvents();
        const auto lineBetween = [this](int from, int to) {
            const QImage shown = canvas()->grab().toImage();
            const QPointF left = m_panel->plot()->positionOf(from);
            const QPointF right = m_panel->plot()->positionOf(to);
            constexpr int kAwayFromPoints = 10;
            int dashes = 0;
            for (int x = int(left.x()) + kAwayFromPoints; x < int(right.x()) - kAwayFromPoints; ++x)
                for (int y = int(left.y()) - 1; y <= int(left.y()) + 1; ++y) {
                    const QColor pixel = shown.pixelColor(x, y);
                    dashes += pixel.red() - pixel.blue() > 100 ? 1 : 0;
                }
            return dashes;
        };
        QVERIFY(lineBetween(1, 3) > 20); // multi to fp32
        QCOMPARE(lineBetween(2, 3), 0);  // worse is not on it
    }

    void hoverNamesAndClickPicks()
    {
        m_panel->setEntries(entries());
        QTest::qWait(0);
        QSignalSpy picked(m_panel.get(), &TriedPlansPanel::entryPicked);
        const QPoint at = m_panel->plot()->positionOf(2).toPoint();
        QTest::mouseMove(canvas(), at);
        QTRY_COMPARE(m_panel->plot()->highlighted(), 2); // a real pointer's move comes with an event
        QVERIFY(m_panel->plot()->accessibleDescription().contains("worse"));
        QTest::mouseClick(canvas(), Qt::LeftButton, {}, at);
        QCOMPARE(picked.count(), 1);
        QCOMPARE(picked.at(0).at(0).toInt(), 2);
        // Beside all points nothing happens.
        QTest::mouseMove(canvas(), at + QPoint(0, -40));
        QTest::mouseClick(canvas(), Qt::LeftButton, {}, at + QPoint(0, -40));
        QCOMPARE(picked.count(), 1);
    }

    void keysPickToo()
    {
        m_panel->setEntries(entries());
        QSignalSpy picked(m_panel.get(), &TriedPlansPanel::entryPicked);
        m_panel->plot()->setFocus();
        QTest::keyClick(m_panel->plot(), Qt::Key_Right); // the smallest
        QTest::keyClick(m_panel->plot(), Qt::Key_Right);
        QTest::keyClick(m_panel->plot(), Qt::Key_Return);
        QCOMPARE(picked.count(), 1);
        QCOMPARE(picked.at(0).at(0).toInt(), 1);
    }

    void clearingIsAskedFor()
    {
        QSignalSpy cleared(m_panel.get(), &TriedPlansPanel::clearRequested);
        QTest::mouseClick(m_panel->findChild<QToolButton *>("triedClear"), Qt::LeftButton);
        QCOMPARE(cleared.count(), 1);
    }
};

QTEST_MAIN(TriedPlansPanelTest)
#include "tst_triedplanspanel.moc"
