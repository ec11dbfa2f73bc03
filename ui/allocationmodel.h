// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/bitplan.h"

#include <QAbstractTableModel>
#include <QList>

#include <cstddef>
#include <optional>

namespace bitlens::ui {

/// Plans that an allocation has found: size, time and loss of each.
class AllocationModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { KindColumn, SizeColumn, ChangeColumn, TimeColumn, LossColumn, ColumnCount };
    using QAbstractTableModel::QAbstractTableModel;

    struct Plan {
        enum class Kind { Chosen, BySize, ByTime };
        quant::BitPlan plan;
        Kind kind = Kind::Chosen;
        std::size_t bytes = 0;
        std::size_t floatBytes = 0;
        std::optional<double> seconds;
        std::optional<double> decibels; ///< missing: no difference
        QString rules;                  ///< the plan as people read it
    };

    void clear();
    void add(const Plan &plan);
    const Plan &planAt(int row) const { return m_plans.at(row); }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QList<Plan> m_plans;
};

} // namespace bitlens::ui
