// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QStyledItemDelegate>

namespace bitlens::ui {

/// Draws a share (a role with a number in 0 … 1) as a bar in the quantized side's colour, and the cell's text beside
/// it.
class ShareBarDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    explicit ShareBarDelegate(int role, QObject *parent = nullptr) : QStyledItemDelegate(parent), m_role(role) {}

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    /// Where the bar of a share is drawn in a cell.
    static QRect barOf(const QRect &cell, double share, const QFont &font);

private:
    int m_role;
};

} // namespace bitlens::ui
