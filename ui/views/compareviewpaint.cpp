// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/theme.h"
#include "ui/views/compareview.h"
#include "ui/views/compareview_p.h"
#include "ui/views/overlay.h"

#include <QElapsedTimer>
#include <QPaintEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace bitlens::ui {

namespace {

/// Time a frame may spend on tiles that are not ready: leaves room for copying at 60 frames a second.
constexpr int kFrameBudgetMs = 8;
/// From the beginning of a frame that left tiles undone to that of the next.
constexpr int kFrameMs = 16;
constexpr QColor kNeutralLabel{0x3A, 0x3A, 0x3A};
constexpr int kMargin = kGrid + kHalfGrid;
/// Device pixels per pixel from which the pixel under the cursor gets a frame.
constexpr double kFramedPixelZoom = 6.0;
/// A marked region is drawn at least so large, or it could not be seen.
constexpr double kSmallestMark = 9.0;

QColor colorOf(CompareView::Pane pane)
{
    switch (pane) {
    case CompareView::Pane::Fp32:
        return kFp32Color;
    case CompareView::Pane::Quantized:
        return kQuantizedColor;
    case CompareView::Pane::Bicubic:
    case CompareView::Pane::Reference:
        break;
    }
    return kNeutralLabel;
}

} // namespace

QString CompareView::Private::labelOf(Pane pane)
{
    if (pane == Pane::Reference)
        return CompareView::tr("Reference (HR)");
    if (pane == Pane::Bicubic)
        return bicubic.isKnown() ? CompareView::tr("Bicubic")
                                 : CompareView::tr("Bicubic") + QStringLiteral(" · ") + CompareView::tr("computing…");
    if (pane == Pane::Quantized && &quantizedNow() == &previous)
        return CompareView::tr("Previous plan · %1").arg(previous.detail);
    const Shown &which = shown(pane);
    QString text = pane == Pane::Fp32 ? CompareView::tr("FP32") : CompareView::tr("Quantized");
    if (!which.detail.isEmpty())
        text += QStringLiteral(" · ") + which.detail;
    // What stands there before the first part is not this side's result, and must not look like it.
    if (which.updating)
        text +=
            QStringLiteral(" · ") + (which.isKnown() ? CompareView::tr("updating…") : CompareView::tr("computing…"));
    else if (!which.isKnown())
        text += QStringLiteral(" · ") + CompareView::tr("not computed yet");
    if (pane == Pane::Quantized && blinking)
        text += QStringLiteral(" · ") + CompareView::tr("no previous plan yet");
    return text;
}

bool CompareView::Private::paintPane(QPainter &painter, Pane which, const QRect &pane, const QRect &clip,
                                     FrameBudget &budget)
{
    const QRect area = clip.intersected(pane);
    if (area.isEmpty())
        return true;
    Shown &picture = shown(which);
    painter.save();
    painter.setClipRect(area);
    const QPoint origin = viewport.origin() + pane.topLeft();
    bool complete = true;
    if (!background.size().isEmpty() && !(QRegion(viewport.visibleCanvas()) - picture.store.coverage()).isEmpty()) {
        const double stretch = static_cast<double>(viewport.canvas().width()) / background.size().width();
        complete = backgroundLayer.draw(painter, origin, viewport.zoom() * stretch, area, budget);
    }
    complete = picture.layer.draw(painter, origin, viewport.zoom(), area, budget) && complete;
    painter.restore();
    return complete;
}

bool CompareView::Private::paintPictures(QPainter &painter, const QRect &exposed, FrameBudget &budget)
{
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
        const bool complete = paintPane(painter, inPlaceOf(Pane::Fp32), pane, first.intersected(exposed), budget);
        return paintPane(painter, inPlaceOf(Pane::Quantized), pane, second.intersected(exposed), budget) && complete;
    }
    case Mode::SideBySide: {
        const QList<Pane> visible = visiblePanes();
        bool complete = true;
        for (qsizetype i = 0; i < visible.size(); ++i)
            complete = paintPane(painter, inPlaceOf(visible[i]), all[i], exposed, budget) && complete;
        return complete;
    }
    case Mode::Difference:
        if (flipped)
            return paintPane(painter, Pane::Fp32, pane, exposed, budget);
        painter.fillRect(visiblePicture().intersected(exposed), Qt::black);
        return (&quantizedNow() == &previous ? previousDifferenceLayer : differenceLayer)
            .draw(painter, viewport.origin(), viewport.zoom(), exposed, budget);
    case Mode::Flip:
        return paintPane(painter, inPlaceOf(Pane::Fp32), pane, exposed, budget);
    }
    return true;
}

