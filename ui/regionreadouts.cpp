// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/regionreadouts.h"

#include "ui/explainlabel.h"
#include "ui/format.h"
#include "ui/readoutrows.h"
#include "ui/theme.h"

#include <QEvent>
#include <QGridLayout>
#include <QLabel>

#include <array>

namespace bitlens::ui {

namespace {

constexpr std::array kRegionReadouts{Readout::PsnrFp32, Readout::SsimFp32, Readout::Niqe, Readout::Ma, Readout::Pi};
constexpr float kDimmed = 0.45F;

} // namespace

struct RegionReadouts::Private {
    struct Row {
        ExplainLabel *name = nullptr;
        std::array<ExplainLabel *, 3> numbers{}; ///< FP32, quantized, change
    };

    RegionReadouts *q;
    QGridLayout *grid = nullptr;
    QLabel *title = nullptr;
    std::array<Row, kRegionReadouts.size()> rows;
    QRect part;
    bool selected = false;
    compare::SideReport fp32, quantized;
    bool pending = false;

    void setColor(QLabel *label, QColor color, bool dimmed) const;
    void showValue(Readout readout, ExplainLabel *label, const compare::SideReport &report) const;
    void refresh();
};

void RegionReadouts::Private::setColor(QLabel *label, QColor color, bool dimmed) const
{
    if (dimmed)
        color.setAlphaF(kDimmed);
    QPalette palette = q->palette();
    palette.setColor(QPalette::WindowText, color);
    label->setPalette(palette);
}

void RegionReadouts::Private::showValue(Readout readout, ExplainLabel *label, const compare::SideReport &report) const
{
    const ReadoutValue value = readoutValue(readout, report);
    label->setText(value.text);
    label->setExplanation(value.reason);
    label->setToolTip(value.reason.isEmpty() ? readoutHelp(readout) : value.reason);
    label->setAccessibleName(RegionReadouts::tr("%1 of the part: %2").arg(readoutName(readout), value.text));
    setColor(label, value.number ? q->palette().color(QPalette::WindowText) : tone(Tone::Secondary, q->palette()),
             pending);
}

void RegionReadouts::Private::refresh()
{
    const QString name = selected ? RegionReadouts::tr("Region") : RegionReadouts::tr("Visible part");
    title->setText(part.isEmpty() ? name
                                  : RegionReadouts::tr("%1 %2 at %3, %4")
                                        .arg(name, formatPixels(part.width(), part.height()))
                                        .arg(part.x())
                                        .arg(part.y()));
    setColor(title, tone(Tone::Secondary, q->palette()), false);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Readout readout = kRegionReadouts[i];
        const Row &row = rows[i];
        setColor(row.name, tone(Tone::Secondary, q->palette()), false);
        if (isFidelity(readout))
            row.numbers[0]->clear();
        else
            showValue(readout, row.numbers[0], fp32);
        showValue(readout, row.numbers[1], quantized);
        const ReadoutChange change = readoutChange(readout, fp32, quantized);
        row.numbers[2]->setText(change.text);
        const Tone meaning = change.verdict == ReadoutChange::Verdict::Same     ? Tone::Secondary
                             : change.verdict == ReadoutChange::Verdict::Better ? Tone::Better
                                                                                : Tone::Worse;
        setColor(row.numbers[2], tone(meaning, q->palette()), pending);
    }
}

RegionReadouts::RegionReadouts(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->q = this;
    auto *grid = new QGridLayout(this);
    d->grid = grid;
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(kHalfGrid);
    grid->setVerticalSpacing(1);
    for (int column = 0; column < 3; ++column)
        grid->setColumnStretch(column, 1);
    d->title = new QLabel(this);
    d->title->setObjectName(QStringLiteral("region.title"));
    d->title->setFont(strongFont(TextSize::Small));
    d->title->setToolTip(tr("In pixels of the enlarged picture. These scores count for this part only."));
    grid->addWidget(d->title, 0, 0, 1, 3);
    constexpr std::array<const char *, 3> kParts{"fp32", "quantized", "change"};
    constexpr std::array<const char *, kRegionReadouts.size()> kNames{"psnrFp32", "ssimFp32", "niqe", "ma", "pi"};
    for (std::size_t i = 0; i < d->rows.size(); ++i) {
        Private::Row &row = d->rows[i];
        row.name = new ExplainLabel(readoutName(kRegionReadouts[i]), this);
        row.name->setFont(textFont(TextSize::Small));
        row.name->setToolTip(readoutHelp(kRegionReadouts[i]));
        row.name->setWhatsThis(readoutHelp(kRegionReadouts[i]));
        const int line = grid->rowCount();
        grid->addWidget(row.name, line, 0, 1, 3, Qt::AlignLeft);
        for (int column = 0; column < 3; ++column) {
            const auto c = static_cast<std::size_t>(column);
            auto *label = new ExplainLabel({}, this);
            label->setObjectName(
                QStringLiteral("region.%1.%2").arg(QLatin1String(kNames[i]), QLatin1String(kParts[c])));
            label->setFont(numberFont(column == 2 ? TextSize::Small : TextSize::Body));
            if (column == 2) {
                QFont bold = label->font();
                bold.setWeight(QFont::DemiBold);
                label->setFont(bold);
            }
            label->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
            label->setExplanation({});
            grid->addWidget(label, line + 1, column);
            row.numbers[c] = label;
        }
    }
    setAccessibleName(tr("Scores of a part"));
    d->refresh();
}

RegionReadouts::~RegionReadouts() = default;

void RegionReadouts::setColumnWidths(const std::array<int, 3> &widths)
{
    for (int column = 0; column < 3; ++column)
        d->grid->setColumnStretch(column, widths[static_cast<std::size_t>(column)]);
}

void RegionReadouts::setScores(const QRect &part, bool selected, const compare::SideReport &fp32,
                               const compare::SideReport &quantized)
{
    d->part = part;
    d->selected = selected;
    d->fp32 = fp32;
    d->quantized = quantized;
    d->refresh();
}

void RegionReadouts::setPending(bool pending)
{
    d->pending = pending;
    d->refresh();
}

void RegionReadouts::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        d->refresh();
}

} // namespace bitlens::ui
