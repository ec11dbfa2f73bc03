// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/plots/scatterplot.h"

#include "ui/plots/plotstyle.h"
#include "ui/theme.h"

#include <QEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace bitlens::ui {

namespace {

constexpr double kReach = 10.0; ///< pixels
constexpr double kPointSize = 8.0;
constexpr double kCurrentSize = 12.0;
constexpr double kMargin = 0.08;

QCPRange rangeOf(double low, double high)
{
    const double width = high > low ? high - low : std::max(1e-9, 0.2 * std::abs(low));
    return {low - kMargin * width, high + kMargin * width};
}

} // namespace

struct ScatterPlot::Private {
    ScatterPlot *q;
    QCustomPlot *plot = nullptr;
    QCPGraph *front = nullptr;
    struct Marks {
        QCPGraph *round = nullptr;
        QCPGraph *square = nullptr;
    };
    Marks others;
    Marks best;
    Marks current;
    QCPItemText *label = nullptr;
    QCPItemTracer *ring = nullptr;
    QList<Point> points;
    qsizetype highlighted = -1;

    void style();
    void fill();
    qsizetype nearest(const QPointF &position) const;
    void highlight(qsizetype point);
};

void ScatterPlot::Private::style()
{
    stylePlot(plot, q->palette());
    const QColor window = q->palette().color(QPalette::Base);
    const QColor secondary = tone(Tone::Secondary, q->palette());
    front->setPen(QPen(kQuantizedColor, 1.2, Qt::DashLine));
    const auto draw = [](const Marks &marks, const QPen &pen, const QColor &inside, double size) {
        marks.round->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, pen, inside, size));
        marks.square->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssSquare, pen, inside, size));
    };
    draw(others, QPen(secondary, 1.4), window, kPointSize);
    draw(best, QPen(kQuantizedColor, 1.6), window, kPointSize);
    draw(current, QPen(window, 1.5), kQuantizedColor, kCurrentSize);
    label->setColor(q->palette().color(QPalette::ToolTipText));
    label->setBrush(q->palette().color(QPalette::ToolTipBase));
    label->setPen(QPen(tone(Tone::Separator, q->palette())));
    label->setFont(textFont(TextSize::Small));
    ring->setPen(QPen(q->palette().color(QPalette::WindowText), 1.5));
}

void ScatterPlot::Private::fill()
{
    for (QCPGraph *graph : {front, others.round, others.square, best.round, best.square, current.round, current.square})
        graph->data()->clear();
    QCPRange x;
    QCPRange y;
    QList<Point> steps;
    for (qsizetype i = 0; i < points.size(); ++i) {
        const Point &point = points.at(i);
        const Marks &marks = point.current ? current : point.onFront ? best : others;
        (point.isSquare ? marks.square : marks.round)->addData(point.x, point.y);
        if (point.onFront)
            steps << point;
        x = i == 0 ? QCPRange(point.x, point.x) : x.expanded(QCPRange(point.x, point.x));
        y = i == 0 ? QCPRange(point.y, point.y) : y.expanded(QCPRange(point.y, point.y));
    }
    std::sort(steps.begin(), steps.end(), [](const Point &a, const Point &b) { return a.x < b.x; });
    for (const Point &point : std::as_const(steps))
        front->addData(point.x, point.y);
    if (points.isEmpty())
        return;
    plot->xAxis->setRange(rangeOf(x.lower, x.upper));
    plot->yAxis->setRange(rangeOf(y.lower, y.upper));
}

qsizetype ScatterPlot::Private::nearest(const QPointF &position) const
{
    qsizetype found = -1;
    double best2 = kReach * kReach;
    for (qsizetype i = 0; i < points.size(); ++i) {
        const QPointF away = q->positionOf(i) - position;
        const double distance = QPointF::dotProduct(away, away);
        // Of points on one spot the current one, which is drawn on top.
        if (distance < best2 || (distance <= best2 && points.at(i).current)) {
            best2 = distance;
            found = i;
        }
    }
    return found;
}

void ScatterPlot::Private::highlight(qsizetype point)
{
    if (point == highlighted)
        return;
    highlighted = point;
    const bool any = point >= 0;
    label->setVisible(any);
    ring->setVisible(any);
    plot->setCursor(any ? Qt::PointingHandCursor : Qt::ArrowCursor);
    if (any) {
        const Point &shown = points.at(point);
        label->setText(shown.detail.isEmpty() ? shown.name : shown.name + QLatin1Char('\n') + shown.detail);
        const bool right = plot->xAxis->coordToPixel(shown.x) > plot->axisRect()->center().x();
        const bool low = plot->yAxis->coordToPixel(shown.y) > plot->axisRect()->center().y();
        label->setPositionAlignment((right ? Qt::AlignRight : Qt::AlignLeft) | (low ? Qt::AlignBottom : Qt::AlignTop));
        label->setTextAlignment(Qt::AlignLeft);
        const double away = right ? -kReach : kReach;
        label->position->setPixelPosition(q->positionOf(point) + QPointF(away, low ? -kReach : kReach));
        ring->position->setCoords(shown.x, shown.y);
        q->setAccessibleDescription(label->text());
    }
    plot->replot(QCustomPlot::rpQueuedReplot);
}

