// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/queuedelegate.h"

#include "ui/queuemodel.h"
#include "ui/theme.h"

#include <QApplication>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace bitlens::ui {

namespace {

constexpr int kRowHeight = 3 * kGrid + kHalfGrid;
constexpr int kBarHeight = 3;
constexpr int kInset = kGrid; // as the heads of the columns have
constexpr int kPercentWidth = 5 * kGrid;

QString mark(QueueItem::State state)
{
    switch (state) {
    case QueueItem::State::Done:
        return QStringLiteral("✓ ");
    case QueueItem::State::Failed:
        return QStringLiteral("✗ ");
    default:
        return {};
    }
}

QColor ink(QueueItem::State state, const QPalette &palette)
{
    switch (state) {
    case QueueItem::State::Done:
        return tone(Tone::Better, palette);
    case QueueItem::State::Failed:
        return tone(Tone::Worse, palette);
    case QueueItem::State::Running:
        return palette.color(QPalette::WindowText);
    default:
        return tone(Tone::Secondary, palette);
    }
}

} // namespace

void QueueDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const auto state = static_cast<QueueItem::State>(index.data(QueueModel::StateRole).toInt());
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    QStyleOptionViewItem ground = option;
    ground.text.clear();
    QApplication::style()->drawPrimitive(QStyle::PE_PanelItemViewItem, &ground, painter, option.widget);

    painter->save();
    if (index.column() != QueueModel::StateColumn) {
        const auto alignment = index.data(Qt::TextAlignmentRole).value<Qt::Alignment>();
        const QRect room = option.rect.adjusted(kInset, 0, -kInset, 0);
        painter->setPen(option.palette.color(selected ? QPalette::HighlightedText : QPalette::WindowText));
        painter->setFont(index.column() == QueueModel::TimeColumn ? numberFont(TextSize::Body)
                                                                  : textFont(TextSize::Body));
        painter->drawText(room, static_cast<int>(alignment),
                          painter->fontMetrics().elidedText(index.data(Qt::DisplayRole).toString(),
                                                            option.textElideMode, room.width()));
        painter->restore();
        return;
    }
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(selected ? option.palette.color(QPalette::HighlightedText) : ink(state, option.palette));
    QRect words = option.rect.adjusted(kInset, 0, -kInset, 0);
    if (state == QueueItem::State::Running) {
        const double fraction = std::clamp(index.data(QueueModel::FractionRole).toDouble(), 0.0, 1.0);
        painter->setFont(numberFont(TextSize::Body));
        painter->drawText(words.adjusted(words.width() - kPercentWidth, 0, 0, -kBarHeight),
                          Qt::AlignRight | Qt::AlignVCenter,
                          QStringLiteral("%1\u00A0%").arg(std::lround(fraction * 100.0)));
        const QRectF track(words.left(), words.bottom() - kBarHeight - 1, words.width(), kBarHeight);
        QRectF filled = track;
        filled.setWidth(track.width() * fraction);
        QColor back =
            selected ? option.palette.color(QPalette::HighlightedText) : option.palette.color(QPalette::WindowText);
        back.setAlpha(48);
        QColor bar =
            selected ? option.palette.color(QPalette::HighlightedText) : option.palette.color(QPalette::Highlight);
        if (!selected && isDark(option.palette))
            bar = bar.lighter(150);
        const QPen pen = painter->pen();
        painter->setPen(Qt::NoPen);
        painter->setBrush(back);
        painter->drawRoundedRect(track, kBarHeight / 2.0, kBarHeight / 2.0);
        painter->setBrush(bar);
        painter->drawRoundedRect(filled, kBarHeight / 2.0, kBarHeight / 2.0);
        painter->setPen(pen);
        words.adjust(0, 0, -kPercentWidth - kHalfGrid, -kBarHeight);
    }
    painter->setFont(textFont(TextSize::Body));
    const QString text = mark(state) + index.data(Qt::DisplayRole).toString();
    painter->drawText(words, Qt::AlignLeft | Qt::AlignVCenter,
                      painter->fontMetrics().elidedText(text, Qt::ElideRight, words.width()));
    painter->restore();
}

QSize QueueDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    return {QStyledItemDelegate::sizeHint(option, index).width(), kRowHeight};
}

} // namespace bitlens::ui
