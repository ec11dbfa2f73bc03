// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/droppeddata.h"
#include "ui/theme.h"
#include "ui/views/compareview.h"
#include "ui/views/compareview_p.h"
#include "ui/views/overlay.h"

#include <QDragEnterEvent>
#include <QDropEvent>
#include <QKeyEvent>
#include <QMimeData>
#include <QMouseEvent>
#include <QNativeGestureEvent>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace bitlens::ui {

namespace {

constexpr int kDividerReach = kGrid;
constexpr double kDividerStep = 0.01;
constexpr double kDividerLargeStep = 0.1;
constexpr int kPanStep = 8 * kGrid;
/// A notch of the wheel is 120 units; three of them double the zoom.
constexpr double kWheelUnitsPerDoubling = 360.0;

} // namespace

bool CompareView::Private::isOverDivider(const QPointF &widgetPosition) const
{
    if (!hasCanvas() || mode != Mode::Split)
        return false;
    const QRect picture = visiblePicture();
    const bool upright = orientation == Qt::Horizontal;
    const double line = dividerDevice() / ratio();
    const double across = upright ? widgetPosition.x() : widgetPosition.y();
    const double along = upright ? widgetPosition.y() : widgetPosition.x();
    const double begin = (upright ? picture.top() : picture.left()) / ratio();
    const double length = (upright ? picture.height() : picture.width()) / ratio();
    if (along < begin || along > begin + length)
        return false;
    const bool handle = std::abs(along - begin - length / 2.0) <= overlay::kHandleRadius;
    return std::abs(across - line) <= (handle ? overlay::kHandleRadius : kDividerReach);
}

void CompareView::Private::setZoomAt(double zoom, const QPointF &widgetPosition)
{
    viewport.setZoom(zoom, widgetPosition * ratio() - QPointF(paneAt(widgetPosition).topLeft()));
    viewChanged();
}

void CompareView::Private::panBy(const QPointF &widgetDelta)
{
    const QPointF wanted = widgetDelta * ratio() + panRest;
    const QPoint whole = wanted.toPoint();
    panRest = wanted - QPointF(whole);
    viewport.pan(whole);
    viewChanged();
}

void CompareView::Private::moveDividerTo(const QPointF &widgetPosition)
{
    const QRect picture = visiblePicture();
    if (picture.isEmpty())
        return;
    const QPointF device = widgetPosition * ratio();
    q->setDividerPosition(orientation == Qt::Horizontal ? (device.x() - picture.left()) / picture.width()
                                                        : (device.y() - picture.top()) / picture.height());
}

void CompareView::Private::hover(const QPointF &widgetPosition)
{
    const std::optional<QPoint> pixel = outputPixelAt(widgetPosition);
    if (paneAt(widgetPosition) != paneAt(lastHover))
        q->update();
    lastHover = widgetPosition;
    const bool onLine = isOverDivider(widgetPosition);
    if (onLine != overDivider) {
        overDivider = onLine;
        q->update();
    }
    if (pixel == hovered)
        return;
    hovered = pixel;
    emit q->pixelHovered(pixel.value_or(QPoint(-1, -1)));
    q->update();
}

void CompareView::Private::clearHover()
{
    overDivider = false;
    if (!hovered)
        return;
    hovered.reset();
    emit q->pixelHovered(QPoint(-1, -1));
    q->update();
}

void CompareView::Private::drawRegionTo(const QPointF &widgetPosition)
{
    // Both ends in the pane where the drag began; a press that hardly moved means one pixel.
    const QRect pane = paneAt(pressed);
    const QPoint first = pixelInPane(pressed, pane);
    const bool moved = (widgetPosition - pressed).manhattanLength() >= kHalfGrid;
    const QPoint last = moved ? pixelInPane(widgetPosition, pane) : first;
    rubber = QRect(QPoint(std::min(first.x(), last.x()), std::min(first.y(), last.y())),
                   QPoint(std::max(first.x(), last.x()), std::max(first.y(), last.y())))
                 .intersected(QRect(QPoint(0, 0), viewport.canvas()));
    q->update();
}

