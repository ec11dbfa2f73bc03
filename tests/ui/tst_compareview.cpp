// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/ui/uifixtures.h"
#include "ui/imageconvert.h"
#include "ui/theme.h"
#include "ui/views/compareview.h"
#include "ui/views/picturestore.h"
#include "ui/views/tilepyramid.h"

#include <QDropEvent>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

using namespace bitlens;
using namespace bitlens::ui;

class CompareViewTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void emptyStateOffersWhatToDo();
    void splitShowsEachSideInItsPlace();
    void dividerIsDragged();
    void dividerIsMovedByKeys();
    void horizontalDivider();
    void partsReplaceTheBackground();
    void partOutsideIsCutOff();
    void actualSizeIsPixelExact();
    void enlargedPixelsAreSquares();
    void shrunkenPicturesAreAveraged();
    void wheelZoomsAtTheCursor();
    void dragPans();
    void spaceSwapsTheSides();
    void differenceIsMagnified();
    void sideBySideIsLocked();
    void hoveredPixelIsReported();
    void regionsAreReportedOnce();
    void filesAreDropped();
    void tabTogglesPanels();
    void newCanvasForgetsTheOld();
    void largePicturesAreDrawnInParts();
    void transparencyShowsACheckerboard();
    void preparedPicturesLookTheSame_data();
    void preparedPicturesLookTheSame();
    void partsCoverWhatWasPrepared();

private:
    void setCanvas(image::Size size) const { m_view->setCanvasSize(size); }
    /// What is on the screen once nothing is being made any more.
    QColor at(int x, int y) const
    {
        QTest::qWait(5);
        return m_view->grab().toImage().pixelColor(x, y);
    }
    /// A part of a label may cover the corners, the divider the middle: y well below both.
    static constexpr int kClearY = 250;

    std::unique_ptr<CompareView> m_view;
};

namespace {

const QColor kRed(200, 10, 20);
const QColor kBlue(10, 20, 200);

image::Image filled(image::Size size, const QColor &color)
{
    return test::uniform(size, color.red(), color.green(), color.blue());
}

} // namespace

void CompareViewTest::init()
{
    m_view = std::make_unique<CompareView>();
    m_view->resize(400, 300);
    m_view->show();
    m_view->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_view.get()));
    m_view->setFocus();
}

void CompareViewTest::emptyStateOffersWhatToDo()
{
    QVERIFY(!m_view->hasCanvas());
    QSignalSpy open(m_view.get(), &CompareView::openRequested);
    QSignalSpy sample(m_view.get(), &CompareView::sampleRequested);
    auto *openButton = m_view->findChild<QPushButton *>(QStringLiteral("welcomeOpen"));
    auto *sampleButton = m_view->findChild<QPushButton *>(QStringLiteral("welcomeSample"));
    QVERIFY(openButton->isVisible() && m_view->rect().contains(openButton->geometry()));
    QTest::mouseClick(openButton, Qt::LeftButton);
    QTest::mouseClick(sampleButton, Qt::LeftButton);
    QCOMPARE(open.count(), 1);
    QCOMPARE(sample.count(), 1);
    setCanvas({400, 300});
    QVERIFY(m_view->hasCanvas());
    QVERIFY(!openButton->isVisible());
    m_view->clear();
    QVERIFY(openButton->isVisible());
    QVERIFY(m_view->visibleRegion().isEmpty());
    QVERIFY(!m_view->accessibleName().isEmpty());
}

void CompareViewTest::splitShowsEachSideInItsPlace()
{
    setCanvas({400, 300});
    QCOMPARE(m_view->zoom(), 1.0);
    m_view->setPicture(compare::Side::Fp32, filled({400, 300}, kRed));
    m_view->setPicture(compare::Side::Quantized, filled({400, 300}, kBlue));
    QCOMPARE(at(100, kClearY), kRed);
    QCOMPARE(at(300, kClearY), kBlue);
    m_view->setDividerPosition(0.9);
    QCOMPARE(at(300, kClearY), kRed);
    m_view->setDividerPosition(0.1);
    QCOMPARE(at(100, kClearY), kBlue);
    QCOMPARE(m_view->visibleRegion(), QRect(0, 0, 400, 300));
    // The labels have the identity colours.
    m_view->setDividerPosition(0.5);
    const QImage screen = m_view->grab().toImage();
    QCOMPARE(screen.pixelColor(16, 20), kFp32Color);
    QCOMPARE(screen.pixelColor(400 - 17, 20), kQuantizedColor);
}

