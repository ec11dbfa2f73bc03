// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/triedplanspanel.h"

#include "ui/format.h"
#include "ui/icons.h"
#include "ui/plots/scatterplot.h"
#include "ui/theme.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QStackedLayout>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace bitlens::ui {

namespace {

/// Where an infinite PSNR (nothing differs) is drawn.
constexpr double kIdenticalDecibels = 100.0;

} // namespace

struct TriedPlansPanel::Private {
    TriedPlansPanel *q;
    QStackedLayout *stack = nullptr;
    QComboBox *cost = nullptr;
    QComboBox *loss = nullptr;
    ScatterPlot *plot = nullptr;
    QList<Entry> entries;
    QList<int> drawn;

    bool bySize() const { return cost->currentIndex() == static_cast<int>(Cost::Size); }
    bool byPsnr() const { return loss->currentIndex() == static_cast<int>(Loss::Psnr); }
    void show();
    void markFront(QList<ScatterPlot::Point> &points) const;
};

/// A point is on the front when no other is at least as good in both and better in one.
void TriedPlansPanel::Private::markFront(QList<ScatterPlot::Point> &points) const
{
    const double sign = byPsnr() ? 1.0 : -1.0;
    for (ScatterPlot::Point &point : points)
        point.onFront = std::none_of(points.cbegin(), points.cend(), [&](const ScatterPlot::Point &other) {
            const double gain = sign * (other.y - point.y);
            return other.x <= point.x && gain >= 0.0 && (other.x < point.x || gain > 0.0);
        });
}

void TriedPlansPanel::Private::show()
{
    drawn.clear();
    QList<ScatterPlot::Point> points;
    for (int i = 0; i < entries.size(); ++i) {
        const Entry &entry = entries.at(i);
        const std::optional<double> lossNow = byPsnr() ? entry.psnrFp32 : entry.piChange;
        const double costNow = bySize() ? entry.bytes / 1e6 : 1e3 * entry.seconds;
        if (!lossNow || costNow <= 0.0)
            continue;
        ScatterPlot::Point point;
        point.x = costNow;
        point.y = std::isinf(*lossNow) ? kIdenticalDecibels : *lossNow;
        point.name = entry.name;
        QStringList detail{formatBytes(static_cast<std::size_t>(entry.bytes))};
        if (entry.seconds > 0.0)
            detail << formatSeconds(entry.seconds);
        if (entry.psnrFp32)
            detail << formatDecibels(*entry.psnrFp32);
        if (entry.piChange)
            detail << TriedPlansPanel::tr("PI %1").arg(formatDifference(*entry.piChange, 2));
        point.detail = detail.join(QLatin1Char('\n'));
        point.current = entry.current;
        point.isSquare = entry.tuned;
        points << point;
        drawn << i;
    }
    markFront(points);
    plot->setLabels(bySize() ? TriedPlansPanel::tr("size in MB") : TriedPlansPanel::tr("time in ms"),
                    byPsnr() ? TriedPlansPanel::tr("PSNR to FP32 in dB") : TriedPlansPanel::tr("change of PI"));
    plot->setPoints(points);
    stack->setCurrentIndex(points.isEmpty() ? 0 : 1);
}

TriedPlansPanel::TriedPlansPanel(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->q = this;
    d->cost = new QComboBox(this);
    d->cost->setObjectName(QStringLiteral("triedCost"));
    d->cost->addItems({tr("Size"), tr("Time")});
    d->cost->setAccessibleName(tr("Cost"));
    d->cost->setToolTip(tr("What a plan costs: to the right"));
    d->loss = new QComboBox(this);
    d->loss->setObjectName(QStringLiteral("triedLoss"));
    d->loss->addItems({tr("PSNR to FP32"), tr("Change of PI")});
    d->loss->setAccessibleName(tr("Loss"));
    d->loss->setToolTip(tr("What a plan loses: upwards. PSNR: higher is better. PI: lower is better."));
    for (QComboBox *axis : {d->cost, d->loss})
        axis->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    d->loss->setMinimumContentsLength(static_cast<int>(d->loss->itemText(0).size()) + 1);
    auto *clear = new QToolButton(this);
    clear->setObjectName(QStringLiteral("triedClear"));
    clear->setIcon(icon(Icon::Close));
    clear->setToolTip(tr("Forget the plans tried on this picture"));
    clear->setAccessibleName(tr("Forget tried plans"));
    d->plot = new ScatterPlot(this);
    auto *advice = new QLabel(tr("Each plan that is run becomes a point here: what it loses against what it costs. "
                                 "A click brings a plan back."),
                              this);
    advice->setWordWrap(true);
    advice->setAlignment(Qt::AlignCenter);
    advice->setMargin(2 * kGrid);

    auto *top = new QHBoxLayout;
    top->setContentsMargins(0, 0, 0, 0);
    top->setSpacing(kHalfGrid);
    top->addWidget(d->loss);
    auto *against = new QLabel(tr("against"), this);
    against->setFont(textFont(TextSize::Small));
    top->addWidget(against);
    top->addWidget(d->cost);
    top->addStretch(1);
    top->addWidget(clear);
    d->stack = new QStackedLayout;
    d->stack->addWidget(advice);
    d->stack->addWidget(d->plot);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kGrid, kHalfGrid, kGrid, kGrid);
    column->setSpacing(kHalfGrid);
    column->addLayout(top);
    column->addLayout(d->stack, 1);
    setAccessibleName(tr("Tried plans"));

    connect(d->cost, &QComboBox::currentIndexChanged, this, [this] { d->show(); });
    connect(d->loss, &QComboBox::currentIndexChanged, this, [this] { d->show(); });
    connect(clear, &QToolButton::clicked, this, &TriedPlansPanel::clearRequested);
    connect(d->plot, &ScatterPlot::pointPicked, this,
            [this](qsizetype point) { emit entryPicked(d->drawn.at(point)); });
    d->show();
}

TriedPlansPanel::~TriedPlansPanel() = default;

ScatterPlot *TriedPlansPanel::plot() const { return d->plot; }

const QList<int> &TriedPlansPanel::drawn() const { return d->drawn; }

QSize TriedPlansPanel::sizeHint() const { return {44 * kGrid, 26 * kGrid}; }

QSize TriedPlansPanel::minimumSizeHint() const { return {40 * kGrid, 18 * kGrid}; }

void TriedPlansPanel::setEntries(const QList<Entry> &entries)
{
    d->entries = entries;
    d->show();
}

void TriedPlansPanel::setAxes(Cost cost, Loss loss)
{
    d->cost->setCurrentIndex(static_cast<int>(cost));
    d->loss->setCurrentIndex(static_cast<int>(loss));
}

} // namespace bitlens::ui
