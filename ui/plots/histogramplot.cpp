// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/plots/histogramplot.h"

#include "ui/plots/plotstyle.h"
#include "ui/theme.h"

#include <QEvent>
#include <QGraphicsOpacityEffect>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace bitlens::ui {

namespace {

constexpr int kGrabPixels = 6;
constexpr double kDimmed = 0.45;
/// A spike (zeros after a ReLU) higher than so many times all others is cut off on a linear axis.
constexpr double kSpike = 4.0;
constexpr double kHeadroom = 1.08;

void fillGraph(QCPGraph *graph, const compare::Histogram &histogram)
{
    QVector<double> keys;
    QVector<double> values;
    const double total = std::max(1.0, histogram.total());
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
        keys << histogram.centre(i);
        values << 100.0 * histogram.counts[i] / total;
    }
    graph->setData(keys, values, true);
}

/// The heights that the axis must show.
struct Heights {
    double highest = 0.0;
    double second = 0.0;
    double lowest = 0.0; ///< above 0

    void add(const compare::Histogram &histogram)
    {
        const double total = std::max(1.0, histogram.total());
        double first = 0.0;
        double next = 0.0;
        for (const double count : histogram.counts) {
            const double height = 100.0 * count / total;
            if (height > 0.0)
                lowest = lowest > 0.0 ? std::min(lowest, height) : height;
            if (height > first) {
                next = first;
                first = height;
            } else {
                next = std::max(next, height);
            }
        }
        highest = std::max(highest, first);
        second = std::max(second, next);
    }
    double linearTop() const { return second > 0.0 && highest > kSpike * second ? kSpike * second : highest; }
};

} // namespace

struct HistogramPlot::Private {
    HistogramPlot *q;
    QCustomPlot *plot = nullptr;
    QCPGraph *fp32 = nullptr;
    QCPGraph *quantized = nullptr;
    QCPItemStraightLine *lines[2] = {};
    QGraphicsOpacityEffect *opacity = nullptr;
    std::optional<Markers> markers;
    Markers beforeDrag;
    Heights heights;
    double low = 0.0;
    double high = 1.0;
    int dragged = -1;
    bool logarithmic = false;
    bool fixed = false;
    bool hasData = false;

    void applyAxes();
    void placeMarkers();
    int markerAt(double pixel) const;
    void dragTo(double pixel);
    void endDrag(bool accepted);
    void style();
};

void HistogramPlot::Private::applyAxes()
{
    if (!fixed || !hasData) {
        double from = low;
        double to = high;
        if (markers) { // both markers can be grabbed
            from = std::min(from, markers->low);
            to = std::max(to, markers->high);
        }
        const double margin = 0.04 * (to - from);
        plot->xAxis->setRange(from - margin, to + margin);
    }
    if (logarithmic) {
        const double bottom = heights.lowest > 0.0 ? heights.lowest / 2.0 : 1e-3;
        plot->yAxis->setRange(bottom, std::max(10.0 * bottom, 2.0 * heights.highest));
    } else {
        plot->yAxis->setRange(0.0, std::max(1e-9, kHeadroom * heights.linearTop()));
    }
}

void HistogramPlot::Private::placeMarkers()
{
    for (int i = 0; i < 2; ++i) {
        lines[i]->setVisible(markers.has_value());
        if (!markers)
            continue;
        const double value = i == 0 ? markers->low : markers->high;
        lines[i]->point1->setCoords(value, 0.0);
        lines[i]->point2->setCoords(value, 1.0);
    }
}

int HistogramPlot::Private::markerAt(double pixel) const
{
    if (!markers)
        return -1;
    const double toLow = std::abs(plot->xAxis->coordToPixel(markers->low) - pixel);
    const double toHigh = std::abs(plot->xAxis->coordToPixel(markers->high) - pixel);
    if (std::min(toLow, toHigh) > kGrabPixels)
        return -1;
    return toLow < toHigh ? 0 : 1;
}

void HistogramPlot::Private::dragTo(double pixel)
{
    const double value = plot->xAxis->pixelToCoord(pixel);
    // A range always contains 0.
    if (dragged == 0)
        markers->low = std::min(0.0, value);
    else
        markers->high = std::max(0.0, value);
    placeMarkers();
    plot->replot(QCustomPlot::rpQueuedReplot);
    emit q->markersMoving(markers->low, markers->high);
}