void CompareViewTest::dividerIsDragged()
{
    setCanvas({400, 300});
    QSignalSpy moved(m_view.get(), &CompareView::dividerMoved);
    QTest::mousePress(m_view.get(), Qt::LeftButton, {}, {200, 60});
    QTest::mouseMove(m_view.get(), {150, 60});
    QTest::mouseMove(m_view.get(), {100, 60});
    QTest::mouseRelease(m_view.get(), Qt::LeftButton, {}, {100, 60});
    QCOMPARE(m_view->dividerPosition(), 0.25);
    QVERIFY(moved.count() >= 2);
    QTest::mouseMove(m_view.get(), {390, 60});
    QCOMPARE(m_view->dividerPosition(), 0.25); // let go
    QTest::mousePress(m_view.get(), Qt::LeftButton, {}, {100, 60});
    QTest::mouseMove(m_view.get(), {-50, 60});
    QTest::mouseRelease(m_view.get(), Qt::LeftButton, {}, {-50, 60});
    QCOMPARE(m_view->dividerPosition(), 0.0);
    QTest::mouseDClick(m_view.get(), Qt::LeftButton, {}, {2, 60});
    QCOMPARE(m_view->dividerPosition(), 0.5);
}

void CompareViewTest::dividerIsMovedByKeys()
{
    setCanvas({400, 300});
    QTest::keyClick(m_view.get(), Qt::Key_Right);
    QCOMPARE(m_view->dividerPosition(), 0.51);
    QTest::keyClick(m_view.get(), Qt::Key_Left, Qt::ControlModifier);
    QCOMPARE(m_view->dividerPosition(), 0.41);
    QTest::keyClick(m_view.get(), Qt::Key_Home);
    QCOMPARE(m_view->dividerPosition(), 0.0);
    QTest::keyClick(m_view.get(), Qt::Key_Left);
    QCOMPARE(m_view->dividerPosition(), 0.0);
    QTest::keyClick(m_view.get(), Qt::Key_End);
    QCOMPARE(m_view->dividerPosition(), 1.0);
}

void CompareViewTest::horizontalDivider()
{
    setCanvas({400, 300});
    m_view->setPicture(compare::Side::Fp32, filled({400, 300}, kRed));
    m_view->setPicture(compare::Side::Quantized, filled({400, 300}, kBlue));
    m_view->setSplitOrientation(Qt::Vertical);
    QCOMPARE(at(100, 100), kRed);
    QCOMPARE(at(300, 100), kRed);
    QCOMPARE(at(300, 200), kBlue);
    QTest::keyClick(m_view.get(), Qt::Key_Down, Qt::ControlModifier);
    QCOMPARE(m_view->dividerPosition(), 0.6);
    QTest::mousePress(m_view.get(), Qt::LeftButton, {}, {50, 180});
    QTest::mouseMove(m_view.get(), {50, 75});
    QTest::mouseRelease(m_view.get(), Qt::LeftButton, {}, {50, 75});
    QCOMPARE(m_view->dividerPosition(), 0.25);
}

void CompareViewTest::partsReplaceTheBackground()
{
    setCanvas({400, 300});
    const QColor green(30, 140, 60);
    m_view->setBackground(filled({100, 75}, green));
    QCOMPARE(at(100, kClearY), green);
    QCOMPARE(at(300, kClearY), green);
    m_view->updatePart(compare::Side::Fp32, {0, 200, 150, 100}, filled({150, 100}, kRed));
    QCOMPARE(at(100, kClearY), kRed);
    QCOMPARE(at(170, kClearY), green); // not yet there
    QCOMPARE(at(100, 180), green);
    QCOMPARE(at(300, kClearY), green); // the other side
    m_view->updatePart(compare::Side::Fp32, {0, 200, 150, 100}, filled({150, 100}, kBlue));
    QCOMPARE(at(100, kClearY), kBlue);
    m_view->clearSide(compare::Side::Fp32);
    QCOMPARE(at(100, kClearY), green);
}

