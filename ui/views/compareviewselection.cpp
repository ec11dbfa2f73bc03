// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/format.h"
#include "ui/theme.h"
#include "ui/views/compareview.h"
#include "ui/views/compareview_p.h"
#include "ui/views/overlay.h"

#include <QKeyEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace bitlens::ui {

namespace {

/// How near to a corner a press must be to take it, in pixels of the screen.
constexpr int kCornerReach = kGrid;
constexpr double kCornerSide = 6.0;
constexpr int kLargeStep = 10;
constexpr QColor kLabelColor{0x3A, 0x3A, 0x3A};

} // namespace

QPoint CompareView::Private::pixelInPane(const QPointF &widgetPosition, const QRect &pane) const
{
    const QPointF output = viewport.toCanvas(widgetPosition * ratio() - QPointF(pane.topLeft()));
    return {static_cast<int>(std::floor(output.x())), static_cast<int>(std::floor(output.y()))};
}

void CompareView::Private::beginSelection(const QPointF &widgetPosition)
{
    pressed = widgetPosition;
    const int reach = static_cast<int>(std::ceil(kCornerReach * ratio() / viewport.zoom()));
    selection.begin(pixelInPane(widgetPosition, paneAt(pressed)), reach);
    q->update();
}

void CompareView::Private::dragSelection(const QPointF &widgetPosition)
{
    // In the pane where the drag began.
    selection.dragTo(pixelInPane(widgetPosition, paneAt(pressed)));
    q->update();
}

void CompareView::Private::endSelection()
{
    selection.end();
    reportSelection();
}

void CompareView::Private::reportSelection()
{
    q->update();
    if (selection.region() == reportedSelection)
        return;
    reportedSelection = selection.region();
    updateDescription();
    emit q->selectedRegionChanged(reportedSelection);
}

bool CompareView::Private::wantsSelectionKey(int key) const
{
    switch (key) {
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down:
    case Qt::Key_Escape:
    case Qt::Key_Return:
    case Qt::Key_Enter:
        return selecting && hasCanvas();
    default:
        return false;
    }
}

void CompareView::Private::takeSelectionKey(const QKeyEvent &event)
{
    const int step = event.modifiers().testFlag(Qt::ControlModifier) ? kLargeStep : 1;
    QPoint delta;
    switch (event.key()) {
    case Qt::Key_Left:
        delta = {-step, 0};
        break;
    case Qt::Key_Right:
        delta = {step, 0};
        break;
    case Qt::Key_Up:
        delta = {0, -step};
        break;
    case Qt::Key_Down:
        delta = {0, step};
        break;
    case Qt::Key_Escape: // first the drag, then the region, then the tool
        if (selection.isDragging()) {
            selection.abandon();
            drag = Drag::None;
        } else if (!selection.region().isEmpty()) {
            selection.set({});
        } else {
            q->setSelecting(false);
        }
        reportSelection();
        return;
    default: // Enter
        if (selection.region().isEmpty())
            selectMiddle();
        else
            q->setSelecting(false);
        return;
    }
    if (selection.region().isEmpty())
        selectMiddle();
    else if (event.modifiers().testFlag(Qt::ShiftModifier))
        selection.resize(delta);
    else
        selection.move(delta);
    reportSelection();
}

void CompareView::Private::selectMiddle()
{
    const QRect seen = q->visibleRegion();
    selection.set({seen.x() + seen.width() / 4, seen.y() + seen.height() / 4, std::max(1, seen.width() / 2),
                   std::max(1, seen.height() / 2)});
    reportSelection();
}

void CompareView::Private::paintSelection(QPainter &painter)
{
    const QRect region = selection.region();
    const QList<QRect> all = panes();
    if (!region.isEmpty()) {
        painter.save();
        for (const QRect &pane : all) {
            const QRectF clip(QPointF(pane.topLeft()) / ratio(), QSizeF(pane.size()) / ratio());
            painter.setClipRect(clip);
            painter.setRenderHint(QPainter::Antialiasing, false);
            const QRectF frame = toWidget(region, pane).adjusted(-1, -1, 0, 0);
            overlay::drawFrame(painter, frame);
            if (selecting)
                for (const QPointF &corner :
                     {frame.topLeft(), frame.topRight(), frame.bottomLeft(), frame.bottomRight()})
                    overlay::drawFrame(painter, {corner.x() - kCornerSide / 2, corner.y() - kCornerSide / 2,
                                                 kCornerSide, kCornerSide});
            if (pane != all.first())
                continue;
            painter.setRenderHint(QPainter::Antialiasing);
            const QString text = CompareView::tr("Region %1").arg(formatPixels(region.width(), region.height()));
            const QSize size = overlay::pillSize(text);
            // Below the region, or inside it where there is no room.
            const double below = frame.bottom() + kHalfGrid;
            const double y =
                below + size.height() <= clip.bottom() ? below : frame.bottom() - kHalfGrid - size.height();
            const double x = std::clamp(frame.left(), clip.left(), std::max(clip.left(), clip.right() - size.width()));
            overlay::drawPill(painter, QPointF(x, y).toPoint(), text, kLabelColor);
        }
        painter.restore();
    }
    if (selecting && region.isEmpty()) {
        const QString hint = CompareView::tr("Select region: drag a rectangle, or press Enter");
        const QSize size = overlay::pillSize(hint);
        overlay::drawPill(painter, {(q->width() - size.width()) / 2, q->height() - 5 * kGrid - size.height()}, hint,
                          kLabelColor);
    }
}

bool CompareView::isPicking() const { return d->picking; }

QRect CompareView::markedRegion() const { return d->marked; }

void CompareView::setPicking(bool picking)
{
    if (picking == d->picking)
        return;
    d->picking = picking;
    if (picking)
        setSelecting(false);
    d->rubber.reset();
    d->updateCursor();
    update();
    emit pickingChanged(picking);
}

void CompareView::setMarkedRegion(const QRect &outputPixels)
{
    if (outputPixels == d->marked)
        return;
    d->marked = outputPixels;
    update();
}

bool CompareView::isSelecting() const { return d->selecting; }

QRect CompareView::selectedRegion() const { return d->reportedSelection; }

void CompareView::setSelecting(bool selecting)
{
    if (selecting == d->selecting)
        return;
    d->selecting = selecting;
    if (selecting)
        setPicking(false);
    d->selection.abandon();
    d->updateCursor();
    update();
    emit selectingChanged(selecting);
}

void CompareView::setSelectedRegion(const QRect &outputPixels)
{
    d->selection.set(outputPixels);
    d->reportSelection();
}

} // namespace bitlens::ui
