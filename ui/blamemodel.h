// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/blame.h"

#include <QAbstractTableModel>

#include <vector>

namespace bitlens::ui {

/// Layers ranked by the error that quantizing them alone causes in a region, the guiltiest first. While the answer
/// comes in, a stage stands for its layers until all of them are known.
class BlameModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { LayerColumn, BitsColumn, ErrorColumn, ShareColumn, ColumnCount };
    enum Role {
        ShareRole = Qt::UserRole + 1, ///< double: part of the rows' squared errors, 0 … 1
        LayerRole,                    ///< int: index in the generator, -1 for a stage
        PathRole,                     ///< QString
    };
    using QAbstractTableModel::QAbstractTableModel;

    void clear();
    void add(const compare::BlameEntry &entry);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    double shareOf(const compare::BlameEntry &entry) const;
    void insertSorted(const compare::BlameEntry &entry);
    QVariant text(const compare::BlameEntry &entry, int column) const;

    std::vector<compare::BlameEntry> m_rows;    ///< the largest error first
    std::vector<compare::BlameEntry> m_waiting; ///< layers of stages that are not complete
    double m_energy = 0.0;                      ///< sum of the rows' squared errors
};

} // namespace bitlens::ui