void CompareViewTest::partOutsideIsCutOff()
{
    setCanvas({400, 300});
    m_view->updatePart(compare::Side::Fp32, {-50, 200, 100, 200}, test::coordinates({100, 200}));
    QCOMPARE(at(20, 240), QColor(70, 40, 0));
    m_view->updatePart(compare::Side::Fp32, {1000, 1000, 10, 10}, filled({10, 10}, kRed));
    m_view->updatePart(compare::Side::Fp32, {0, 0, 0, 0}, image::Image());
}

void CompareViewTest::actualSizeIsPixelExact()
{
    setCanvas({1000, 900});
    QVERIFY(m_view->isFitted());
    QVERIFY(m_view->zoom() < 1.0);
    m_view->setPicture(compare::Side::Fp32, test::coordinates({1000, 900}));
    m_view->setDividerPosition(1.0);
    m_view->showActualSize();
    QCOMPARE(m_view->zoom(), 1.0);
    const QRect region = m_view->visibleRegion();
    const double ratio = m_view->devicePixelRatioF();
    QCOMPARE(region.size(), QSize(static_cast<int>(400 * ratio), static_cast<int>(300 * ratio)));
    QTest::qWait(5);
    const QImage screen = m_view->grab().toImage();
    for (int y = 100; y < 280; y += 7) {
        for (int x = 5; x < 370; x += 7)
            QCOMPARE(screen.pixelColor(x, y), QColor((region.left() + x) % 256, (region.top() + y) % 256, 0));
    }
}

void CompareViewTest::enlargedPixelsAreSquares()
{
    setCanvas({1000, 900});
    m_view->setPicture(compare::Side::Fp32, test::coordinates({1000, 900}));
    m_view->setDividerPosition(1.0);
    m_view->setZoom(8.0);
    QTest::qWait(5);
    const QImage screen = m_view->grab().toImage();
    int changes = 0;
    for (int x = 1; x < 370; ++x) {
        const int step = screen.pixelColor(x, kClearY).red() - screen.pixelColor(x - 1, kClearY).red();
        QVERIFY(step == 0 || step == 1 || step == -255); // nothing in between
        changes += step != 0 ? 1 : 0;
    }
    QVERIFY(changes >= 45 && changes <= 47); // 370 / 8
}

void CompareViewTest::shrunkenPicturesAreAveraged()
{
    // A checkerboard of single pixels becomes gray; nearest-neighbour would keep it black or white.
    image::Image board({1600, 1200}, 3);
    std::uint8_t *to = board.mutableBytes();
    for (int y = 0; y < 1200; ++y) {
        for (int x = 0; x < 1600; ++x, to += 3)
            to[0] = to[1] = to[2] = (x + y) % 2 == 0 ? 0 : 255;
    }
    setCanvas({1600, 1200});
    m_view->setPicture(compare::Side::Fp32, board);
    QCOMPARE(m_view->zoom(), 0.25);
    QTRY_VERIFY(std::abs(at(100, kClearY).red() - 128) <= 1);
}

