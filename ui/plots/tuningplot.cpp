// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/plots/tuningplot.h"

#include "ui/plots/plotstyle.h"
#include "ui/theme.h"

#include <QEvent>
#include <QVBoxLayout>

#include <algorithm>

namespace bitlens::ui {

namespace {

constexpr double kMargin = 0.08;
constexpr double kPointSize = 5.0;
/// Smallest height of the PSNR axis, in dB: less would make noise look like news.
constexpr double kLeastDecibels = 1.0;

} // namespace

struct TuningPlot::Private {
    TuningPlot *q;
    QCustomPlot *plot = nullptr;
    QCPGraph *psnr = nullptr;
    QCPGraph *before = nullptr;
    QCPGraph *loss = nullptr;
    double beforeValue = 0.0;

    void style();
    void fit();
};

void TuningPlot::Private::style()
{
    stylePlot(plot, q->palette());
    const QColor secondary = tone(Tone::Secondary, q->palette());
    psnr->setPen(QPen(kQuantizedColor, 2.0));
    psnr->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, kQuantizedColor, kPointSize));
    before->setPen(QPen(kQuantizedColor, 1.2, Qt::DashLine));
    loss->setPen(QPen(secondary, 1.4));
    plot->legend->setBrush(Qt::NoBrush);
}

void TuningPlot::Private::fit()
{
    bool found = false;
    const QCPRange steps = psnr->getKeyRange(found);
    const double last = found ? std::max(1.0, steps.upper) : 1.0;
    plot->xAxis->setRange(0.0, last);
    QCPRange values = psnr->getValueRange(found);
    if (found) {
        if (beforeValue > 0.0)
            values.expand(beforeValue);
        if (values.size() < kLeastDecibels)
            values = {values.center() - kLeastDecibels / 2, values.center() + kLeastDecibels / 2};
        plot->yAxis->setRange(values.lower - kMargin * values.size(), values.upper + kMargin * values.size());
    }
    const QCPRange losses = loss->getValueRange(found);
    plot->yAxis2->setRange(0.0, found ? losses.upper * (1.0 + kMargin) : 1.0);
    before->data()->clear();
    if (beforeValue > 0.0) {
        before->addData(0.0, beforeValue);
        before->addData(last, beforeValue);
    }
    plot->replot(QCustomPlot::rpQueuedReplot);
}

TuningPlot::TuningPlot(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->q = this;
    d->plot = new QCustomPlot(this);
    d->plot->setFocusPolicy(Qt::NoFocus);
    d->plot->yAxis2->setVisible(true);
    d->psnr = d->plot->addGraph();
    d->before = d->plot->addGraph();
    d->loss = d->plot->addGraph(d->plot->xAxis, d->plot->yAxis2);
    d->psnr->setName(tr("PSNR to FP32"));
    d->before->setName(tr("before"));
    d->loss->setName(tr("loss"));
    d->plot->xAxis->setLabel(tr("step"));
    d->plot->yAxis->setLabel(tr("PSNR to FP32 in dB"));
    d->plot->yAxis2->setLabel(tr("loss"));
    d->plot->legend->setVisible(true);
    d->plot->axisRect()->insetLayout()->setInsetAlignment(0, Qt::AlignBottom | Qt::AlignRight);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(d->plot);
    setAccessibleName(tr("Loss and PSNR to FP32 over the steps"));
    d->style();
    d->fit();
}

TuningPlot::~TuningPlot() = default;

int TuningPlot::count() const { return d->psnr->dataCount(); }

QSize TuningPlot::sizeHint() const { return {48 * kGrid, 26 * kGrid}; }

QSize TuningPlot::minimumSizeHint() const { return {30 * kGrid, 16 * kGrid}; }

void TuningPlot::clear()
{
    d->psnr->data()->clear();
    d->loss->data()->clear();
    d->beforeValue = 0.0;
    d->fit();
}

void TuningPlot::addPoint(int step, double loss, double psnr)
{
    d->psnr->addData(step, psnr);
    if (loss > 0.0)
        d->loss->addData(step, loss);
    d->fit();
}

void TuningPlot::setBefore(double psnr)
{
    d->beforeValue = psnr;
    d->fit();
}

void TuningPlot::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        d->style();
        d->plot->replot(QCustomPlot::rpQueuedReplot);
    }
    QWidget::changeEvent(event);
}

} // namespace bitlens::ui
