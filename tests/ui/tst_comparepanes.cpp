// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/ui/uifixtures.h"
#include "ui/imageconvert.h"
#include "ui/theme.h"
#include "ui/views/compareview.h"
#include "ui/views/falsecolour.h"
#include "ui/views/overlay.h"
#include "ui/views/panelayout.h"

#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

#include <utility>

using namespace bitlens;
using namespace bitlens::ui;

namespace {

using Pane = CompareView::Pane;
const QColor kFp32Grey(100, 100, 100);
const QColor kQuantizedGrey(104, 97, 100);
const QColor kBicubicGreen(30, 140, 60);
const QColor kReferenceBlue(20, 40, 200);
const QColor kPreviousYellow(220, 200, 20);
constexpr image::Size kCanvas{1000, 800};
constexpr int kTop = 60; ///< below labels

image::Image filled(const QColor &color) { return test::uniform(kCanvas, color.red(), color.green(), color.blue()); }

} // namespace

/// Panes, blink, difference and picking, through keys and mouse; on a screen of 200 %, where widget and picture pixels
/// differ.
class ComparePanesTest : public QObject {
    Q_OBJECT

    std::unique_ptr<CompareView> m_view;

    /// The screen once nothing is being made any more: large pictures come in over several frames.
    QImage settled() const
    {
        QImage before;
        QImage now = m_view->grab().toImage();
        do {
            QTest::qWait(5);
            before = std::exchange(now, m_view->grab().toImage());
        } while (now != before);
        return now;
    }
    /// Colour on the screen at a place in the widget's own coordinates.
    QColor at(double x, double y) const
    {
        const QImage screen = settled();
        return screen.pixelColor((QPointF(x, y) * m_view->devicePixelRatioF()).toPoint());
    }

private slots:
    void init()
    {
        m_view = std::make_unique<CompareView>();
        m_view->resize(800, 600);
        m_view->show();
        m_view->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_view.get()));
        QCOMPARE(m_view->devicePixelRatioF(), 2.0);
        m_view->setFocus();
        m_view->setCanvasSize(kCanvas);
        m_view->setPicture(compare::Side::Fp32, filled(kFp32Grey));
        m_view->setPicture(compare::Side::Quantized, filled(kQuantizedGrey));
    }

    void actualSizeIsOneDevicePixel()
    {
        m_view->setCanvasSize({3000, 2000});
        m_view->setPicture(compare::Side::Fp32, test::coordinates({3000, 2000}));
        m_view->setDividerPosition(1.0);
        QTest::keyClick(m_view.get(), Qt::Key_1);
        QCOMPARE(m_view->zoom(), 1.0);
        const QRect region = m_view->visibleRegion();
        QCOMPARE(region.size(), QSize(1600, 1200));
        const QImage screen = settled();
        QCOMPARE(screen.size(), region.size());
        for (int y = 2 * kTop; y < 1000; y += 17)
            for (int x = 5; x < 1500; x += 17)
                QCOMPARE(screen.pixelColor(x, y), QColor((region.left() + x) % 256, (region.top() + y) % 256, 0));
    }

    void panesAreEqualAndFillTheWidget_data()
    {
        QTest::addColumn<int>("count");
        QTest::addColumn<Qt::Orientation>("orientation");
        for (int count = 1; count <= 4; ++count)
            for (const Qt::Orientation orientation : {Qt::Horizontal, Qt::Vertical})
                QTest::newRow(qPrintable(QStringLiteral("%1 %2").arg(count).arg(orientation))) << count << orientation;
    }

    void panesAreEqualAndFillTheWidget()
    {
        QFETCH(int, count);
        QFETCH(Qt::Orientation, orientation);
        const QSize whole(1001, 733);
        const QList<QRect> panes = paneRects(whole, count, orientation, 4);
        QCOMPARE(panes.size(), count);
        QRegion covered;
        for (const QRect &pane : panes) {
            QCOMPARE(pane.size(), panes.first().size());
            QVERIFY(!covered.intersects(pane));
            covered += pane;
        }
        QCOMPARE(covered.boundingRect(), QRect(QPoint(0, 0), whole));
    }

    void fourPanesShowFourPictures()
    {
        QSignalSpy changed(m_view.get(), &CompareView::sidePanesChanged);
        m_view->setMode(CompareView::Mode::SideBySide);
        m_view->setSidePanes({Pane::Bicubic, Pane::Fp32, Pane::Quantized, Pane::Reference});
        QCOMPARE(changed.count(), 1);
        m_view->setBicubic({toQImage(filled(kBicubicGreen))});
        // No reference yet: three columns.
        QCOMPARE(at(130, 300), kBicubicGreen);
        QCOMPARE(at(400, 300), kFp32Grey);
        QCOMPARE(at(660, 300), kQuantizedGrey);
        m_view->setReference(filled(kReferenceBlue));
        QVERIFY(m_view->hasReference());
        QCOMPARE(at(200, 150), kBicubicGreen);
        QCOMPARE(at(600, 150), kFp32Grey);
        QCOMPARE(at(200, 450), kQuantizedGrey);
        QCOMPARE(at(600, 450), kReferenceBlue);
        // A reference of another size is none.
        m_view->setReference(test::uniform({10, 10}, 1, 2, 3));
        QVERIFY(!m_view->hasReference());
        // One alone, and the same twice, are refused.
        m_view->setSidePanes({Pane::Fp32});
        m_view->setSidePanes({Pane::Fp32, Pane::Fp32});
        QCOMPARE(changed.count(), 1);
    }

    void allPanesMoveTogether()
    {
        m_view->setCanvasSize({4000, 3000});
        m_view->setPicture(compare::Side::Fp32, test::coordinates({4000, 3000}));
        m_view->setPicture(compare::Side::Quantized, test::coordinates({4000, 3000}));
        m_view->setReference(test::coordinates({4000, 3000}));
        m_view->setBicubic(prepareForDisplay(test::coordinates({4000, 3000})));
        m_view->setMode(CompareView::Mode::SideBySide);
        m_view->setSidePanes({Pane::Bicubic, Pane::Fp32, Pane::Quantized, Pane::Reference});
        m_view->showActualSize();
        QTest::mousePress(m_view.get(), Qt::LeftButton, {}, {600, 450});
        QTest::mouseMove(m_view.get(), {571, 433});
        QTest::mouseRelease(m_view.get(), Qt::LeftButton, {}, {571, 433});
        QEvent leave(QEvent::Leave); // takes the cursor's marks away
        QCoreApplication::sendEvent(m_view.get(), &leave);
        const QRect region = m_view->visibleRegion();
        const auto allSame = [&] {
            const QImage screen = m_view->grab().toImage();
            const QList<QRect> panes = paneRects(screen.size(), 4, Qt::Horizontal, 4);
            for (int y = 2 * kTop; y < 300; y += 13)
                for (int x = 10; x < 700; x += 13) {
                    const QColor expected((region.left() + x) % 256, (region.top() + y) % 256, 0);
                    for (const QRect &pane : panes)
                        if (screen.pixelColor(pane.topLeft() + QPoint(x, y)) != expected)
                            return false;
                }
            return true;
        };
        QTRY_VERIFY(allSame());
        // And zoom together, at the cursor of one of them.
        QWheelEvent notch(QPointF(150, 450), m_view->mapToGlobal(QPointF(150, 450)), {}, {0, 120}, Qt::NoButton,
                          Qt::NoModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(m_view.get(), &notch);
        QVERIFY(m_view->zoom() > 1.0);
        QCoreApplication::sendEvent(m_view.get(), &leave);
        const auto allAlike = [&] {
            const QImage screen = m_view->grab().toImage();
            const QList<QRect> panes = paneRects(screen.size(), 4, Qt::Horizontal, 4);
            const QRect clear(10, 2 * kTop, 690, 180);
            const QImage first = screen.copy(clear.translated(panes.first().topLeft()));
            for (const QRect &pane : panes)
                if (screen.copy(clear.translated(pane.topLeft())) != first)
                    return false;
            return first.pixel(0, 0) != first.pixel(689, 179);
        };
        QTRY_VERIFY(allAlike());
    }

    void holdingBBlinks()
    {
        m_view->setPrevious({toQImage(filled(kPreviousYellow))}, QStringLiteral("high"));
        QVERIFY(m_view->hasPrevious());
        QCOMPARE(at(600, 300), kQuantizedGrey);
        QTest::keyPress(m_view.get(), Qt::Key_B);
        QVERIFY(m_view->isBlinking());
        QCOMPARE(at(200, 300), kFp32Grey);
        QCOMPARE(at(600, 300), kPreviousYellow);
        QTest::keyRelease(m_view.get(), Qt::Key_B);
        QCOMPARE(at(600, 300), kQuantizedGrey);
        // In the difference, it is that of the previous plan.
        m_view->setMode(CompareView::Mode::Difference);
        m_view->setDifferenceGain(1);
        QTest::keyPress(m_view.get(), Qt::Key_B);
        QCOMPARE(at(600, 300), QColor(120, 100, 80));
        m_view->clearFocus(); // the release will go elsewhere
        QCOMPARE(at(600, 300), QColor(4, 3, 0));
        m_view->setCanvasSize(kCanvas);
        QVERIFY(!m_view->hasPrevious());
    }

    void falseColourHasALegend()
    {
        m_view->setMode(CompareView::Mode::Difference);
        QSignalSpy coloured(m_view.get(), &CompareView::falseColourChanged);
        QTest::keyClick(m_view.get(), Qt::Key_C);
        QCOMPARE(coloured.count(), 1);
        QCOMPARE(at(600, 400), QColor(falseColour(4 * 8))); // the largest channel times the gain
        QTest::keyClick(m_view.get(), Qt::Key_BracketRight);
        QCOMPARE(at(600, 400), QColor(falseColour(4 * 16)));
        // The bar of the legend has every colour in its place: found below the label.
        const QImage screen = settled();
        const int y = [&] {
            for (int row = 40; row < 200; ++row)
                if (screen.pixelColor(2 * (12 + kGrid + 200), row) == QColor(falseColour(200)))
                    return row + 2;
            return -1;
        }();
        QVERIFY(y > 0);
        for (const int amount : {0, 1, 50, 100, 128, 200, 255})
            QCOMPARE(screen.pixelColor(2 * (12 + kGrid + amount), y), QColor(falseColour(amount)));
        QTest::keyClick(m_view.get(), Qt::Key_C);
        QCOMPARE(at(600, 400), QColor(64, 48, 0));
    }

    void theLegendEndsWhereDifferencesDo()
    {
        constexpr int kTicks = 4;
        QCOMPARE(overlay::legendLabel(0, kTicks, 1), QStringLiteral("0"));
        QCOMPARE(overlay::legendLabel(2, kTicks, 1), QStringLiteral("128"));
        QCOMPARE(overlay::legendLabel(kTicks, kTicks, 1), QStringLiteral("255")); // nothing differs by more
        QCOMPARE(overlay::legendLabel(kTicks, kTicks, 8), QStringLiteral("≥ 32"));
    }

    void coloursGetLighterAllTheWay()
    {
        int before = -1;
        for (int amount = 0; amount < 256; ++amount) {
            const int lightness = qGray(falseColour(amount));
            QVERIFY2(lightness >= before, qPrintable(QString::number(amount)));
            before = lightness;
        }
        QCOMPARE(falseColour(0), qRgb(0, 0, 0));
        QVERIFY(before > 240);
        QCOMPARE(falseColour(-5), falseColour(0));
        QCOMPARE(falseColour(999), falseColour(255));
    }

    void pickingNamesAPixelOrARegion()
    {
        m_view->setDividerPosition(0.0);
        m_view->showActualSize();
        const QRect visible = m_view->visibleRegion();
        const QPoint corner((800 - visible.width() / 2) / 2, (600 - visible.height() / 2) / 2);
        QSignalSpy picked(m_view.get(), &CompareView::regionPicked);
        QTest::mouseClick(m_view.get(), Qt::LeftButton, {}, corner + QPoint(100, 100));
        QCOMPARE(picked.count(), 0); // not asked for
        m_view->setPicking(true);
        QTest::mouseClick(m_view.get(), Qt::LeftButton, {}, corner + QPoint(100, 100));
        QCOMPARE(picked.count(), 1);
        QCOMPARE(picked.last().first().toRect(), QRect(200, 200, 1, 1));
        QTest::mousePress(m_view.get(), Qt::LeftButton, {}, corner + QPoint(300, 200));
        QTest::mouseMove(m_view.get(), corner + QPoint(250, 180));
        QTest::mouseMove(m_view.get(), corner + QPoint(200, 150));
        QTest::mouseRelease(m_view.get(), Qt::LeftButton, {}, corner + QPoint(200, 150));
        QCOMPARE(picked.last().first().toRect(), QRect(QPoint(400, 300), QPoint(600, 400)));
        QCOMPARE(m_view->visibleRegion(), visible); // nothing moved
        QTest::keyClick(m_view.get(), Qt::Key_Return);
        QCOMPARE(picked.last().first().toRect(), visible);
        // The region is framed where it is marked.
        m_view->setMarkedRegion(QRect(400, 300, 201, 101));
        const QColor plain = kQuantizedGrey;
        QVERIFY(at(corner.x() + 250, corner.y() + 149.5) != plain);
        QCOMPARE(at(corner.x() + 250, corner.y() + 175), plain);
        m_view->setPicking(false);
        QTest::mouseClick(m_view.get(), Qt::LeftButton, {}, corner + QPoint(100, 100));
        QCOMPARE(picked.count(), 3);
    }

    void lateralPartsComeInLazilyAndRight()
    {
        // Many overlapping parts before anybody looks; the last one wins everywhere.
        for (int i = 0; i < 40; ++i)
            m_view->updatePart(compare::Side::Fp32, {10 * i, 5 * i, 300, 300},
                               test::uniform({300, 300}, i, 2 * i, 200));
        m_view->setDividerPosition(1.0);
        m_view->showActualSize();
        const QRect visible = m_view->visibleRegion();
        const QPointF corner((800 - visible.width() / 2.0) / 2, (600 - visible.height() / 2.0) / 2);
        const auto output = [&](int x, int y) { return at(corner.x() + x / 2.0, corner.y() + y / 2.0); };
        QCOMPARE(output(395, 400), QColor(39, 78, 200));
        QCOMPARE(output(205, 390), QColor(20, 40, 200));
        QCOMPARE(output(900, 700), kFp32Grey);
        QSignalSpy hovered(m_view.get(), &CompareView::pixelHovered);
        QTest::mouseMove(m_view.get(), (corner + QPointF(100, 100)).toPoint());
        QTRY_COMPARE(hovered.count(), 1);
    }
};

int main(int argc, char **argv)
{
    qputenv("QT_SCALE_FACTOR", "2"); // read when the application is made
    QApplication application(argc, argv);
    ComparePanesTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_comparepanes.moc"
