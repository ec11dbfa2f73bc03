// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/blamemodel.h"

#include <QLocale>

#include <algorithm>
#include <iterator>

namespace bitlens::ui {

namespace {

using compare::BlameEntry;

QString levels(double error) { return QLocale::c().toString(error, 'f', error < 9.995 ? 2 : 1); }

QString bitsText(int bits) { return bits == quant::kFloatBits ? QStringLiteral("FP32") : QString::number(bits); }

} // namespace

void BlameModel::clear()
{
    beginResetModel();
    m_rows.clear();
    m_waiting.clear();
    m_energy = 0.0;
    endResetModel();
}

void BlameModel::add(const BlameEntry &entry)
{
    const auto stage = std::find_if(m_rows.begin(), m_rows.end(),
                                    [&](const BlameEntry &row) { return row.layer < 0 && row.stage == entry.stage; });
    if (entry.layer < 0 || stage == m_rows.end()) {
        insertSorted(entry);
    } else {
        m_waiting.push_back(entry);
        const auto known = std::count_if(m_waiting.begin(), m_waiting.end(),
                                         [&](const BlameEntry &layer) { return layer.stage == entry.stage; });
        if (known < stage->layers)
            return;
        const int row = static_cast<int>(stage - m_rows.begin());
        beginRemoveRows({}, row, row);
        m_energy -= stage->ownError * stage->ownError;
        m_rows.erase(stage);
        endRemoveRows();
        for (const BlameEntry &layer : m_waiting)
            if (layer.stage == entry.stage)
                insertSorted(layer);
        std::erase_if(m_waiting, [&](const BlameEntry &layer) { return layer.stage == entry.stage; });
    }
    if (!m_rows.empty())
        emit dataChanged(index(0, ShareColumn), index(rowCount() - 1, ShareColumn));
}

void BlameModel::insertSorted(const BlameEntry &entry)
{
    const auto place =
        std::upper_bound(m_rows.begin(), m_rows.end(), entry,
                         [](const BlameEntry &a, const BlameEntry &b) { return a.ownError > b.ownError; });
    const int row = static_cast<int>(place - m_rows.begin());
    beginInsertRows({}, row, row);
    m_energy += entry.ownError * entry.ownError;
    m_rows.insert(place, entry);
    endInsertRows();
}

double BlameModel::shareOf(const BlameEntry &entry) const
{
    return m_energy > 0.0 ? entry.ownError * entry.ownError / m_energy : 0.0;
}

int BlameModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int BlameModel::columnCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant BlameModel::text(const BlameEntry &entry, int column) const
{
    switch (column) {
    case LayerColumn: {
        const QString path = QString::fromStdString(entry.path);
        return entry.layer >= 0    ? path
               : entry.layers == 1 ? tr("%1 (1 layer)").arg(path)
                                   : tr("%1 (%2 layers)").arg(path).arg(entry.layers);
    }
    case BitsColumn:
        return entry.layer >= 0
                   ? QStringLiteral("%1/%2").arg(bitsText(entry.bits.weight), bitsText(entry.bits.activation))
                   : QVariant();
    case ErrorColumn:
        return levels(entry.ownError);
    case ShareColumn:
        return QStringLiteral("%1 %").arg(QLocale::c().toString(100.0 * shareOf(entry), 'f', 1));
    default:
        return {};
    }
}

QVariant BlameModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const BlameEntry &entry = m_rows[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return text(entry, index.column());
    case Qt::TextAlignmentRole:
        return static_cast<int>(Qt::AlignVCenter | (index.column() == LayerColumn ? Qt::AlignLeft : Qt::AlignRight));
    case Qt::ToolTipRole:
        return tr("%1 quantized alone changes the region by %2 levels of 255 (root mean square). %3 % of the error "
                  "with "
                  "everything quantized point the same way.")
            .arg(QString::fromStdString(entry.path), levels(entry.ownError),
                 QLocale::c().toString(100.0 * entry.part, 'f', 0));
    case Qt::AccessibleTextRole:
        return text(entry, index.column());
    case ShareRole:
        return shareOf(entry);
    case LayerRole:
        return entry.layer;
    case PathRole:
        return QString::fromStdString(entry.path);
    default:
        return {};
    }
}

QVariant BlameModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>(Qt::AlignVCenter | (section == LayerColumn ? Qt::AlignLeft : Qt::AlignRight));
    if (role == Qt::ToolTipRole && section == ErrorColumn)
        return tr("Root mean square in 8-bit levels, with only this layer quantized");
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case LayerColumn:
        return tr("Layer");
    case BitsColumn:
        return tr("W/A");
    case ErrorColumn:
        return tr("Levels");
    case ShareColumn:
        return tr("Share");
    default:
        return {};
    }
}

} // namespace bitlens::ui
