// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/heatdelegate.h"

#include "ui/sensitivitymodel.h"
#include "ui/theme.h"

#include <QPainter>

namespace bitlens::ui {

QColor HeatDelegate::colorOf(double severity, const QPalette &palette)
{
    const QColor from = palette.color(QPalette::Base);
    const auto mix = [severity](int a, int b) { return a + static_cast<int>((b - a) * severity); };
    return {mix(from.red(), kQuantizedColor.red()), mix(from.green(), kQuantizedColor.green()),
            mix(from.blue(), kQuantizedColor.blue())};
}

void HeatDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const QVariant severity = index.data(SensitivityModel::SeverityRole);
    const QColor ground =
        severity.isValid() ? colorOf(severity.toDouble(), option.palette) : option.palette.color(QPalette::Base);
    painter->save();
    painter->fillRect(option.rect, ground);
    if (severity.isValid()) {
        QFont font = numberFont(TextSize::Small);
        font.setItalic(!index.data(SensitivityModel::MeasuredRole).toBool());
        painter->setFont(font);
        painter->setPen(readableOn(ground));
        painter->drawText(option.rect, Qt::AlignCenter, index.data().toString());
    }
    if (option.state.testFlag(QStyle::State_Selected) || option.state.testFlag(QStyle::State_HasFocus)) {
        painter->setPen(QPen(option.palette.color(QPalette::Highlight), 2));
        painter->drawRect(option.rect.adjusted(1, 1, -1, -1));
    }
    painter->restore();
}

} // namespace bitlens::ui
