// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/imageconvert.h"
#include "ui/views/compareview.h"
#include "ui/views/compareview_p.h"

namespace bitlens::ui {

namespace {
QRect toQRect(const image::Rect &rect) { return {rect.x, rect.y, rect.width, rect.height}; }
} // namespace

void CompareView::Private::pixelsChanged(compare::Side side, const QRect &rect)
{
    shown(side).layer.invalidate(rect);
    differenceLayer.invalidate(rect);
    if (side == compare::Side::Fp32)
        previousDifferenceLayer.invalidate(rect);
    updateOutput(rect);
}

void CompareView::Private::setShown(Shown &which, const DisplayPicture &picture)
{
    const bool fits = hasCanvas() && picture.picture.size() == viewport.canvas();
    which.store.reset(viewport.canvas());
    which.layer.clear();
    if (fits)
        which.store.setWhole(picture);
}

void CompareView::clear()
{
    setCanvasSize({});
    d->welcome->show();
}

void CompareView::setCanvasSize(image::Size size)
{
    const QSize canvas = size.isEmpty() ? QSize() : QSize(size.width, size.height);
    for (Private::Shown *which : {&d->fp32, &d->quantized, &d->bicubic, &d->reference, &d->previous}) {
        which->store.reset(canvas);
        which->layer.clear();
        which->updating = false;
    }
    d->background.reset({});
    d->backgroundLayer.clear();
    d->differenceLayer.clear();
    d->previousDifferenceLayer.clear();
    d->marked = {};
    d->rubber.reset();
    d->viewport.setCanvas(canvas);
    d->selection.setCanvas(canvas);
    d->reportSelection();
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
        d->background.setWhole({converted});
    d->backgroundLayer.clear();
    update();
}

void CompareView::updatePart(compare::Side side, image::Rect rect, const image::Image &pixels)
{
    if (!hasCanvas() || pixels.isNull())
        return;
    const QRect changed = d->shown(side).store.insert(toQRect(rect).topLeft(), toQImage(pixels));
    if (!changed.isEmpty())
        d->pixelsChanged(side, changed);
}

void CompareView::setPicture(compare::Side side, const image::Image &picture)
{
    setPicture(side, DisplayPicture{toQImage(picture)});
}

void CompareView::setPicture(compare::Side side, const DisplayPicture &picture)
{
    if (!hasCanvas() || picture.picture.size() != d->viewport.canvas())
        return;
    d->shown(side).store.setWhole(picture);
    d->pixelsChanged(side, QRect(QPoint(0, 0), d->viewport.canvas()));
}

void CompareView::clearSide(compare::Side side)
{
    d->shown(side).store.reset(d->viewport.canvas());
    d->shown(side).layer.clear();
    d->differenceLayer.clear();
    d->previousDifferenceLayer.clear();
    update();
}

void CompareView::setBicubic(const DisplayPicture &picture)
{
    d->setShown(d->bicubic, picture);
    update();
}

void CompareView::setReference(const image::Image &picture)
{
    d->setShown(d->reference, {toQImage(picture)});
    d->layout(); // a pane more or less
}

void CompareView::setPrevious(const DisplayPicture &picture, const QString &plan)
{
    d->setShown(d->previous, picture);
    d->previous.detail = plan;
    d->previousDifferenceLayer.clear();
    update();
}

void CompareView::setUpdating(compare::Side side, bool updating)
{
    d->shown(side).updating = updating;
    update();
}

void CompareView::setSideDetail(compare::Side side, const QString &detail)
{
    d->shown(side).detail = detail;
    update();
}

} // namespace bitlens::ui