void CompareView::Private::pickRegion()
{
    const QRect region = std::exchange(rubber, std::nullopt).value_or(QRect());
    if (!region.isEmpty())
        emit q->regionPicked(region);
}

void CompareView::Private::updateCursor()
{
    if (!hasCanvas())
        q->unsetCursor();
    else if (drag == Drag::Divider || overDivider)
        q->setCursor(orientation == Qt::Horizontal ? Qt::SplitHCursor : Qt::SplitVCursor);
    else if (drag == Drag::Picture)
        q->setCursor(Qt::ClosedHandCursor);
    else if (selecting && drag == Drag::None && hovered && selection.region().contains(*hovered))
        q->setCursor(Qt::SizeAllCursor);
    else
        q->setCursor(Qt::CrossCursor);
}

void CompareView::wheelEvent(QWheelEvent *event)
{
    if (!hasCanvas())
        return;
    const bool touchpad = event->deviceType() == QInputDevice::DeviceType::TouchPad;
    if (touchpad && !event->pixelDelta().isNull() && (event->modifiers() & Qt::ControlModifier) == 0)
        d->panBy(event->pixelDelta());
    else
        d->setZoomAt(zoom() * std::exp2(event->angleDelta().y() / kWheelUnitsPerDoubling), event->position());
    d->hover(event->position());
    event->accept();
}

bool CompareView::event(QEvent *event)
{
    if (event->type() == QEvent::NativeGesture && hasCanvas()) {
        auto *gesture = static_cast<QNativeGestureEvent *>(event);
        if (gesture->gestureType() == Qt::ZoomNativeGesture) {
            d->setZoomAt(zoom() * (1.0 + gesture->value()), gesture->position());
            return true;
        }
    }
    // Escape is the window's key to stop what runs; while a region is being selected it is this view's.
    if (event->type() == QEvent::ShortcutOverride && d->wantsSelectionKey(static_cast<QKeyEvent *>(event)->key())) {
        event->accept();
        return true;
    }
    if (event->type() == QEvent::KeyPress && hasCanvas()) { // before the focus goes on
        auto *key = static_cast<QKeyEvent *>(event);
        if (key->key() == Qt::Key_Tab && key->modifiers() == Qt::NoModifier) {
            emit panelsToggleRequested();
            return true;
        }
    }
    return QWidget::event(event);
}

void CompareView::mousePressEvent(QMouseEvent *event)
{
    if (!hasCanvas() || (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton))
        return;
    d->lastMouse = event->position();
    d->panRest = {};
    const bool left = event->button() == Qt::LeftButton;
    d->drag = left && d->isOverDivider(event->position()) ? Private::Drag::Divider
              : left && d->picking                        ? Private::Drag::Region
              : left && d->selecting                      ? Private::Drag::Selection
                                                          : Private::Drag::Picture;
    if (d->drag == Private::Drag::Region) {
        d->pressed = event->position();
        d->drawRegionTo(event->position());
    } else if (d->drag == Private::Drag::Selection) {
        d->beginSelection(event->position());
    }
    d->updateCursor();
}

void CompareView::mouseMoveEvent(QMouseEvent *event)
{
    if (!hasCanvas())
        return;
    switch (d->drag) {
    case Private::Drag::Divider:
        d->moveDividerTo(event->position());
        break;
    case Private::Drag::Picture:
        d->panBy(event->position() - d->lastMouse);
        break;
    case Private::Drag::Region:
        d->drawRegionTo(event->position());
        break;
    case Private::Drag::Selection:
        d->dragSelection(event->position());
        break;
    case Private::Drag::None:
        break;
    }
    d->lastMouse = event->position();
    if (rect().contains(event->position().toPoint()))
        d->hover(event->position());
    d->updateCursor();
}

void CompareView::mouseReleaseEvent(QMouseEvent *)
{
    const Private::Drag ended = std::exchange(d->drag, Private::Drag::None);
    if (ended == Private::Drag::Region)
        d->pickRegion();
    else if (ended == Private::Drag::Selection)
        d->endSelection();
    d->updateCursor();
    update();
}

void CompareView::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (!hasCanvas() || event->button() != Qt::LeftButton)
        return;
    if (d->isOverDivider(event->position()))
        setDividerPosition(0.5);
    else if (d->picking || d->selecting)
        mousePressEvent(event);
    else if (zoom() == 1.0)
        fit();
    else
        d->setZoomAt(1.0, event->position());
}