void CompareViewTest::wheelZoomsAtTheCursor()
{
    setCanvas({4000, 3000});
    QSignalSpy zoomed(m_view.get(), &CompareView::zoomChanged);
    QSignalSpy hovered(m_view.get(), &CompareView::pixelHovered);
    const QPoint cursor(300, 100);
    QTest::mouseMove(m_view.get(), cursor);
    QTRY_VERIFY(hovered.count() > 0);
    const QPoint before = hovered.last().first().toPoint();
    const double first = m_view->zoom();
    for (int notch = 0; notch < 6; ++notch) {
        QWheelEvent event(cursor, m_view->mapToGlobal(cursor), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(m_view.get(), &event);
    }
    QVERIFY(zoomed.count() >= 5);
    QVERIFY(m_view->zoom() > 3.5 * first);
    // The pixel under the cursor stays; half a fitted pixel is 5 output pixels here.
    const QPoint after = hovered.last().first().toPoint();
    QVERIFY2((after - before).manhattanLength() <= 10,
             qPrintable(QStringLiteral("%1 %2").arg(after.x()).arg(after.y())));
    m_view->fit();
    QCOMPARE(m_view->zoom(), first);
    QVERIFY(m_view->isFitted());
    QTest::keyClick(m_view.get(), Qt::Key_Plus);
    QVERIFY(m_view->zoom() > first);
    QTest::keyClick(m_view.get(), Qt::Key_1);
    QCOMPARE(m_view->zoom(), 1.0);
    QTest::keyClick(m_view.get(), Qt::Key_F);
    QCOMPARE(m_view->zoom(), first);
    QTest::mouseDClick(m_view.get(), Qt::LeftButton, {}, {100, 60});
    QCOMPARE(m_view->zoom(), 1.0);
}

void CompareViewTest::dragPans()
{
    setCanvas({4000, 3000});
    m_view->showActualSize();
    const QRect before = m_view->visibleRegion();
    QTest::mousePress(m_view.get(), Qt::LeftButton, {}, {100, 60});
    QTest::mouseMove(m_view.get(), {70, 80});
    QTest::mouseRelease(m_view.get(), Qt::LeftButton, {}, {70, 80});
    QCOMPARE(m_view->visibleRegion(), before.translated(30, -20));
    QTest::keyClick(m_view.get(), Qt::Key_Down);
    QVERIFY(m_view->visibleRegion().top() > before.top());
    QTest::keyClick(m_view.get(), Qt::Key_Right, Qt::ShiftModifier);
    QVERIFY(m_view->visibleRegion().left() > before.left() + 30);
    // It stops at the edge.
    QTest::mousePress(m_view.get(), Qt::LeftButton, {}, {100, 60});
    QTest::mouseMove(m_view.get(), {9000, 9000});
    QTest::mouseRelease(m_view.get(), Qt::LeftButton, {}, {9000, 9000});
    QCOMPARE(m_view->visibleRegion().topLeft(), QPoint(0, 0));
}

void CompareViewTest::spaceSwapsTheSides()
{
    setCanvas({400, 300});
    m_view->setPicture(compare::Side::Fp32, filled({400, 300}, kRed));
    m_view->setPicture(compare::Side::Quantized, filled({400, 300}, kBlue));
    QTest::keyPress(m_view.get(), Qt::Key_Space);
    QCOMPARE(at(100, kClearY), kBlue);
    QCOMPARE(at(300, kClearY), kRed);
    QTest::keyRelease(m_view.get(), Qt::Key_Space);
    QCOMPARE(at(100, kClearY), kRed);
    m_view->setMode(CompareView::Mode::Flip);
    QCOMPARE(at(100, kClearY), kRed);
    QCOMPARE(at(300, kClearY), kRed);
    QTest::keyPress(m_view.get(), Qt::Key_Space);
    QCOMPARE(at(300, kClearY), kBlue);
    m_view->clearFocus(); // the release will go elsewhere
    QCOMPARE(at(300, kClearY), kRed);
}

void CompareViewTest::differenceIsMagnified()
{
    setCanvas({400, 300});
    m_view->setPicture(compare::Side::Fp32, filled({400, 300}, QColor(100, 100, 100)));
    m_view->setPicture(compare::Side::Quantized, filled({400, 300}, QColor(103, 98, 100)));
    QSignalSpy modes(m_view.get(), &CompareView::modeChanged);
    m_view->setMode(CompareView::Mode::Difference);
    QCOMPARE(modes.count(), 1);
    QCOMPARE(m_view->differenceGain(), 8);
    QCOMPARE(at(100, kClearY), QColor(24, 16, 0));
    QTest::keyClick(m_view.get(), Qt::Key_BracketRight);
    QCOMPARE(at(100, kClearY), QColor(48, 32, 0));
    m_view->setDifferenceGain(1000);
    QCOMPARE(m_view->differenceGain(), 32);
    m_view->updatePart(compare::Side::Quantized, {0, 200, 400, 100}, filled({400, 100}, QColor(100, 100, 101)));
    QCOMPARE(at(100, kClearY), QColor(0, 0, 32));
}

void CompareViewTest::sideBySideIsLocked()
{
    setCanvas({1000, 900});
    m_view->setPicture(compare::Side::Fp32, test::coordinates({1000, 900}));
    m_view->setPicture(compare::Side::Quantized, test::coordinates({1000, 900}));
    m_view->setMode(CompareView::Mode::SideBySide);
    m_view->showActualSize();
    const auto same = [this] {
        QTest::qWait(5);
        const QImage screen = m_view->grab().toImage();
        for (int x = 10; x < 190; x += 9) {
            if (screen.pixelColor(x, kClearY - 50) != screen.pixelColor(x + 201, kClearY - 50))
                return false;
        }
        return true;
    };
    QVERIFY(same());
    const QRect before = m_view->visibleRegion();
    QTest::mousePress(m_view.get(), Qt::LeftButton, {}, {300, 60});
    QTest::mouseMove(m_view.get(), {280, 60});
    QTest::mouseRelease(m_view.get(), Qt::LeftButton, {}, {280, 60});
    QCOMPARE(m_view->visibleRegion(), before.translated(20, 0));
    QVERIFY(same());
}

void CompareViewTest::hoveredPixelIsReported()
{
    setCanvas({400, 300});
    QSignalSpy hovered(m_view.get(), &CompareView::pixelHovered);
    QTest::mouseMove(m_view.get(), {123, 45});
    QTRY_COMPARE(hovered.count(), 1);
    QCOMPARE(hovered.last().first().toPoint(), QPoint(123, 45));
    QEvent leave(QEvent::Leave);
    QCoreApplication::sendEvent(m_view.get(), &leave);
    QCOMPARE(hovered.last().first().toPoint(), QPoint(-1, -1));
}

void CompareViewTest::regionsAreReportedOnce()
{
    QSignalSpy regions(m_view.get(), &CompareView::visibleRegionChanged);
    setCanvas({4000, 3000});
    QCOMPARE(regions.count(), 1);
    QCOMPARE(regions.last().first().toRect(), QRect(0, 0, 4000, 3000));
    m_view->showActualSize();
    QCOMPARE(regions.count(), 2);
    QCOMPARE(regions.last().first().toRect(), m_view->visibleRegion());
    m_view->showActualSize();
    QCOMPARE(regions.count(), 2);
    m_view->resize(300, 200);
    QTRY_COMPARE(regions.last().first().toRect().size(), QSize(300, 200));
    m_view->clear();
    QVERIFY(regions.last().first().toRect().isEmpty());
}

void CompareViewTest::filesAreDropped()
{
    QSignalSpy dropped(m_view.get(), &CompareView::filesDropped);
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(QStringLiteral("/a/b.png")), QUrl::fromLocalFile(QStringLiteral("/a/c.png"))});
    QDragEnterEvent enter({50, 50}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(m_view.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop({50, 50}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(m_view.get(), &drop);
    QCOMPARE(dropped.count(), 1);
    QCOMPARE(dropped.first().first().value<QList<QUrl>>().size(), 2);
    QMimeData text;
    text.setText(QStringLiteral("hello"));
    QDragEnterEvent refused({50, 50}, Qt::CopyAction, &text, Qt::LeftButton, Qt::NoModifier);
    refused.ignore();
    QCoreApplication::sendEvent(m_view.get(), &refused);
    QVERIFY(!refused.isAccepted());
}

void CompareViewTest::tabTogglesPanels()
{
    QSignalSpy toggled(m_view.get(), &CompareView::panelsToggleRequested);
    setCanvas({400, 300});
    QTest::keyClick(m_view.get(), Qt::Key_Tab);
    QCOMPARE(toggled.count(), 1);
}

void CompareViewTest::newCanvasForgetsTheOld()
{
    setCanvas({400, 300});
    m_view->setPicture(compare::Side::Fp32, filled({400, 300}, kRed));
    setCanvas({400, 300});
    QCOMPARE(at(100, kClearY), tone(Tone::Surround, m_view->palette()));
    m_view->setPicture(compare::Side::Fp32, filled({200, 300}, kRed)); // of another size
    QCOMPARE(at(100, kClearY), tone(Tone::Surround, m_view->palette()));
}

void CompareViewTest::largePicturesAreDrawnInParts()
{
    // 4096 x 4096 at fit: the shrunken tiles take several frames, and all of them come.
    setCanvas({4096, 4096});
    m_view->setPicture(compare::Side::Fp32, filled({4096, 4096}, kRed));
    m_view->setPicture(compare::Side::Quantized, filled({4096, 4096}, kBlue));
    QTRY_COMPARE(at(150, kClearY), kRed);
    QTRY_COMPARE(at(250, kClearY), kBlue);
    QTRY_COMPARE(at(60, 290), kRed);
    m_view->updatePart(compare::Side::Fp32, {0, 2048, 2048, 2048}, filled({2048, 2048}, kBlue));
    QTRY_COMPARE(at(150, kClearY), kBlue);
}

void CompareViewTest::transparencyShowsACheckerboard()
{
    image::Image clear({400, 300}, 4);
    setCanvas({400, 300});
    m_view->setPicture(compare::Side::Fp32, clear);
    const QColor first = at(8, kClearY - 2);
    const QColor second = at(24, kClearY - 2);
    QVERIFY(first != second);
    QCOMPARE(first.red(), first.green());
    QCOMPARE(second.red(), second.blue());
}

void CompareViewTest::preparedPicturesLookTheSame_data()
{
    QTest::addColumn<image::Size>("size");
    QTest::addColumn<int>("channels");
    QTest::newRow("one tile") << image::Size{200, 256} << 3;
    QTest::newRow("ragged") << image::Size{1027, 781} << 3;
    QTest::newRow("wide") << image::Size{2600, 30} << 1;
    QTest::newRow("transparent") << image::Size{901, 1203} << 4;
}

void CompareViewTest::preparedPicturesLookTheSame()
{
    QFETCH(image::Size, size);
    QFETCH(int, channels);
    const image::Image picture = test::noise(size, channels);
    const DisplayPicture display = prepareForDisplay(picture);
    // Down to one tile, and each pixel as the view makes it from the picture alone.
    PictureStore store;
    store.reset({size.width, size.height});
    store.setWhole({toQImage(picture)});
    TilePyramid pyramid(&store, 64);
    FrameBudget budget(100000);
    int level = 0;
    for (const QImage &half : display.halves) {
        QCOMPARE(half.size(), pyramid.size(++level));
        const QRect tiles = tilesOf(half.rect());
        for (int y = tiles.top(); y <= tiles.bottom(); ++y)
            for (int x = tiles.left(); x <= tiles.right(); ++x)
                QCOMPARE(half.copy(tileRect({x, y}, half.size())), pyramid.tile(level, {x, y}, budget));
    }
    const QSize last = pyramid.size(level);
    QVERIFY(last.width() <= kTileSize && last.height() <= kTileSize);

    store.setWhole(display);
    for (int i = 1; i <= level; ++i)
        QVERIFY(!store.halved(i, {0, 0}).isNull());
    QVERIFY(store.halved(level + 1, {0, 0}).isNull());
}

void CompareViewTest::partsCoverWhatWasPrepared()
{
    setCanvas({2048, 2048});
    m_view->setPicture(compare::Side::Fp32, prepareForDisplay(filled({2048, 2048}, kRed)));
    QTRY_COMPARE(at(100, 100), kRed);
    QTRY_COMPARE(at(100, kClearY), kRed);
    m_view->updatePart(compare::Side::Fp32, {0, 1024, 2048, 1024}, filled({2048, 1024}, kBlue));
    QTRY_COMPARE(at(100, kClearY), kBlue);
    QCOMPARE(at(100, 100), kRed);
    m_view->setPicture(compare::Side::Fp32, prepareForDisplay(filled({2048, 2048}, kRed)));
    QTRY_COMPARE(at(100, kClearY), kRed);
}

QTEST_MAIN(CompareViewTest)
#include "tst_compareview.moc"
