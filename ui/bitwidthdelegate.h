// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QList>
#include <QStyledItemDelegate>

namespace bitlens::ui {

/// Draws a bit width as a small slider that snaps to the allowed widths, and its number. Where the layers below differ,
/// the slider shows the range. Needs the roles of BitPlanModel.
class BitWidthDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

    /// The width whose stop is nearest to `x` in a cell.
    static int bitsAt(const QRect &cell, int x, const QList<int> &choices);
    /// Where the stop of a width is, in the coordinates of the cell.
    static QPoint stopOf(const QRect &cell, int bits, const QList<int> &choices);
    /// Where the number stands.
    static QRect numberOf(const QRect &cell);
};

} // namespace bitlens::ui
