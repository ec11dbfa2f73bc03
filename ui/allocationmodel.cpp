// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/allocationmodel.h"

#include "ui/format.h"

namespace bitlens::ui {

namespace {

/// Heads stand as their numbers do.
QVariant alignmentOf(int column)
{
    return QVariant::fromValue(Qt::AlignVCenter
                               | (column == AllocationModel::KindColumn ? Qt::AlignLeft : Qt::AlignRight));
}

} // namespace

void AllocationModel::clear()
{
    beginResetModel();
    m_plans.clear();
    endResetModel();
}

void AllocationModel::add(const Plan &plan)
{
    const int row = static_cast<int>(m_plans.size());
    beginInsertRows({}, row, row);
    m_plans << plan;
    endInsertRows();
}

int AllocationModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_plans.size());
}

int AllocationModel::columnCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant AllocationModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const Plan &plan = m_plans[index.row()];
    if (role == Qt::ToolTipRole)
        return plan.rules;
    if (role == Qt::TextAlignmentRole)
        return alignmentOf(index.column());
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case KindColumn:
        return plan.kind == Plan::Kind::Chosen   ? tr("Within the budget")
               : plan.kind == Plan::Kind::BySize ? tr("Front of size")
                                                 : tr("Front of time");
    case SizeColumn:
        return formatBytes(plan.bytes);
    case ChangeColumn:
        return plan.floatBytes == 0
                   ? QString()
                   : formatChange(static_cast<double>(plan.bytes) / static_cast<double>(plan.floatBytes) - 1.0);
    case TimeColumn:
        return plan.seconds ? formatSeconds(*plan.seconds) : notAvailable();
    case LossColumn:
        return plan.decibels ? formatDecibels(*plan.decibels) : tr("identical");
    default:
        return {};
    }
}

QVariant AllocationModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return alignmentOf(section);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case KindColumn:
        return tr("Plan");
    case SizeColumn:
        return tr("Size");
    case ChangeColumn:
        return tr("Change");
    case TimeColumn:
        return tr("Time of 128 × 128");
    case LossColumn:
        return tr("PSNR to FP32");
    default:
        return {};
    }
}

} // namespace bitlens::ui
