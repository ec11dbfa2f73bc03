// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/layernamedelegate.h"

#include "ui/bitplanmodel.h"
#include "ui/theme.h"

#include <QPainter>

namespace bitlens::ui {

namespace {
constexpr double kMark = 6.0;
} // namespace

QRectF LayerNameDelegate::markOf(const QRect &cell)
{
    return {cell.right() - kMark - kHalfGrid + 0.5, cell.center().y() - kMark / 2.0 + 0.5, kMark, kMark};
}

void LayerNameDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const auto arithmetic = static_cast<LayerDetail::Arithmetic>(index.data(BitPlanModel::ArithmeticRole).toInt());
    const bool simulated = arithmetic == LayerDetail::Arithmetic::Simulated;
    if (!simulated && arithmetic != LayerDetail::Arithmetic::Float) {
        QStyledItemDelegate::paint(painter, option, index);
        return;
    }
    const QRectF mark = markOf(option.rect);
    QStyleOptionViewItem name = option;
    name.rect.setRight(static_cast<int>(mark.left()) - 2);
    QStyledItemDelegate::paint(painter, name, index);
    const QColor ink = tone(Tone::Secondary, option.palette);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(ink, 1.25));
    painter->setBrush(simulated ? QBrush(ink) : QBrush(Qt::NoBrush));
    painter->drawEllipse(mark);
    painter->restore();
}

} // namespace bitlens::ui
