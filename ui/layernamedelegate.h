// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QStyledItemDelegate>

namespace bitlens::ui {

/// Draws the name of a stage or layer, with a small mark at its end where it does not compute in integers: a ring for
/// FP32, a dot for quantized layers that are simulated in float. Needs BitPlanModel::ArithmeticRole.
class LayerNameDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;

    /// Where the mark stands in a cell.
    static QRectF markOf(const QRect &cell);
};

} // namespace bitlens::ui
