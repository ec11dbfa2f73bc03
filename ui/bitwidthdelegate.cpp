// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/bitwidthdelegate.h"

#include "ui/bitplanmodel.h"
#include "ui/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace bitlens::ui {

namespace {

constexpr int kNumberWidth = 5 * kGrid; // of "10–12" in small letters
constexpr int kRightInset = kHalfGrid + 2;
constexpr int kHandleRadius = 5;
constexpr int kTrackHeight = 3;
constexpr int kRowHeight = 3 * kGrid + 2;

/// The line between the centres of the first and last stop.
QRect trackOf(const QRect &cell)
{
    const int left = cell.left() + kHalfGrid + kHandleRadius;
    const int right = cell.right() - kNumberWidth - kHandleRadius + 2;
    return {left, cell.center().y() - kTrackHeight / 2, std::max(1, right - left), kTrackHeight};
}

double positionOf(const QRect &track, int bits, const QList<int> &choices)
{
    const auto stop = static_cast<double>(std::max<qsizetype>(0, choices.indexOf(bits)));
    return track.left() + track.width() * stop / static_cast<double>(std::max<qsizetype>(1, choices.size() - 1));
}

QColor blended(const QColor &from, const QColor &to, double share)
{
    const auto mix = [share](int a, int b) { return a + static_cast<int>(share * (b - a)); };
    return {mix(from.red(), to.red()), mix(from.green(), to.green()), mix(from.blue(), to.blue())};
}

} // namespace

int BitWidthDelegate::bitsAt(const QRect &cell, int x, const QList<int> &choices)
{
    const QRect track = trackOf(cell);
    const double share = static_cast<double>(x - track.left()) / track.width();
    const auto last = static_cast<double>(choices.size() - 1);
    return choices.at(static_cast<qsizetype>(std::lround(std::clamp(share * last, 0.0, last))));
}

QRect BitWidthDelegate::numberOf(const QRect &cell)
{
    return {cell.right() - kNumberWidth, cell.top(), kNumberWidth - kRightInset, cell.height()};
}

QPoint BitWidthDelegate::stopOf(const QRect &cell, int bits, const QList<int> &choices)
{
    const QRect track = trackOf(cell);
    return {static_cast<int>(std::lround(positionOf(track, bits, choices))), track.center().y()};
}

void BitWidthDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const QList<int> choices = index.data(BitPlanModel::ChoicesRole).value<QList<int>>();
    const int low = index.data(BitPlanModel::LowestBitsRole).toInt();
    const int high = index.data(BitPlanModel::HighestBitsRole).toInt();
    const bool mixed = low != high;
    const bool focused = option.state.testFlag(QStyle::State_HasFocus);
    const bool hovered = option.state.testFlag(QStyle::State_MouseOver);
    const QPalette &palette = option.palette;
    const QRect track = trackOf(option.rect);
    const double from = positionOf(track, low, choices);
    const double to = positionOf(track, high, choices);
    const double middle = track.top() + kTrackHeight / 2.0;
    const QColor ink = palette.color(QPalette::WindowText);

    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    if (focused) {
        QColor ground = palette.color(QPalette::Highlight);
        ground.setAlpha(48);
        painter->setBrush(ground);
        painter->setPen(palette.color(QPalette::Highlight));
        painter->drawRoundedRect(QRectF(option.rect).adjusted(1.5, 1.5, -1.5, -1.5), kHalfGrid, kHalfGrid);
        painter->setPen(Qt::NoPen);
    }
    QColor ground = tone(Tone::Separator, palette).darker(isDark(palette) ? 80 : 108);
    // Once it is known how much a layer loses, its track says so.
    if (const QVariant severity = index.data(BitPlanModel::SeverityRole); severity.isValid())
        ground = blended(ground, kQuantizedColor, severity.toDouble());
    painter->setBrush(ground);
    painter->drawRoundedRect(QRectF(track), kTrackHeight / 2.0, kTrackHeight / 2.0);
    // The filled part says "this much"; for a mixed parent it spans the range.
    QColor fill = palette.color(QPalette::Highlight);
    if (isDark(palette))
        fill = fill.lighter(150);
    painter->setBrush(fill);
    const double begin = mixed ? from : track.left();
    painter->drawRoundedRect(QRectF(begin, track.top(), to - begin, kTrackHeight), kTrackHeight / 2.0,
                             kTrackHeight / 2.0);
    const double radius = kHandleRadius - (hovered || focused ? 0.0 : 0.75);
    if (mixed) {
        painter->setBrush(palette.color(QPalette::Window));
        painter->setPen(QPen(fill, 1.5));
        painter->drawEllipse(QPointF(from, middle), radius - 1, radius - 1);
        painter->drawEllipse(QPointF(to, middle), radius - 1, radius - 1);
    } else {
        painter->setBrush(hovered || focused ? ink : fill);
        painter->drawEllipse(QPointF(to, middle), radius, radius);
    }

    const QRect number = numberOf(option.rect);
    const QString text = index.data(Qt::DisplayRole).toString();
    QFont font = numberFont(TextSize::Body);
    if (QFontMetrics(font).horizontalAdvance(text) > number.width())
        font = numberFont(TextSize::Small);
    painter->setFont(font);
    painter->setPen(mixed ? tone(Tone::Secondary, palette) : ink);
    painter->drawText(number, Qt::AlignRight | Qt::AlignVCenter, text);
    painter->restore();
}

QSize BitWidthDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const
{
    return {kNumberWidth + 6 * kGrid, kRowHeight};
}

} // namespace bitlens::ui