void HistogramPlot::Private::endDrag(bool accepted)
{
    dragged = -1;
    if (!accepted || !(markers->low < markers->high)) {
        markers = beforeDrag;
        placeMarkers();
        plot->replot(QCustomPlot::rpQueuedReplot);
        emit q->markersMoving(markers->low, markers->high);
        return;
    }
    if (*markers != beforeDrag)
        emit q->markersMoved(markers->low, markers->high);
}

void HistogramPlot::Private::style()
{
    stylePlot(plot, q->palette());
    const auto set = [](QCPGraph *graph, QColor color, Qt::PenStyle line) {
        graph->setPen(QPen(color, 1.6, line));
        color.setAlpha(50);
        graph->setBrush(color);
    };
    set(fp32, kFp32Color, Qt::SolidLine);
    set(quantized, kQuantizedColor, Qt::DashLine); // FP32 shows between the dashes where both are equal
    for (QCPItemStraightLine *line : lines)
        line->setPen(QPen(q->palette().color(QPalette::WindowText), 1.0, Qt::DashLine));
}

HistogramPlot::HistogramPlot(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->q = this;
    d->plot = new QCustomPlot(this);
    setFocusPolicy(Qt::ClickFocus); // for Escape while a marker is dragged
    d->plot->setFocusPolicy(Qt::NoFocus);
    d->plot->setMouseTracking(true);
    d->plot->installEventFilter(this);
    d->fp32 = d->plot->addGraph();
    d->quantized = d->plot->addGraph();
    d->fp32->setName(tr("FP32"));
    d->quantized->setName(tr("Quantized"));
    for (QCPGraph *graph : {d->fp32, d->quantized}) {
        graph->setLineStyle(QCPGraph::lsStepCenter);
        graph->setAntialiased(false);
    }
    for (QCPItemStraightLine *&line : d->lines) {
        line = new QCPItemStraightLine(d->plot);
        line->point1->setTypeX(QCPItemPosition::ptPlotCoords);
        line->point1->setTypeY(QCPItemPosition::ptAxisRectRatio);
        line->point2->setTypeX(QCPItemPosition::ptPlotCoords);
        line->point2->setTypeY(QCPItemPosition::ptAxisRectRatio);
        for (QCPItemPosition *point : {line->point1, line->point2})
            point->setAxisRect(d->plot->axisRect());
        line->setVisible(false);
    }
    d->plot->yAxis->setLabel(tr("% of values"));
    d->plot->yAxis->setNumberFormat(QStringLiteral("gb"));
    d->plot->xAxis->setNumberPrecision(4);
    d->opacity = new QGraphicsOpacityEffect(d->plot);
    d->opacity->setEnabled(false);
    d->opacity->setOpacity(kDimmed);
    d->plot->setGraphicsEffect(d->opacity);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(d->plot);
    d->style();
    clear();
}

HistogramPlot::~HistogramPlot() = default;

QSize HistogramPlot::sizeHint() const { return {60 * kGrid, 20 * kGrid}; }

QSize HistogramPlot::minimumSizeHint() const { return {24 * kGrid, 12 * kGrid}; }

const std::optional<HistogramPlot::Markers> &HistogramPlot::markers() const { return d->markers; }

double HistogramPlot::pixelOf(double value) const { return d->plot->xAxis->coordToPixel(value); }

double HistogramPlot::valueAt(double pixel) const { return d->plot->xAxis->pixelToCoord(pixel); }

double HistogramPlot::rangeLow() const { return d->plot->xAxis->range().lower; }

double HistogramPlot::rangeHigh() const { return d->plot->xAxis->range().upper; }

bool HistogramPlot::isLogarithmic() const { return d->logarithmic; }

void HistogramPlot::paintOn(QPaintDevice *device, QSize size, bool vector) const
{
    d->plot->legend->setVisible(true);
    paintPlot(d->plot, device, size, vector);
    d->plot->legend->setVisible(false);
}