void CompareView::leaveEvent(QEvent *event)
{
    QWidget::leaveEvent(event);
    d->clearHover();
    update();
}

void CompareView::keyPressEvent(QKeyEvent *event)
{
    if (!hasCanvas()) {
        QWidget::keyPressEvent(event);
        return;
    }
    if (d->wantsSelectionKey(event->key())) {
        d->takeSelectionKey(*event);
        event->accept();
        return;
    }
    const bool shift = event->modifiers().testFlag(Qt::ShiftModifier);
    const double step = event->modifiers().testFlag(Qt::ControlModifier) ? kDividerLargeStep : kDividerStep;
    const bool upright = d->orientation == Qt::Horizontal;
    const bool split = d->mode == Mode::Split;
    // Arrows along the divider's way move it; all others, and with Shift, move the picture.
    const auto arrow = [&](double direction, bool alongX) {
        if (split && !shift && alongX == upright)
            setDividerPosition(dividerPosition() + direction * step);
        else
            d->panBy(alongX ? QPointF(-direction * kPanStep, 0) : QPointF(0, -direction * kPanStep));
    };
    switch (event->key()) {
    case Qt::Key_Left:
        arrow(-1, true);
        break;
    case Qt::Key_Right:
        arrow(+1, true);
        break;
    case Qt::Key_Up:
        arrow(-1, false);
        break;
    case Qt::Key_Down:
        arrow(+1, false);
        break;
    case Qt::Key_Home:
        setDividerPosition(0.0);
        break;
    case Qt::Key_End:
        setDividerPosition(1.0);
        break;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        zoomIn();
        break;
    case Qt::Key_Minus:
        zoomOut();
        break;
    case Qt::Key_F:
        fit();
        break;
    case Qt::Key_1:
        showActualSize();
        break;
    case Qt::Key_BracketLeft:
        setDifferenceGain(differenceGain() / 2);
        break;
    case Qt::Key_BracketRight:
        setDifferenceGain(differenceGain() * 2);
        break;
    case Qt::Key_C:
        setFalseColour(!isFalseColour());
        break;
    case Qt::Key_Space:
        if (!event->isAutoRepeat())
            setFlipped(true);
        break;
    case Qt::Key_B:
        if (!event->isAutoRepeat())
            setBlinking(true);
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (!d->picking) {
            QWidget::keyPressEvent(event);
            return;
        }
        emit regionPicked(selectedRegion().isEmpty() ? visibleRegion() : selectedRegion());
        break;
    default:
        QWidget::keyPressEvent(event);
        return;
    }
    event->accept();
}

void CompareView::keyReleaseEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Space && !event->isAutoRepeat())
        setFlipped(false);
    else if (event->key() == Qt::Key_B && !event->isAutoRepeat())
        setBlinking(false);
    else
        QWidget::keyReleaseEvent(event);
}

void CompareView::focusOutEvent(QFocusEvent *event)
{
    QWidget::focusOutEvent(event);
    setFlipped(false); // the release of the key goes elsewhere now
    setBlinking(false);
    update();
}

void CompareView::dragEnterEvent(QDragEnterEvent *event)
{
    if (!canHoldPictures(event->mimeData()))
        return;
    event->acceptProposedAction();
    d->dropHighlighted = true;
    d->welcome->setHighlighted(true);
    update();
}

void CompareView::dragMoveEvent(QDragMoveEvent *event) { event->acceptProposedAction(); }

void CompareView::dragLeaveEvent(QDragLeaveEvent *)
{
    d->dropHighlighted = false;
    d->welcome->setHighlighted(false);
    update();
}

void CompareView::dropEvent(QDropEvent *event)
{
    dragLeaveEvent(nullptr);
    const DroppedData dropped = droppedData(event->mimeData());
    if (dropped.isEmpty())
        return;
    event->acceptProposedAction();
    if (dropped.picture.isNull())
        emit filesDropped(dropped.files);
    else
        emit imageDropped(dropped.picture);
}

} // namespace bitlens::ui
