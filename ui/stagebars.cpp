// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/stagebars.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace bitlens::ui {

namespace {

constexpr int kRow = 2 * kGrid + kHalfGrid;
constexpr int kNameWidth = 12 * kGrid;
constexpr int kNumberWidth = 8 * kGrid;
constexpr int kBarHeight = kGrid;

} // namespace

StageBars::StageBars(QWidget *parent) : QWidget(parent)
{
    setAccessibleName(tr("What quantizing each stage costs"));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Minimum);
}

void StageBars::setBars(const QList<Bar> &bars, const QString &title)
{
    const bool isOtherSize = bars.size() != m_bars.size();
    m_bars = bars;
    m_title = title;
    QStringList spoken;
    for (const Bar &bar : bars)
        if (!bar.text.isEmpty())
            spoken << tr("%1: %2").arg(bar.stage, bar.text);
    setAccessibleDescription(spoken.join(QStringLiteral("; ")));
    if (isOtherSize)
        updateGeometry();
    update();
}

QSize StageBars::sizeHint() const
{
    return {kNameWidth + kNumberWidth + 16 * kGrid, kRow * (static_cast<int>(m_bars.size()) + 1)};
}

QSize StageBars::minimumSizeHint() const { return {kNameWidth + kNumberWidth + 6 * kGrid, sizeHint().height()}; }

int StageBars::rowAt(int y) const
{
    const int row = y / kRow - 1;
    return row >= 0 && row < m_bars.size() ? row : -1;
}

void StageBars::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setFont(textFont(TextSize::Small));
    painter.setPen(tone(Tone::Secondary, palette()));
    painter.drawText(QRect(0, 0, width(), kRow), Qt::AlignLeft | Qt::AlignVCenter, m_title);
    const int room = std::max(1, width() - kNameWidth - kNumberWidth - kGrid);
    for (int row = 0; row < m_bars.size(); ++row) {
        const Bar &bar = m_bars[row];
        const QRect line(0, (row + 1) * kRow, width(), kRow);
        painter.setFont(textFont(TextSize::Small));
        painter.setPen(palette().color(QPalette::WindowText));
        painter.drawText(QRect(line.left(), line.top(), kNameWidth - kGrid, kRow), Qt::AlignLeft | Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(bar.stage, Qt::ElideLeft, kNameWidth - kGrid));
        const QRect track(kNameWidth, line.center().y() - kBarHeight / 2, room, kBarHeight);
        painter.fillRect(track, palette().color(QPalette::Base));
        if (bar.text.isEmpty())
            continue;
        painter.fillRect(
            QRect(track.left(), track.top(), std::max(2, static_cast<int>(room * bar.severity)), kBarHeight),
            kQuantizedColor);
        painter.setFont(numberFont(TextSize::Small));
        painter.drawText(QRect(width() - kNumberWidth, line.top(), kNumberWidth, kRow),
                         Qt::AlignRight | Qt::AlignVCenter, bar.text);
    }
}

void StageBars::mousePressEvent(QMouseEvent *event)
{
    if (const int row = rowAt(event->pos().y()); row >= 0)
        emit stageClicked(row);
}

bool StageBars::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const int row = rowAt(help->pos().y());
        if (row >= 0 && m_bars[row].decibels)
            QToolTip::showText(help->globalPos(),
                               tr("%1: %2 to FP32 (%3)")
                                   .arg(m_bars[row].stage, formatDecibels(*m_bars[row].decibels),
                                        m_bars[row].measured ? tr("measured") : tr("estimated from its layers")),
                               this);
        else
            QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

} // namespace bitlens::ui