void HistogramPlot::setHistograms(const compare::Histogram &fp32, const compare::Histogram &quantized)
{
    d->fp32->addToLegend();
    d->quantized->setName(tr("Quantized"));
    fillGraph(d->fp32, fp32);
    fillGraph(d->quantized, quantized);
    d->heights = {};
    d->heights.add(fp32);
    d->heights.add(quantized);
    d->low = std::min(fp32.low, quantized.low);
    d->high = std::max(fp32.high, quantized.high);
    d->applyAxes();
    d->hasData = true;
    d->plot->replot(QCustomPlot::rpQueuedReplot);
}

void HistogramPlot::setError(const compare::Histogram &error)
{
    d->fp32->data()->clear();
    d->fp32->removeFromLegend();
    d->quantized->setName(tr("Quantized − FP32"));
    fillGraph(d->quantized, error);
    d->heights = {};
    d->heights.add(error);
    d->low = error.low;
    d->high = error.high;
    d->applyAxes();
    d->hasData = true;
    d->plot->replot(QCustomPlot::rpQueuedReplot);
}

void HistogramPlot::clear()
{
    d->fp32->data()->clear();
    d->quantized->data()->clear();
    d->hasData = false;
    setMarkers({});
}

void HistogramPlot::setMarkers(const std::optional<Markers> &markers)
{
    if (d->dragged >= 0)
        return; // the hand has it
    d->markers = markers;
    d->placeMarkers();
    d->applyAxes();
    d->plot->replot(QCustomPlot::rpQueuedReplot);
}

void HistogramPlot::setLogarithmic(bool logarithmic)
{
    d->logarithmic = logarithmic;
    d->plot->yAxis->setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    d->plot->yAxis->setTicker(logarithmic ? QSharedPointer<QCPAxisTicker>(new QCPAxisTickerLog)
                                          : QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    d->applyAxes();
    d->plot->replot(QCustomPlot::rpQueuedReplot);
}

void HistogramPlot::setRangeFixed(bool fixed)
{
    d->fixed = fixed;
    if (!fixed)
        d->applyAxes();
    d->plot->replot(QCustomPlot::rpQueuedReplot);
}

void HistogramPlot::setValueLabel(const QString &label)
{
    d->plot->xAxis->setLabel(label);
    d->plot->replot(QCustomPlot::rpQueuedReplot);
}

void HistogramPlot::setDimmed(bool dimmed) { d->opacity->setEnabled(dimmed); }

bool HistogramPlot::event(QEvent *event)
{
    // While a marker is dragged Escape gives the drag up; to the window it would be the key that cancels.
    if (event->type() == QEvent::ShortcutOverride && d->dragged >= 0
        && static_cast<QKeyEvent *>(event)->key() == Qt::Key_Escape) {
        event->accept();
        return true;
    }
    return QWidget::event(event);
}

void HistogramPlot::keyPressEvent(QKeyEvent *event)
{
    if (d->dragged >= 0 && event->key() == Qt::Key_Escape)
        d->endDrag(false);
    else
        QWidget::keyPressEvent(event);
}

bool HistogramPlot::eventFilter(QObject *watched, QEvent *event)
{
    if (watched != d->plot)
        return QWidget::eventFilter(watched, event);
    switch (event->type()) {
    case QEvent::MouseButtonPress: {
        const auto *mouse = static_cast<QMouseEvent *>(event);
        d->dragged = mouse->button() == Qt::LeftButton ? d->markerAt(mouse->position().x()) : -1;
        if (d->dragged < 0)
            return false;
        d->beforeDrag = *d->markers;
        setFocus();
        return true;
    }
    case QEvent::MouseMove: {
        const double x = static_cast<QMouseEvent *>(event)->position().x();
        if (d->dragged >= 0) {
            d->dragTo(x);
            return true;
        }
        d->plot->setCursor(d->markerAt(x) >= 0 ? Qt::SizeHorCursor : Qt::ArrowCursor);
        return false;
    }
    case QEvent::MouseButtonRelease:
        if (d->dragged < 0)
            return false;
        d->endDrag(true);
        return true;
    default:
        return false;
    }
}

void HistogramPlot::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && d->plot) {
        d->style();
        d->plot->replot(QCustomPlot::rpQueuedReplot);
    }
}

} // namespace bitlens::ui
