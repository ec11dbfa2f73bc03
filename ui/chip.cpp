// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/chip.h"

#include "ui/theme.h"

#include <QPainter>

namespace bitlens::ui {

Chip::Chip(const QString &text, const QColor &color, QWidget *parent) : QLabel(text, parent), m_color(color)
{
    setFont(strongFont(TextSize::Small));
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

QSize Chip::sizeHint() const
{
    const QSize size = fontMetrics().size(Qt::TextSingleLine, text());
    return {size.width() + kGrid + 2, size.height() + kHalfGrid};
}

void Chip::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_color);
    painter.drawRoundedRect(rect(), kHalfGrid, kHalfGrid);
    painter.setPen(readableOn(m_color));
    painter.drawText(rect(), Qt::AlignCenter, text());
}

} // namespace bitlens::ui
