// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/queuemodel.h"

#include "ui/format.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>
#include <cmath>

namespace bitlens::ui {

namespace {

/// A file is there, or will be.
bool hasOutput(const QueueItem &item)
{
    return item.state != QueueItem::State::Failed && item.state != QueueItem::State::Cancelled;
}

} // namespace

int QueueModel::rowOf(quint64 id) const
{
    const auto found =
        std::find_if(m_items.cbegin(), m_items.cend(), [id](const QueueItem &item) { return item.id == id; });
    return found == m_items.cend() ? -1 : static_cast<int>(found - m_items.cbegin());
}

int QueueModel::countOf(QueueItem::State state) const
{
    return static_cast<int>(std::count_if(m_items.cbegin(), m_items.cend(),
                                          [state](const QueueItem &item) { return item.state == state; }));
}

void QueueModel::append(const QList<QueueItem> &items)
{
    if (items.isEmpty())
        return;
    const int first = static_cast<int>(m_items.size());
    beginInsertRows({}, first, first + static_cast<int>(items.size()) - 1);
    m_items += items;
    endInsertRows();
}

void QueueModel::update(const QueueItem &item)
{
    const int row = rowOf(item.id);
    if (row < 0 || m_items.at(row) == item)
        return;
    m_items[row] = item;
    emit dataChanged(index(row, 0), index(row, ColumnCount - 1));
}

void QueueModel::remove(quint64 id)
{
    const int row = rowOf(id);
    if (row < 0)
        return;
    beginRemoveRows({}, row, row);
    m_items.removeAt(row);
    endRemoveRows();
}

int QueueModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_items.size());
}

int QueueModel::columnCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : ColumnCount; }

QString QueueModel::text(const QueueItem &item, int column)
{
    switch (column) {
    case PictureColumn:
        return QFileInfo(item.input).fileName();
    case StateColumn:
        switch (item.state) {
        case QueueItem::State::Waiting:
            return tr("Waiting");
        case QueueItem::State::Running:
            return item.activity.isEmpty() ? tr("Starting") : item.activity;
        case QueueItem::State::Done:
            return tr("Done, %1").arg(formatPixels(item.size.width(), item.size.height()));
        case QueueItem::State::Failed:
            return item.error;
        case QueueItem::State::Cancelled:
            return tr("Cancelled");
        }
        return {};
    case TimeColumn:
        if (item.state == QueueItem::State::Running && item.secondsLeft >= 0.0)
            return tr("%1 left").arg(formatDuration(item.secondsLeft));
        return item.state == QueueItem::State::Done ? formatSeconds(item.seconds) : QString();
    case RecipeColumn:
        return item.recipe;
    case OutputColumn:
        return hasOutput(item) ? QFileInfo(item.output).fileName() : QString();
    default:
        return {};
    }
}

QString QueueModel::toolTip(const QueueItem &item, int column)
{
    switch (column) {
    case PictureColumn:
        return QDir::toNativeSeparators(item.input);
    case StateColumn:
        return item.error;
    case OutputColumn:
        return hasOutput(item) ? QDir::toNativeSeparators(item.output) : QString();
    default:
        return {};
    }
}

QVariant QueueModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const QueueItem &item = m_items.at(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return text(item, index.column());
    case Qt::ToolTipRole:
        return toolTip(item, index.column());
    case Qt::AccessibleTextRole:
        if (index.column() == StateColumn && item.state == QueueItem::State::Running)
            return tr("%1, %2 %").arg(text(item, StateColumn)).arg(std::lround(item.fraction * 100.0));
        if (index.column() == StateColumn && item.state == QueueItem::State::Failed)
            return tr("Failed: %1").arg(item.error);
        return text(item, index.column());
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::Alignment(index.column() == TimeColumn ? Qt::AlignRight | Qt::AlignVCenter
                                                                              : Qt::AlignLeft | Qt::AlignVCenter));
    case IdRole:
        return item.id;
    case StateRole:
        return static_cast<int>(item.state);
    case FractionRole:
        return item.fraction;
    default:
        return {};
    }
}

QVariant QueueModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::Alignment(section == TimeColumn ? Qt::AlignRight | Qt::AlignVCenter
                                                                       : Qt::AlignLeft | Qt::AlignVCenter));
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case PictureColumn:
        return tr("Picture");
    case StateColumn:
        return tr("State");
    case TimeColumn:
        return tr("Time");
    case RecipeColumn:
        return tr("Made with");
    case OutputColumn:
        return tr("Saved as");
    default:
        return {};
    }
}

} // namespace bitlens::ui
