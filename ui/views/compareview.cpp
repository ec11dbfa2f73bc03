// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/views/compareview.h"

#include "ui/format.h"
#include "ui/theme.h"
#include "ui/views/compareview_p.h"
#include "ui/views/panelayout.h"

#include <QEvent>
#include <QSet>

#include <algorithm>
#include <array>
#include <cmath>

namespace bitlens::ui {

namespace {

constexpr int kFewestPanes = 2;
constexpr int kLargestGain = 32;
constexpr std::array kZoomSteps{1.0 / 16, 1.0 / 12, 1.0 / 8, 1.0 / 6, 0.25, 1.0 / 3, 0.5,  2.0 / 3, 1.0, 1.5,
                                2.0,      3.0,      4.0,     6.0,     8.0,  12.0,    16.0, 24.0,    32.0};

} // namespace

CompareView::Private::Shown &CompareView::Private::shown(Pane pane)
{
    switch (pane) {
    case Pane::Bicubic:
        return bicubic;
    case Pane::Fp32:
        return fp32;
    case Pane::Quantized:
        return quantizedNow();
    case Pane::Reference:
        return reference;
    }
    return fp32;
}

CompareView::Pane CompareView::Private::inPlaceOf(Pane pane) const
{
    if (!flipped)
        return pane;
    return pane == Pane::Fp32 ? Pane::Quantized : pane == Pane::Quantized ? Pane::Fp32 : pane;
}

QList<CompareView::Pane> CompareView::Private::visiblePanes() const
{
    if (mode != Mode::SideBySide)
        return {Pane::Fp32};
    QList<Pane> visible = sidePanes;
    if (!reference.isKnown())
        visible.removeOne(Pane::Reference);
    return visible.size() < kFewestPanes ? QList<Pane>{Pane::Fp32, Pane::Quantized} : visible;
}

QList<QRect> CompareView::Private::panes() const
{
    const QSize whole(static_cast<int>(std::lround(q->width() * ratio())),
                      static_cast<int>(std::lround(q->height() * ratio())));
    const int gap = std::max(1, static_cast<int>(std::lround(2 * ratio())));
    return paneRects(whole, static_cast<int>(visiblePanes().size()), orientation, gap);
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

QRectF CompareView::Private::toWidget(const QRect &outputPixels, const QRect &pane) const
{
    const QPointF first = viewport.toDevice(outputPixels.topLeft()) + QPointF(pane.topLeft());
    const QPointF last = viewport.toDevice(outputPixels.bottomRight() + QPoint(1, 1)) + QPointF(pane.topLeft());
    return {first / ratio(), last / ratio()};
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
    q->setAccessibleDescription(
        !hasCanvas() ? CompareView::tr("No picture yet")
                     : CompareView::tr("%1 pixels, zoom %2, divider at %3")
                               .arg(formatPixels(viewport.canvas().width(), viewport.canvas().height()),
                                    formatZoom(viewport.zoom()), formatZoom(divider))
                           + (selection.region().isEmpty()
                                  ? QString()
                                  : CompareView::tr(", region %1 at %2, %3")
                                        .arg(formatPixels(selection.region().width(), selection.region().height()))
                                        .arg(selection.region().x())
                                        .arg(selection.region().y())));
}

void CompareView::Private::updateOutput(const QRect &rect)
{
    for (const QRect &pane : panes())
        q->update(toWidget(rect, pane).toAlignedRect().adjusted(-2, -2, 2, 2));
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
    d->nextFrame.setSingleShot(true);
    d->nextFrame.setTimerType(Qt::PreciseTimer);
    connect(&d->nextFrame, &QTimer::timeout, this, qOverload<>(&QWidget::update));
    d->updateDescription();
}

CompareView::~CompareView() = default;

bool CompareView::hasCanvas() const { return d->hasCanvas(); }

image::Size CompareView::canvasSize() const { return {d->viewport.canvas().width(), d->viewport.canvas().height()}; }

CompareView::Mode CompareView::mode() const { return d->mode; }

Qt::Orientation CompareView::splitOrientation() const { return d->orientation; }

double CompareView::dividerPosition() const { return d->divider; }

int CompareView::differenceGain() const { return d->difference.gain(); }

bool CompareView::isFalseColour() const { return d->difference.isFalseColour(); }

QList<CompareView::Pane> CompareView::sidePanes() const { return d->sidePanes; }

bool CompareView::hasReference() const { return d->reference.isKnown(); }

bool CompareView::hasPrevious() const { return d->previous.isKnown(); }

bool CompareView::isBlinking() const { return d->blinking; }

double CompareView::zoom() const { return d->viewport.zoom(); }

bool CompareView::isFitted() const { return d->viewport.isFitted(); }

QRect CompareView::visibleRegion() const { return d->viewport.visibleCanvas(); }

QSize CompareView::sizeHint() const { return {120 * kGrid, 96 * kGrid}; }

QSize CompareView::minimumSizeHint() const { return {30 * kGrid, 24 * kGrid}; }

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

void CompareView::setSidePanes(const QList<Pane> &panes)
{
    const QSet<Pane> different(panes.begin(), panes.end());
    if (panes == d->sidePanes || panes.size() < kFewestPanes || different.size() != panes.size())
        return;
    d->sidePanes = panes;
    d->clearHover();
    d->layout();
    emit sidePanesChanged(panes);
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
    d->previousDifference.setGain(gain);
    d->differenceLayer.invalidate(QRect(QPoint(0, 0), d->viewport.canvas()));
    d->previousDifferenceLayer.clear();
    update();
    emit differenceGainChanged(gain);
}

void CompareView::setFalseColour(bool on)
{
    if (on == isFalseColour())
        return;
    d->difference.setFalseColour(on);
    d->previousDifference.setFalseColour(on);
    d->differenceLayer.clear();
    d->previousDifferenceLayer.clear();
    update();
    emit falseColourChanged(on);
}

void CompareView::setZoom(double zoom)
{
    d->viewport.setZoom(zoom, d->viewport.center());
    d->viewChanged();
}

QPointF CompareView::centre() const { return d->viewport.toCanvas(d->viewport.center()); }

void CompareView::setCentre(const QPointF &outputPixel)
{
    d->viewport.pan((d->viewport.center() - d->viewport.toDevice(outputPixel)).toPoint());
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

void CompareView::setBlinking(bool blinking)
{
    if (blinking == d->blinking)
        return;
    d->blinking = blinking;
    update();
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
