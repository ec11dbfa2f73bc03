// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/sharebardelegate.h"

#include "ui/theme.h"

#include <QApplication>
#include <QFontMetrics>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace bitlens::ui {

namespace {

constexpr int kSmallestBar = 3 * kGrid;

int textWidth(const QFont &font) { return QFontMetrics(font).horizontalAdvance(QStringLiteral("100.0 %")) + kGrid; }

} // namespace

QRect ShareBarDelegate::barOf(const QRect &cell, double share, const QFont &font)
{
    const QRect room = cell.adjusted(kGrid, 0, -textWidth(font) - kHalfGrid, 0);
    const int length = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * room.width()));
    return {room.left(), cell.center().y() - kHalfGrid + 1, length, kGrid};
}

void ShareBarDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QStyleOptionViewItem item = option;
    initStyleOption(&item, index);
    const QString text = item.text;
    item.text.clear();
    const QStyle *style = item.widget ? item.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &item, painter, item.widget);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing, false);
    painter->fillRect(barOf(item.rect, index.data(m_role).toDouble(), item.font), kQuantizedColor);
    const bool selected = item.state.testFlag(QStyle::State_Selected);
    painter->setFont(item.font);
    painter->setPen(item.palette.color(selected ? QPalette::HighlightedText : QPalette::Text));
    painter->drawText(item.rect.adjusted(0, 0, -kHalfGrid, 0), Qt::AlignRight | Qt::AlignVCenter, text);
    painter->restore();
}

QSize ShareBarDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const
{
    return {kSmallestBar + textWidth(option.font) + 2 * kGrid, QFontMetrics(option.font).height() + kGrid};
}

} // namespace bitlens::ui
