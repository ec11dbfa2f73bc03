// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/sensitivitymodel.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QColor>

#include <algorithm>
#include <cmath>

namespace bitlens::ui {

namespace {

using quant::kFloatBits;

constexpr int kWeightColumns = static_cast<int>(quant::kWeightBitChoices.size()) - 1; // without FP32
constexpr int kActivationColumns = static_cast<int>(quant::kActivationBitChoices.size()) - 1;
constexpr int kColumns = kWeightColumns + kActivationColumns;
/// One layer of many: below the first the whole picture suffers, above the second nothing adds up to be seen.
constexpr double kBadDecibels = 35.0;
constexpr double kGoodDecibels = 70.0;

/// A change of NIQE or PI that nobody sees, and one that shows from one layer alone; between them by its logarithm.
constexpr double kSmallChange = 0.01;
constexpr double kLargeChange = 1.0;

bool isWeightColumn(int column) { return column < kWeightColumns; }

int bitsOf(int column)
{
    return isWeightColumn(column) ? quant::kWeightBitChoices[static_cast<std::size_t>(column)]
                                  : quant::kActivationBitChoices[static_cast<std::size_t>(column - kWeightColumns)];
}

template <typename Choices>
int indexOf(const Choices &choices, int bits)
{
    const auto found = std::find(choices.begin(), choices.end() - 1, bits);
    return found == choices.end() - 1 ? -1 : static_cast<int>(found - choices.begin());
}

} // namespace

int SensitivityModel::columnOf(quant::LayerBits bits)
{
    if (bits.activation == kFloatBits)
        return indexOf(quant::kWeightBitChoices, bits.weight);
    if (bits.weight != kFloatBits)
        return -1;
    const int index = indexOf(quant::kActivationBitChoices, bits.activation);
    return index < 0 ? -1 : kWeightColumns + index;
}

double SensitivityModel::severityOf(double decibels)
{
    return std::clamp((kGoodDecibels - decibels) / (kGoodDecibels - kBadDecibels), 0.0, 1.0);
}

double SensitivityModel::severityOfChange(double change)
{
    const double size = std::max(std::abs(change), kSmallChange);
    return std::clamp(std::log(size / kSmallChange) / std::log(kLargeChange / kSmallChange), 0.0, 1.0);
}

void SensitivityModel::setShown(SensitivityQuantity quantity)
{
    m_shown = quantity;
    if (rowCount() > 0)
        emit dataChanged(index(0, 0), index(rowCount() - 1, kColumns - 1));
}

std::optional<double> SensitivityModel::shownOf(const Cell &cell) const
{
    if (!cell.known)
        return std::nullopt;
    return m_shown == SensitivityQuantity::Psnr   ? std::optional(cell.decibels)
           : m_shown == SensitivityQuantity::Niqe ? cell.niqeChange
                                                  : cell.piChange;
}

void SensitivityModel::setGenerator(const model::GeneratorPtr &generator)
{
    beginResetModel();
    m_generator = generator;
    m_known = 0;
    m_cells.assign(generator ? generator->layers.size() * static_cast<std::size_t>(kColumns) : 0, Cell());
    endResetModel();
}

const SensitivityModel::Cell &SensitivityModel::cellAt(int layer, int column) const
{
    return m_cells[static_cast<std::size_t>(layer) * static_cast<std::size_t>(kColumns)
                   + static_cast<std::size_t>(column)];
}

void SensitivityModel::setValues(const QList<Value> &values)
{
    int first = rowCount();
    int last = -1;
    for (const Value &value : values) {
        const int column = columnOf(value.bits);
        if (value.layer < 0 || value.layer >= rowCount() || column < 0)
            continue;
        Cell &cell = const_cast<Cell &>(cellAt(value.layer, column));
        if (cell.known && cell.measured && !value.measured)
            continue;
        m_known += cell.known ? 0 : 1;
        cell = {value.decibels, true, value.measured, value.niqeChange ? value.niqeChange : cell.niqeChange,
                value.piChange ? value.piChange : cell.piChange};
        first = std::min(first, value.layer);
        last = std::max(last, value.layer);
    }
    if (last >= first)
        emit dataChanged(index(first, 0), index(last, kColumns - 1));
}

std::optional<double> SensitivityModel::decibels(int layer, quant::LayerBits bits) const
{
    const int column = columnOf(bits);
    if (layer < 0 || layer >= rowCount() || column < 0 || !cellAt(layer, column).known)
        return std::nullopt;
    return cellAt(layer, column).decibels;
}

int SensitivityModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() || !m_generator ? 0 : static_cast<int>(m_generator->layers.size());
}

int SensitivityModel::columnCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : kColumns; }

QVariant SensitivityModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const Cell &cell = cellAt(index.row(), index.column());
    const int bits = bitsOf(index.column());
    switch (role) {
    case LayerRole:
        return index.row();
    case BitsRole:
        return bits;
    case MeasuredRole:
        return cell.known && cell.measured;
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::Alignment(Qt::AlignCenter));
    case Qt::AccessibleTextRole:
    case Qt::ToolTipRole: {
        const QString path = QString::fromStdString(m_generator->layers[static_cast<std::size_t>(index.row())].path);
        const QString what = isWeightColumn(index.column()) ? tr("%1, weights at %2 bits") : tr("%1, input at %2 bits");
        const QString where = what.arg(path).arg(bits);
        if (!cell.known)
            return tr("%1: not known yet").arg(where);
        QString text = tr("%1: %2 to FP32 (%3)")
                           .arg(where, formatDecibels(cell.decibels), cell.measured ? tr("measured") : tr("estimated"));
        if (cell.niqeChange)
            text += tr("; NIQE %1").arg(formatDifference(*cell.niqeChange, 3));
        if (cell.piChange)
            text += tr("; PI %1").arg(formatDifference(*cell.piChange, 3));
        if (!shownOf(cell))
            text += tr("; NIQE and PI are measured where they are ticked");
        return text;
    }
    default:
        break;
    }
    if (!cell.known)
        return {};
    if (role == DecibelsRole)
        return cell.decibels;
    const std::optional<double> shown = shownOf(cell);
    if (!shown)
        return {};
    const bool isPsnr = m_shown == SensitivityQuantity::Psnr;
    switch (role) {
    case Qt::DisplayRole:
        return isPsnr ? QString::number(std::lround(*shown)) : formatDifference(*shown, 2);
    case SeverityRole:
        return isPsnr ? severityOf(*shown) : severityOfChange(*shown);
    default:
        return {};
    }
}

QVariant SensitivityModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role == Qt::DisplayRole && orientation == Qt::Vertical && m_generator && section < rowCount())
        return QString::fromStdString(m_generator->layers[static_cast<std::size_t>(section)].path);
    if (orientation != Qt::Horizontal || section < 0 || section >= kColumns)
        return {};
    if (role == Qt::DisplayRole)
        return (isWeightColumn(section) ? QStringLiteral("W%1") : QStringLiteral("A%1")).arg(bitsOf(section));
    if (role == Qt::ToolTipRole)
        return (isWeightColumn(section) ? tr("Weights of one layer at %1 bits, everything else FP32")
                                        : tr("Input of one layer at %1 bits, everything else FP32"))
            .arg(bitsOf(section));
    return {};
}

} // namespace bitlens::ui
