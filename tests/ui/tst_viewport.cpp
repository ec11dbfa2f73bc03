// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/views/viewport.h"

#include <QTest>

using namespace bitlens::ui;

class ViewportTest : public QObject {
    Q_OBJECT

private slots:
    void fit_data();
    void fit();
    void canvasNeverLeavesTheView();
    void anchorStays();
    void resizingKeepsTheMiddle();
    void nearlyHundredIsHundred();
};

void ViewportTest::fit_data()
{
    QTest::addColumn<QSize>("canvas");
    QTest::addColumn<double>("zoom");
    QTest::newRow("wide") << QSize(2000, 100) << 0.4;
    QTest::newRow("high") << QSize(100, 1200) << 0.5;
    QTest::newRow("exact") << QSize(800, 600) << 1.0;
    QTest::newRow("a little smaller") << QSize(500, 300) << 1.6;
    QTest::newRow("whole above two") << QSize(300, 200) << 2.0;
    QTest::newRow("tiny") << QSize(4, 4) << 32.0;
}

void ViewportTest::fit()
{
    QFETCH(QSize, canvas);
    Viewport viewport;
    viewport.setView({800, 600});
    viewport.setCanvas(canvas);
    QTEST(viewport.zoom(), "zoom");
    QVERIFY(viewport.isFitted());
    QCOMPARE(viewport.visibleCanvas(), QRect(QPoint(0, 0), canvas));
    // Centred to a pixel.
    const QRect rect = viewport.canvasRect();
    QVERIFY(std::abs((rect.left() + rect.right() + 1) - 800) <= 1);
    QVERIFY(std::abs((rect.top() + rect.bottom() + 1) - 600) <= 1);
}

void ViewportTest::canvasNeverLeavesTheView()
{
    Viewport viewport;
    viewport.setView({800, 600});
    viewport.setCanvas({4000, 500});
    viewport.setZoom(1.0, viewport.center());
    for (const QPoint &delta : {QPoint(99999, 99999), QPoint(-99999, -99999), QPoint(17, -400)}) {
        viewport.pan(delta);
        const QRect rect = viewport.canvasRect();
        QVERIFY(rect.left() <= 0 && rect.right() >= 799);
        QCOMPARE(rect.top(), 50);
    }
}

void ViewportTest::anchorStays()
{
    Viewport viewport;
    viewport.setView({800, 600});
    viewport.setCanvas({4000, 3000});
    const QPointF anchor(250, 320);
    const QPointF before = viewport.toCanvas(anchor);
    double zoom = viewport.zoom();
    constexpr double kStep = 1.3;
    // Each step rounds the corner by up to half a device pixel, and enlarges what was rounded before.
    double tolerance = 0.01;
    for (int i = 0; i < 10; ++i) {
        zoom *= kStep;
        tolerance = tolerance * kStep + 0.5;
        viewport.setZoom(zoom, anchor);
        const QPointF shift = (viewport.toCanvas(anchor) - before) * viewport.zoom();
        QVERIFY2(std::abs(shift.x()) <= tolerance, qPrintable(QString::number(shift.x())));
        QVERIFY2(std::abs(shift.y()) <= tolerance, qPrintable(QString::number(shift.y())));
    }
    viewport.setZoom(1e9, anchor);
    QCOMPARE(viewport.zoom(), viewport.largestZoom());
    viewport.setZoom(0.0, anchor);
    QCOMPARE(viewport.zoom(), viewport.smallestZoom());
    QVERIFY(viewport.isFitted());
}

void ViewportTest::resizingKeepsTheMiddle()
{
    Viewport viewport;
    viewport.setView({800, 600});
    viewport.setCanvas({4000, 3000});
    viewport.setZoom(1.0, viewport.center());
    const QPointF middle = viewport.toCanvas(viewport.center());
    viewport.setView({400, 500});
    QVERIFY((viewport.toCanvas(viewport.center()) - middle).manhattanLength() <= 1.0);
    viewport.fit();
    viewport.setView({200, 150});
    QCOMPARE(viewport.zoom(), 0.05); // follows while fitted
}

void ViewportTest::nearlyHundredIsHundred()
{
    Viewport viewport;
    viewport.setView({800, 600});
    viewport.setCanvas({4000, 3000});
    viewport.setZoom(1.03, viewport.center());
    QCOMPARE(viewport.zoom(), 1.0);
    viewport.setZoom(1.1, viewport.center());
    QCOMPARE(viewport.zoom(), 1.1);
}

QTEST_APPLESS_MAIN(ViewportTest)
#include "tst_viewport.moc"