void CompareView::Private::paintLabels(QPainter &painter)
{
    const auto pillAt = [&](Pane pane, const QPoint &topLeft) {
        overlay::drawPill(painter, topLeft, labelOf(pane), colorOf(pane));
    };
    const Pane first = inPlaceOf(Pane::Fp32);
    const Pane second = inPlaceOf(Pane::Quantized);
    const QPoint corner(kMargin, kMargin);
    switch (mode) {
    case Mode::Split: {
        const QSize firstSize = overlay::pillSize(labelOf(first));
        const QSize secondSize = overlay::pillSize(labelOf(second));
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
        const QList<QRect> all = panes();
        const QList<Pane> visible = visiblePanes();
        for (qsizetype i = 0; i < visible.size(); ++i)
            pillAt(inPlaceOf(visible[i]), (QPointF(all[i].topLeft()) / ratio()).toPoint() + corner);
        break;
    }
    case Mode::Difference: {
        if (flipped) {
            pillAt(Pane::Fp32, corner);
            break;
        }
        const int gain = difference.gain();
        QString text = difference.isFalseColour() ? CompareView::tr("Difference, false colour × %1").arg(gain)
                                                  : CompareView::tr("Difference × %1").arg(gain);
        if (blinking)
            text += QStringLiteral(" · ") + labelOf(Pane::Quantized);
        overlay::drawPill(painter, corner, text, kNeutralLabel);
        overlay::drawLegend(painter, corner + QPoint(0, overlay::pillSize(text).height() + kGrid),
                            {.gain = gain, .falseColour = difference.isFalseColour()});
        break;
    }
    case Mode::Flip:
        pillAt(first, corner);
        break;
    }
    if (picking) {
        const QString hint = CompareView::tr("Blame: click a pixel or drag a region");
        overlay::drawPill(painter,
                          {(q->width() - overlay::pillSize(hint).width()) / 2,
                           q->height() - 5 * kGrid - overlay::pillSize(hint).height()},
                          hint, kNeutralLabel);
    }
}

void CompareView::Private::paintMarks(QPainter &painter)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    const QRect region = rubber.value_or(marked);
    const QRect under = hovered ? paneAt(lastHover) : QRect();
    for (const QRect &pane : panes()) {
        painter.setClipRect(QRectF(QPointF(pane.topLeft()) / ratio(), QSizeF(pane.size()) / ratio()));
        if (!region.isEmpty()) {
            QRectF frame = toWidget(region, pane);
            const double wider = std::max(0.0, kSmallestMark - frame.width()) / 2.0;
            const double higher = std::max(0.0, kSmallestMark - frame.height()) / 2.0;
            overlay::drawFrame(painter, frame.adjusted(-wider - 1, -higher - 1, wider, higher));
        }
        if (!hovered || mode != Mode::SideBySide || pane == under)
            continue;
        const QRectF pixel = toWidget(QRect(*hovered, QSize(1, 1)), pane);
        if (viewport.zoom() >= kFramedPixelZoom)
            overlay::drawFrame(painter, pixel.adjusted(-1, -1, 0, 0));
        else
            overlay::drawCursor(painter, pixel.center());
    }
    painter.restore();
}

void CompareView::Private::paintPixelValues(QPainter &painter)
{
    if (!hovered)
        return;
    overlay::PixelValues values{*hovered, viewport.canvas(), {}, {}};
    const QList<Pane> sources = mode == Mode::SideBySide ? visiblePanes() : QList<Pane>{Pane::Fp32, Pane::Quantized};
    for (const Pane pane : sources) {
        const bool main = pane == Pane::Fp32 || pane == Pane::Quantized;
        const QColor identity = pane == Pane::Fp32        ? kFp32Color.lighter(130)
                                : pane == Pane::Quantized ? kQuantizedColor.lighter(120)
                                                          : QColor(Qt::lightGray);
        values.entries.append({identity, shown(pane).store.pixel(*hovered), main});
    }
    const QColor first = fp32.store.pixel(*hovered);
    const QColor second = quantizedNow().store.pixel(*hovered);
    if (first.isValid() && second.isValid())
        values.difference = {second.red() - first.red(), second.green() - first.green(), second.blue() - first.blue()};
    overlay::drawPixelValues(painter, q->rect(), values);
}

void CompareView::paintEvent(QPaintEvent *event)
{
    QPainter painter(this);
    painter.fillRect(event->rect(), tone(Tone::Surround, palette()));
    if (!hasCanvas())
        return;
    QElapsedTimer sinceStart;
    sinceStart.start();
    if (event->rect().contains(rect()))
        d->nextFrame.stop(); // this is it
    FrameBudget budget(kFrameBudgetMs);
    const double ratio = d->ratio();
    painter.save();
    painter.scale(1.0 / ratio, 1.0 / ratio); // from here on in device pixels
    const QRectF exposed(QPointF(event->rect().topLeft()) * ratio, QSizeF(event->rect().size()) * ratio);
    const bool complete = d->paintPictures(painter, exposed.toAlignedRect(), budget);
    painter.restore();
    if (!complete) // no more often than screens show: what else the thread has to do comes in between
        d->nextFrame.start(std::max(0, kFrameMs - static_cast<int>(sinceStart.elapsed())));

    d->paintMarks(painter);
    d->paintSelection(painter);
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
    d->paintPixelValues(painter);
    if (d->dropHighlighted)
        overlay::drawDropHint(painter, rect(), tr("Drop to open"), palette());
}

} // namespace bitlens::ui
