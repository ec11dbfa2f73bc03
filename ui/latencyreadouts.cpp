// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/latencyreadouts.h"

#include "ui/explainlabel.h"
#include "ui/format.h"
#include "ui/theme.h"

#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>

#include <array>

namespace bitlens::ui {

namespace {
/// Share of the text's strength that a number keeps while it is measured again.
constexpr float kDimmed = 0.45F;
} // namespace

struct LatencyReadouts::Private {
    LatencyReadouts *q;
    ExplainLabel *head = nullptr;
    QGridLayout *grid = nullptr;
    std::array<QLabel *, 3> medians{}; ///< FP32, quantized, change
    std::array<QLabel *, 2> spreads{};
    QPushButton *measure = nullptr;
    std::optional<Latency> latency;
    bool measuring = false;
    bool stale = false;

    QLabel *makeLabel(const QString &name, TextSize size) const;
    void setColor(QLabel *label, QColor color) const;
    void showSide(std::size_t index, const Latency::Side &side, const QString &name) const;
    void refresh() const;
};

QLabel *LatencyReadouts::Private::makeLabel(const QString &name, TextSize size) const
{
    auto *label = new QLabel(q);
    label->setObjectName(name);
    label->setFont(numberFont(size));
    label->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

void LatencyReadouts::Private::setColor(QLabel *label, QColor color) const
{
    if (q->isDimmed())
        color.setAlphaF(kDimmed);
    QPalette palette = q->palette();
    palette.setColor(QPalette::WindowText, color);
    label->setPalette(palette);
}

void LatencyReadouts::Private::showSide(std::size_t index, const Latency::Side &side, const QString &name) const
{
    const QString help = LatencyReadouts::tr("%1: median %2 of %3 runs by turns with the other side on %4 pixels, "
                                             "shortest %5, longest %6")
                             .arg(name, formatSeconds(side.median))
                             .arg(latency->runs)
                             .arg(formatPixels(latency->pixels.width(), latency->pixels.height()),
                                  formatSeconds(side.shortest), formatSeconds(side.longest));
    medians[index]->setText(formatSeconds(side.median));
    spreads[index]->setText(QChar(0x00B1) + formatSeconds((side.longest - side.shortest) / 2.0));
    for (QLabel *label : {medians[index], spreads[index]}) {
        label->setToolTip(help);
        label->setAccessibleName(help);
    }
    setColor(medians[index], q->palette().color(QPalette::WindowText));
    setColor(spreads[index], tone(Tone::Secondary, q->palette()));
}

void LatencyReadouts::Private::refresh() const
{
    measure->setText(measuring ? LatencyReadouts::tr("Stop measuring") : LatencyReadouts::tr("Measure latency"));
    head->setVisible(latency.has_value());
    for (QLabel *label : medians)
        label->setVisible(latency.has_value());
    for (QLabel *label : spreads)
        label->setVisible(latency.has_value());
    if (!latency)
        return;
    head->setText((stale ? LatencyReadouts::tr("Latency of an earlier plan, median of %1 runs")
                         : LatencyReadouts::tr("Latency, median of %1 runs"))
                      .arg(latency->runs));
    QPalette secondary = q->palette();
    secondary.setColor(QPalette::WindowText, tone(Tone::Secondary, q->palette()));
    head->setPalette(secondary);
    showSide(0, latency->fp32, LatencyReadouts::tr("FP32"));
    showSide(1, latency->quantized, LatencyReadouts::tr("Quantized"));
    const double change = latency->fp32.median > 0.0 ? latency->quantized.median / latency->fp32.median - 1.0 : 0.0;
    medians[2]->setText(formatChange(change));
    medians[2]->setToolTip(LatencyReadouts::tr("From FP32 to quantized, of the medians"));
    setColor(medians[2], tone(change < 0.0 ? Tone::Better : Tone::Worse, q->palette()));
}

LatencyReadouts::LatencyReadouts(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->q = this;
    auto *grid = new QGridLayout(this);
    d->grid = grid;
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(kHalfGrid);
    grid->setVerticalSpacing(1);
    d->head = new ExplainLabel({}, this);
    d->head->setFont(textFont(TextSize::Small));
    d->head->setContentsMargins(0, kHalfGrid, 0, 0);
    d->head->setWhatsThis(
        tr("The same small picture is run by both sides by turns. Below the medians: half of what lies "
           "between the shortest and the longest run."));
    d->head->setToolTip(d->head->whatsThis());
    grid->addWidget(d->head, 0, 0, 1, 3, Qt::AlignLeft);
    constexpr std::array<const char *, 3> kParts{"fp32", "quantized", "change"};
    for (int column = 0; column < 3; ++column) {
        const auto index = static_cast<std::size_t>(column);
        const QString part = QLatin1String(kParts[index]);
        grid->setColumnStretch(column, 1);
        const bool isChange = column == 2;
        d->medians[index] =
            d->makeLabel(QStringLiteral("latency.") + part, isChange ? TextSize::Small : TextSize::Body);
        grid->addWidget(d->medians[index], 1, column);
        if (isChange) {
            QFont bold = d->medians[index]->font();
            bold.setWeight(QFont::DemiBold);
            d->medians[index]->setFont(bold);
            continue;
        }
        d->spreads[index] = d->makeLabel(QStringLiteral("latencySpread.") + part, TextSize::Small);
        grid->addWidget(d->spreads[index], 2, column);
    }
    d->measure = new QPushButton(this);
    d->measure->setObjectName(QStringLiteral("measureLatency"));
    d->measure->setFont(textFont(TextSize::Small));
    d->measure->setToolTip(tr("Runs both sides by turns several times, so that whatever else the computer does meets "
                              "both alike: median and half the spread, and each stage's time"));
    d->measure->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    grid->setRowMinimumHeight(3, kHalfGrid);
    grid->addWidget(d->measure, 4, 0, 1, 3);
    setAccessibleName(tr("Latency"));
    connect(d->measure, &QPushButton::clicked, this, [this] {
        if (d->measuring)
            emit measureCancelled();
        else
            emit measureRequested();
    });
    d->refresh();
}

LatencyReadouts::~LatencyReadouts() = default;

void LatencyReadouts::setColumnWidths(const std::array<int, 3> &widths)
{
    for (int column = 0; column < 3; ++column)
        d->grid->setColumnStretch(column, widths[static_cast<std::size_t>(column)]);
}

bool LatencyReadouts::isDimmed() const { return d->measuring || d->stale; }

void LatencyReadouts::setLatency(const std::optional<Latency> &latency)
{
    d->latency = latency;
    d->stale = false;
    d->refresh();
    emit dimmedChanged();
}

void LatencyReadouts::setStale(bool stale)
{
    d->stale = stale;
    d->refresh();
    emit dimmedChanged();
}

void LatencyReadouts::setMeasuring(bool measuring)
{
    d->measuring = measuring;
    d->refresh();
    emit dimmedChanged();
}

void LatencyReadouts::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        d->refresh();
}

} // namespace bitlens::ui