ScatterPlot::ScatterPlot(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->q = this;
    d->plot = new QCustomPlot(this);
    d->plot->setFocusPolicy(Qt::NoFocus);
    d->plot->setMouseTracking(true);
    d->plot->installEventFilter(this);
    d->front = d->plot->addGraph();
    d->front->setLineStyle(QCPGraph::lsStepLeft);
    for (Private::Marks *marks : {&d->others, &d->best, &d->current})
        for (QCPGraph **graph : {&marks->round, &marks->square}) {
            *graph = d->plot->addGraph();
            (*graph)->setLineStyle(QCPGraph::lsNone);
        }
    d->ring = new QCPItemTracer(d->plot);
    d->ring->setStyle(QCPItemTracer::tsCircle);
    d->ring->setSize(kCurrentSize + kHalfGrid);
    d->ring->setBrush(Qt::NoBrush);
    d->label = new QCPItemText(d->plot);
    d->label->position->setType(QCPItemPosition::ptAbsolute);
    d->label->setPadding({kHalfGrid, 2, kHalfGrid, 2});
    d->label->setLayer(QStringLiteral("overlay")); // above axes and points
    d->label->setVisible(false);
    d->label->setClipToAxisRect(false);
    d->ring->setVisible(false);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(d->plot);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Tried plans"));
    d->style();
}

ScatterPlot::~ScatterPlot() = default;

const QList<ScatterPlot::Point> &ScatterPlot::points() const { return d->points; }

QPointF ScatterPlot::positionOf(qsizetype point) const
{
    const Point &at = d->points.at(point);
    return {d->plot->xAxis->coordToPixel(at.x), d->plot->yAxis->coordToPixel(at.y)};
}

qsizetype ScatterPlot::highlighted() const { return d->highlighted; }

QSize ScatterPlot::sizeHint() const { return {36 * kGrid, 20 * kGrid}; }

QSize ScatterPlot::minimumSizeHint() const { return {20 * kGrid, 12 * kGrid}; }

void ScatterPlot::setPoints(const QList<Point> &points)
{
    d->highlight(-1);
    d->points = points;
    d->fill();
    d->plot->replot(QCustomPlot::rpQueuedReplot);
}

void ScatterPlot::setLabels(const QString &x, const QString &y)
{
    d->plot->xAxis->setLabel(x);
    d->plot->yAxis->setLabel(y);
    d->plot->replot(QCustomPlot::rpQueuedReplot);
}

bool ScatterPlot::eventFilter(QObject *watched, QEvent *event)
{
    if (watched != d->plot)
        return QWidget::eventFilter(watched, event);
    if (event->type() == QEvent::MouseMove) {
        d->highlight(d->nearest(static_cast<QMouseEvent *>(event)->position()));
    } else if (event->type() == QEvent::Leave) {
        d->highlight(-1);
    } else if (event->type() == QEvent::MouseButtonRelease) {
        const auto *mouse = static_cast<QMouseEvent *>(event);
        const qsizetype point = mouse->button() == Qt::LeftButton ? d->nearest(mouse->position()) : -1;
        if (point >= 0)
            emit pointPicked(point);
    }
    return false;
}

void ScatterPlot::keyPressEvent(QKeyEvent *event)
{
    const qsizetype count = d->points.size();
    const bool forward = event->key() == Qt::Key_Right || event->key() == Qt::Key_Down;
    const bool back = event->key() == Qt::Key_Left || event->key() == Qt::Key_Up;
    if (count > 0 && (forward || back)) {
        // In the order in which they stand from left to right.
        QList<qsizetype> order(count);
        for (qsizetype i = 0; i < count; ++i)
            order[i] = i;
        std::stable_sort(order.begin(), order.end(),
                         [this](qsizetype a, qsizetype b) { return d->points.at(a).x < d->points.at(b).x; });
        const qsizetype at = order.indexOf(d->highlighted);
        const qsizetype next =
            at < 0 ? (forward ? 0 : count - 1) : std::clamp<qsizetype>(at + (forward ? 1 : -1), 0, count - 1);
        d->highlight(order.at(next));
    } else if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space)
               && d->highlighted >= 0) {
        emit pointPicked(d->highlighted);
    } else {
        QWidget::keyPressEvent(event);
    }
}

void ScatterPlot::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && d->plot) {
        d->style();
        d->plot->replot(QCustomPlot::rpQueuedReplot);
    }
}

} // namespace bitlens::ui
