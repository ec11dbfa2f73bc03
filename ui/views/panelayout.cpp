// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/views/panelayout.h"

namespace bitlens::ui {

namespace {

constexpr int kSquareCount = 4;

/// First pixel of part `index` of `count` along a side; the last part ends at the far edge.
int startOf(int index, int count, int length, int part)
{
    return count < 2 ? 0 : index * (length - part) / (count - 1);
}

} // namespace

QList<QRect> paneRects(const QSize &whole, int count, Qt::Orientation orientation, int gap)
{
    const bool square = count == kSquareCount;
    const int columns = square ? 2 : orientation == Qt::Horizontal ? count : 1;
    const int rows = square ? 2 : orientation == Qt::Horizontal ? 1 : count;
    const QSize pane((whole.width() - gap * (columns - 1)) / columns, (whole.height() - gap * (rows - 1)) / rows);
    QList<QRect> panes;
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column)
            panes << QRect(QPoint(startOf(column, columns, whole.width(), pane.width()),
                                  startOf(row, rows, whole.height(), pane.height())),
                           pane);
    return panes;
}

} // namespace bitlens::ui
