// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QStyledItemDelegate>

namespace bitlens::ui {

/// Fills a cell with the quantized side's colour, the stronger the more is lost; needs SensitivityModel's roles. The
/// number of an estimate is in italics.
class HeatDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;

    /// The colour of a severity from 0 to 1 on a palette's base.
    static QColor colorOf(double severity, const QPalette &palette);
};

} // namespace bitlens::ui
