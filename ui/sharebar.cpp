// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/sharebar.h"

#include "ui/theme.h"

#include <QEvent>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

namespace bitlens::ui {

namespace {

constexpr int kBarHeight = 2 * kGrid;
constexpr int kGap = 1;
/// Share of its strength that a dimmed bar keeps, as the numbers beside it do.
constexpr double kDimmed = 0.45;

/// Quantized colour, stronger and weaker by turns, so that neighbours can be told apart.
QColor partColor(qsizetype index, const QPalette &palette)
{
    const QColor base = palette.color(QPalette::Window);
    const float strength = index % 2 == 0 ? 0.85F : 0.55F;
    const auto mix = [strength](int to, int from) {
        return static_cast<int>(strength * static_cast<float>(to) + (1.0F - strength) * static_cast<float>(from));
    };
    return {mix(kQuantizedColor.red(), base.red()), mix(kQuantizedColor.green(), base.green()),
            mix(kQuantizedColor.blue(), base.blue())};
}

} // namespace

ShareBar::ShareBar(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFont(textFont(TextSize::Small));
}

QSize ShareBar::sizeHint() const { return {20 * kGrid, kBarHeight}; }

QSize ShareBar::minimumSizeHint() const { return {8 * kGrid, kBarHeight}; }

double ShareBar::fraction(qsizetype index) const { return m_total > 0.0 ? m_shares.at(index).amount / m_total : 0.0; }

QString ShareBar::textOf(qsizetype index) const
{
    return QStringLiteral("%1: %2 %").arg(m_shares.at(index).name, QString::number(100.0 * fraction(index), 'f', 1));
}

void ShareBar::setShares(const QList<Share> &shares)
{
    m_shares = shares;
    m_total = 0.0;
    for (const Share &share : shares)
        m_total += share.amount;
    QStringList texts;
    for (qsizetype i = 0; i < m_shares.size(); ++i)
        texts << textOf(i);
    setAccessibleDescription(texts.join(QStringLiteral(", ")));
    update();
}

void ShareBar::setDimmed(bool dimmed)
{
    if (dimmed == m_dimmed)
        return;
    m_dimmed = dimmed;
    update();
}

QRectF ShareBar::rectOf(qsizetype index) const
{
    double before = 0.0;
    for (qsizetype i = 0; i < index; ++i)
        before += fraction(i);
    return {before * width(), 0.0, fraction(index) * width(), static_cast<double>(height())};
}

qsizetype ShareBar::indexAt(const QPointF &position) const
{
    for (qsizetype i = 0; i < m_shares.size(); ++i)
        if (rectOf(i).contains(position))
            return i;
    return -1;
}

bool ShareBar::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const qsizetype index = indexAt(help->pos());
        QToolTip::showText(help->globalPos(), index < 0 ? toolTip() : textOf(index) + QLatin1Char('\n') + toolTip(),
                           this);
        return true;
    }
    return QWidget::event(event);
}

void ShareBar::mouseReleaseEvent(QMouseEvent *event)
{
    const qsizetype index = indexAt(event->position());
    if (event->button() == Qt::LeftButton && index >= 0)
        emit shareClicked(m_shares.at(index).name);
}

void ShareBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setOpacity(m_dimmed ? kDimmed : 1.0);
    for (qsizetype i = 0; i < m_shares.size(); ++i) {
        QRectF rect = rectOf(i);
        if (i + 1 < m_shares.size())
            rect.setRight(std::max(rect.left(), rect.right() - kGap));
        const QColor color = partColor(i, palette());
        painter.fillRect(rect, color);
        const QString name = m_shares.at(i).name;
        if (painter.fontMetrics().horizontalAdvance(name) + kGrid > rect.width())
            continue;
        painter.setPen(readableOn(color));
        painter.drawText(rect, Qt::AlignCenter, name);
    }
}

} // namespace bitlens::ui
