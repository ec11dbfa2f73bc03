// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/views/compareview.h"

#include "ui/format.h"
#include "ui/imageconvert.h"
#include "ui/theme.h"
#include "ui/views/compareview_p.h"
#include "ui/views/overlay.h"

#include <QEvent>
#include <QPaintEvent>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>

namespace bitlens::ui {

namespace {

/// Time a frame may spend on tiles that are not ready: leaves room for copying at 60 frames a second.
constexpr int kFrameBudgetMs = 10;
constexpr int kLargestGain = 32;
constexpr QColor kNeutralLabel{0x3A, 0x3A, 0x3A};
constexpr std::array kZoomSteps{1.0 / 16, 1.0 / 12, 1.0 / 8, 1.0 / 6, 0.25, 1.0 / 3, 0.5,  2.0 / 3, 1.0, 1.5,
                                2.0,      3.0,      4.0,     6.0,     8.0,  12.0,    16.0, 24.0,    32.0};

QRect toQRect(const image::Rect &rect) { return {rect.x, rect.y, rect.width, rect.height}; }

} // namespace

compare::Side CompareView::Private::shown(compare::Side side) const
{
    if (!flipped)
        return side;
    return side == compare::Side::Fp32 ? compare::Side::Quantized : compare::Side::Fp32;
}

QList<QRect> CompareView::Private::panes() const
{
    const QSize whole(static_cast<int>(std::lround(q->width() * ratio())),
                      static_cast<int>(std::lround(q->height() * ratio())));
    if (mode != Mode::SideBySide)
        return {QRect(QPoint(0, 0), whole)};
    const int gap = std::max(1, static_cast<int>(std::lround(2 * ratio())));
    if (orientation == Qt::Vertical) {
        const int half = (whole.height() - gap) / 2;
        return {QRect(0, 0, whole.width(), half), QRect(0, whole.height() - half, whole.width(), half)};
    }
    const int half = (whole.width() - gap) / 2;
    return {QRect(0, 0, half, whole.height()), QRect(whole.width() - half, 0, half, whole.height())};
}

QRect CompareView::Private::paneAt(const QPointF &widgetPosition) const
{
    const QPoint device = (widgetPosition * ratio()).toPoint();
    const QList<QRect> all = panes();
    for (const QRect &pane : all) {
        if (pane.contains(device))
            return pane;
    }
    return all.first();
}

QRect CompareView::Private::visiblePicture() const
{
    return viewport.canvasRect().intersected(QRect(QPoint(0, 0), viewport.view()));
}

int CompareView::Private::dividerDevice() const
{
    const QRect picture = visiblePicture();
    const double position = orientation == Qt::Horizontal ? picture.left() + divider * picture.width()
                                                          : picture.top() + divider * picture.height();
    return static_cast<int>(std::lround(position));
}

std::optional<QPoint> CompareView::Private::outputPixelAt(const QPointF &widgetPosition) const
{
    if (!hasCanvas())
        return {};
    const QPointF output = viewport.toCanvas(widgetPosition * ratio() - QPointF(paneAt(widgetPosition).topLeft()));
    const QPoint pixel(static_cast<int>(std::floor(output.x())), static_cast<int>(std::floor(output.y())));
    if (!QRect(QPoint(0, 0), viewport.canvas()).contains(pixel))
        return {};
    return pixel;
}

void CompareView::Private::layout()
{
    welcome->setGeometry(q->rect());
    viewport.setView(panes().first().size());
    viewChanged();
}

void CompareView::Private::viewChanged()
{
    const QRect region = q->visibleRegion();
    if (viewport.zoom() != reportedZoom && hasCanvas()) {
        reportedZoom = viewport.zoom();
        emit q->zoomChanged(reportedZoom);
    }
    if (region != reportedRegion) {
        reportedRegion = region;
        emit q->visibleRegionChanged(region);
    }
    updateDescription();
    q->update();
}

void CompareView::Private::updateDescription()
{
    q->setAccessibleDescription(!hasCanvas()
                                    ? CompareView::tr("No picture yet")
                                    : CompareView::tr("%1 pixels, zoom %2, divider at %3")
                                          .arg(formatPixels(viewport.canvas().width(), viewport.canvas().height()),
                                               formatZoom(viewport.zoom()), formatZoom(divider)));
}

void CompareView::Private::updateOutput(const QRect &rect)
{
    for (const QRect &pane : panes()) {
        const QPointF first = viewport.toDevice(rect.topLeft()) + QPointF(pane.topLeft());
        const QPointF last = viewport.toDevice(rect.bottomRight() + QPoint(1, 1)) + QPointF(pane.topLeft());
        q->update(QRectF(first / ratio(), last / ratio()).toAlignedRect().adjusted(-2, -2, 2, 2));
    }
}

void CompareView::Private::pixelsChanged(compare::Side side, const QRect &rect)
{
    state(side).layer.invalidate(rect);
    differenceLayer.invalidate(rect);
    updateOutput(rect);
}

CompareView::CompareView(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>(this))
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAcceptDrops(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setAccessibleName(tr("Comparison"));
    d->welcome = new WelcomeView(this);
    connect(d->welcome, &WelcomeView::openRequested, this, &CompareView::openRequested);
    connect(d->welcome, &WelcomeView::sampleRequested, this, &CompareView::sampleRequested);
    d->updateDescription();
}

CompareView::~CompareView() = default;

bool CompareView::hasCanvas() const { return d->hasCanvas(); }

image::Size CompareView::canvasSize() const { return {d->viewport.canvas().width(), d->viewport.canvas().height()}; }

CompareView::Mode CompareView::mode() const { return d->mode; }

Qt::Orientation CompareView::splitOrientation() const { return d->orientation; }

double CompareView::dividerPosition() const { return d->divider; }

int CompareView::differenceGain() const { return d->difference.gain(); }

double CompareView::zoom() const { return d->viewport.zoom(); }

bool CompareView::isFitted() const { return d->viewport.isFitted(); }

QRect CompareView::visibleRegion() const { return d->viewport.visibleCanvas(); }

QSize CompareView::sizeHint() const { return {120 * kGrid, 96 * kGrid}; }

QSize CompareView::minimumSizeHint() const { return {30 * kGrid, 24 * kGrid}; }

void CompareView::clear()
{
    setCanvasSize({});
    d->welcome->show();
}

void CompareView::setCanvasSize(image::Size size)
{
    const QSize canvas = size.isEmpty() ? QSize() : QSize(size.width, size.height);
    for (const compare::Side side : {compare::Side::Fp32, compare::Side::Quantized}) {
        d->state(side).store.reset(canvas);
        d->state(side).layer.clear();
        d->state(side).updating = false;
    }
    d->background.reset({});
    d->backgroundLayer.clear();
    d->differenceLayer.clear();
    d->viewport.setCanvas(canvas);
    d->welcome->setVisible(canvas.isEmpty());
    d->divider = 0.5;
    d->clearHover();
    d->layout();
    d->updateCursor();
}

void CompareView::setBackground(const image::Image &picture)
{
    const QImage converted = toQImage(picture);
    d->background.reset(converted.size());
    if (!converted.isNull())
        d->background.setWhole(converted);
    d->backgroundLayer.clear();
    update();
}

void CompareView::updatePart(compare::Side side, image::Rect rect, const image::Image &pixels)
{
    if (!hasCanvas() || pixels.isNull())
        return;
    const QRect changed = d->state(side).store.insert(toQRect(rect).topLeft(), toQImage(pixels));
    if (!changed.isEmpty())
        d->pixelsChanged(side, changed);
}

void CompareView::setPicture(compare::Side side, const image::Image &picture)
{
    if (!hasCanvas() || picture.size() != canvasSize())
        return;
    d->state(side).store.setWhole(toQImage(picture));
    d->pixelsChanged(side, QRect(QPoint(0, 0), d->viewport.canvas()));
}

void CompareView::clearSide(compare::Side side)
{
    d->state(side).store.reset(d->viewport.canvas());
    d->state(side).layer.clear();
    d->differenceLayer.clear();
    update();
}

void CompareView::setUpdating(compare::Side side, bool updating)
{
    d->state(side).updating = updating;
    update();
}

void CompareView::setSideDetail(compare::Side side, const QString &detail)
{
    d->state(side).detail = detail;
    update();
}

void CompareView::setMode(Mode mode)
{
    if (mode == d->mode)
        return;
    d->mode = mode;
    d->drag = Private::Drag::None;
    d->clearHover();
    d->layout();
    d->updateCursor();
    emit modeChanged(mode);
}

void CompareView::setSplitOrientation(Qt::Orientation orientation)
{
    d->orientation = orientation;
    d->layout();
}

void CompareView::setDividerPosition(double position)
{
    position = std::clamp(position, 0.0, 1.0);
    if (position == d->divider)
        return;
    d->divider = position;
    d->updateDescription();
    update();
    emit dividerMoved(position);
}

void CompareView::setDifferenceGain(int gain)
{
    gain = std::clamp(gain, 1, kLargestGain);
    if (gain == d->difference.gain())
        return;
    d->difference.setGain(gain);
    d->differenceLayer.invalidate(QRect(QPoint(0, 0), d->viewport.canvas()));
    update();
    emit differenceGainChanged(gain);
}

void CompareView::setZoom(double zoom)
{
    d->viewport.setZoom(zoom, d->viewport.center());
    d->viewChanged();
}

void CompareView::zoomIn()
{
    const auto next = std::upper_bound(kZoomSteps.begin(), kZoomSteps.end(), zoom() * 1.001);
    if (next != kZoomSteps.end())
        setZoom(*next);
}

void CompareView::zoomOut()
{
    const auto next = std::lower_bound(kZoomSteps.begin(), kZoomSteps.end(), zoom() * 0.999);
    setZoom(next == kZoomSteps.begin() ? kZoomSteps.front() : *(next - 1));
}

void CompareView::fit()
{
    d->viewport.fit();
    d->viewChanged();
}

void CompareView::showActualSize() { setZoom(1.0); }

void CompareView::setFlipped(bool flipped)
{
    if (flipped == d->flipped)
        return;
    d->flipped = flipped;
    update();
}

QString CompareView::Private::labelOf(compare::Side side)
{
    QString text = side == compare::Side::Fp32 ? CompareView::tr("FP32") : CompareView::tr("Quantized");
    if (!state(side).detail.isEmpty())
        text += QStringLiteral(" · ") + state(side).detail;
    // What stands there before the first part is not this side's result, and must not look like it.
    const bool empty = state(side).store.coverage().isEmpty();
    if (state(side).updating)
        text += QStringLiteral(" · ") + (empty ? CompareView::tr("computing…") : CompareView::tr("updating…"));
    else if (empty)
        text += QStringLiteral(" · ") + CompareView::tr("not computed yet");
    return text;
}

bool CompareView::Private::paintSide(QPainter &painter, compare::Side side, const QRect &pane, const QRect &clip,
                                     FrameBudget &budget)
{
    const QRect area = clip.intersected(pane);
    if (area.isEmpty())
        return true;
    painter.save();
    painter.setClipRect(area);
    const QPoint origin = viewport.origin() + pane.topLeft();
    bool complete = true;
    if (!background.size().isEmpty() && !(QRegion(viewport.visibleCanvas()) - state(side).store.coverage()).isEmpty()) {
        const double stretch = static_cast<double>(viewport.canvas().width()) / background.size().width();
        complete = backgroundLayer.draw(painter, origin, viewport.zoom() * stretch, area, budget);
    }
    complete = state(side).layer.draw(painter, origin, viewport.zoom(), area, budget) && complete;
    painter.restore();
    return complete;
}

bool CompareView::Private::paintPictures(QPainter &painter, const QRect &exposed, FrameBudget &budget)
{
    using compare::Side;
    const QList<QRect> all = panes();
    const QRect pane = all.first();
    switch (mode) {
    case Mode::Split: {
        QRect first = pane;
        QRect second = pane;
        if (orientation == Qt::Horizontal) {
            first.setRight(dividerDevice() - 1);
            second.setLeft(dividerDevice());
        } else {
            first.setBottom(dividerDevice() - 1);
            second.setTop(dividerDevice());
        }
        const bool complete = paintSide(painter, shown(Side::Fp32), pane, first.intersected(exposed), budget);
        return paintSide(painter, shown(Side::Quantized), pane, second.intersected(exposed), budget) && complete;
    }
    case Mode::SideBySide: {
        const bool complete = paintSide(painter, shown(Side::Fp32), pane, exposed, budget);
        return paintSide(painter, shown(Side::Quantized), all.last(), exposed, budget) && complete;
    }
    case Mode::Difference:
        if (flipped)
            return paintSide(painter, Side::Fp32, pane, exposed, budget);
        painter.fillRect(visiblePicture().intersected(exposed), Qt::black);
        return differenceLayer.draw(painter, viewport.origin(), viewport.zoom(), exposed, budget);
    case Mode::Flip:
        return paintSide(painter, shown(Side::Fp32), pane, exposed, budget);
    }
    return true;
}

void CompareView::Private::paintLabels(QPainter &painter)
{
    using compare::Side;
    constexpr int kMargin = kGrid + kHalfGrid;
    const auto colorOf = [](Side side) { return side == Side::Fp32 ? kFp32Color : kQuantizedColor; };
    const auto pillAt = [&](Side side, const QPoint &topLeft) {
        overlay::drawPill(painter, topLeft, labelOf(side), colorOf(side));
    };
    const Side first = shown(Side::Fp32);
    const Side second = shown(Side::Quantized);
    const QSize firstSize = overlay::pillSize(labelOf(first));
    const QSize secondSize = overlay::pillSize(labelOf(second));
    const QPoint corner(kMargin, kMargin);
    switch (mode) {
    case Mode::Split: {
        const double line = dividerDevice() / ratio();
        // A label goes when its side has no room for it.
        if (orientation == Qt::Horizontal) {
            if (line > firstSize.width() + 2 * kMargin)
                pillAt(first, corner);
            if (q->width() - line > secondSize.width() + 2 * kMargin)
                pillAt(second, {q->width() - kMargin - secondSize.width(), kMargin});
        } else {
            if (line > firstSize.height() + 2 * kMargin)
                pillAt(first, corner);
            if (q->height() - line > secondSize.height() + 2 * kMargin)
                pillAt(second, {kMargin, q->height() - kMargin - secondSize.height()});
        }
        break;
    }
    case Mode::SideBySide: {
        pillAt(first, corner);
        pillAt(second, (QPointF(panes().last().topLeft()) / ratio()).toPoint() + corner);
        break;
    }
    case Mode::Difference:
        if (flipped)
            pillAt(Side::Fp32, corner);
        else
            overlay::drawPill(painter, corner, CompareView::tr("Difference × %1").arg(difference.gain()),
                              kNeutralLabel);
        break;
    case Mode::Flip:
        pillAt(first, corner);
        break;
    }
}

void CompareView::paintEvent(QPaintEvent *event)
{
    QPainter painter(this);
    painter.fillRect(event->rect(), tone(Tone::Surround, palette()));
    if (!hasCanvas())
        return;
    FrameBudget budget(kFrameBudgetMs);
    const double ratio = d->ratio();
    painter.save();
    painter.scale(1.0 / ratio, 1.0 / ratio); // from here on in device pixels
    const QRectF exposed(QPointF(event->rect().topLeft()) * ratio, QSizeF(event->rect().size()) * ratio);
    const bool complete = d->paintPictures(painter, exposed.toAlignedRect(), budget);
    painter.restore();
    if (!complete) // after this event, or it would be merged into it
        QTimer::singleShot(0, this, qOverload<>(&QWidget::update));

    painter.setRenderHint(QPainter::Antialiasing);
    if (d->mode == Mode::Split) {
        const QRectF picture(QPointF(d->visiblePicture().topLeft()) / ratio,
                             QSizeF(d->visiblePicture().size()) / ratio);
        overlay::drawDivider(painter,
                             {.orientation = d->orientation,
                              .position = static_cast<int>(std::lround(d->dividerDevice() / ratio)),
                              .view = picture.toAlignedRect().intersected(rect()),
                              .hovered = d->overDivider || d->drag == Private::Drag::Divider,
                              .focused = hasFocus()},
                             palette());
    }
    d->paintLabels(painter);
    if (d->hovered)
        overlay::drawPixelValues(painter, rect(),
                                 {*d->hovered, d->viewport.canvas(), d->fp32.store.pixel(*d->hovered),
                                  d->quantized.store.pixel(*d->hovered)});
    if (d->dropHighlighted)
        overlay::drawDropHint(painter, rect(), tr("Drop to open"), palette());
}

void CompareView::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    d->layout();
}

void CompareView::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        update();
}

} // namespace bitlens::ui
