// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/figure/orderedlist.h"

#include "ui/theme.h"

#include <QDropEvent>
#include <QKeyEvent>

namespace bitlens::ui {

OrderedList::OrderedList(const QString &name, int rows, QWidget *parent) : QListWidget(parent)
{
    setAccessibleName(name);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setDragDropMode(QAbstractItemView::InternalMove);
    setDefaultDropAction(Qt::MoveAction);
    setUniformItemSizes(true);
    // Its frame and padding come from the style sheet.
    setFixedHeight(rows * rowHeight() + 2 * (kHalfGrid - 1));
}

int OrderedList::rowHeight() const { return fontMetrics().height() + kHalfGrid + 2; }

void OrderedList::dropEvent(QDropEvent *event)
{
    const int from = currentRow();
    const QModelIndex target = indexAt(event->position().toPoint());
    int to = target.isValid() ? target.row() : count() - 1;
    // Between two rows: what was above the gap stays above it.
    if (target.isValid() && dropIndicatorPosition() == QAbstractItemView::AboveItem && to > from)
        --to;
    else if (target.isValid() && dropIndicatorPosition() == QAbstractItemView::BelowItem && to < from)
        ++to;
    // Taken as a copy: as a move, the view would take the row away after it.
    event->setDropAction(Qt::CopyAction);
    event->accept();
    if (event->source() == this && from >= 0 && to != from)
        emit moveRequested(from, to);
}

void OrderedList::keyPressEvent(QKeyEvent *event)
{
    const int from = currentRow();
    const int step = event->key() == Qt::Key_Up ? -1 : event->key() == Qt::Key_Down ? 1 : 0;
    if (event->modifiers() == Qt::ControlModifier && step != 0) {
        if (from >= 0 && from + step >= 0 && from + step < count())
            emit moveRequested(from, from + step);
    } else if (event->key() == Qt::Key_Delete && from >= 0) {
        emit removeRequested(from);
    } else {
        QListWidget::keyPressEvent(event);
    }
}

} // namespace bitlens::ui
