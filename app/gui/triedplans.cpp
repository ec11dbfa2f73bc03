// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/triedplans.h"

#include "app/gui/rangesjson.h"
#include "ui/format.h"

#include <QJsonObject>

#include <cmath>
#include <limits>

namespace bitlens::app {

namespace {

constexpr const char *kIdentical = "identical";

QJsonValue numberJson(const std::optional<double> &value)
{
    if (!value)
        return QJsonValue::Null;
    return std::isinf(*value) ? QJsonValue(QLatin1String(kIdentical)) : QJsonValue(*value);
}

std::optional<double> numberFrom(const QJsonValue &json)
{
    if (json.toString() == QLatin1String(kIdentical))
        return std::numeric_limits<double>::infinity();
    if (!json.isDouble())
        return std::nullopt;
    return json.toDouble();
}

} // namespace

TriedPlans::TriedPlans(QObject *parent) : QAbstractTableModel(parent) {}

void TriedPlans::record(const TriedPlan &plan)
{
    for (int row = 0; row < m_plans.size(); ++row)
        if (m_plans.at(row).isSameTrial(plan)) {
            m_plans[row] = plan;
            emit dataChanged(index(row, 0), index(row, ColumnCount - 1));
            return;
        }
    if (m_plans.size() >= kMost) {
        beginRemoveRows({}, 0, 0);
        m_plans.removeFirst();
        endRemoveRows();
    }
    const int row = static_cast<int>(m_plans.size());
    beginInsertRows({}, row, row);
    m_plans.append(plan);
    endInsertRows();
}

void TriedPlans::forget(const QString &model, const QString &picture, const QString &input)
{
    for (int row = static_cast<int>(m_plans.size()) - 1; row >= 0; --row)
        if (m_plans.at(row).model == model && m_plans.at(row).isOf(picture, input)) {
            beginRemoveRows({}, row, row);
            m_plans.removeAt(row);
            endRemoveRows();
        }
}

void TriedPlans::clear()
{
    beginResetModel();
    m_plans.clear();
    endResetModel();
}

QJsonArray TriedPlans::toJson() const
{
    QJsonArray json;
    for (const TriedPlan &plan : m_plans)
        json.append(QJsonObject{{QStringLiteral("model"), plan.model},
                                {QStringLiteral("input"), plan.input},
                                {QStringLiteral("picture"), plan.picture},
                                {QStringLiteral("name"), plan.name},
                                {QStringLiteral("rules"), plan.rules},
                                {QStringLiteral("ranges"), rangesJson(plan.ranges)},
                                {QStringLiteral("tuned"), plan.tuned},
                                {QStringLiteral("bytes"), plan.bytes},
                                {QStringLiteral("seconds"), plan.seconds},
                                {QStringLiteral("psnr_fp32"), numberJson(plan.psnrFp32)},
                                {QStringLiteral("pi_change"), numberJson(plan.piChange)}});
    return json;
}

void TriedPlans::fromJson(const QJsonArray &json)
{
    beginResetModel();
    m_plans.clear();
    for (const QJsonValue &value : json) {
        const QJsonObject object = value.toObject();
        TriedPlan plan;
        plan.model = object.value(QStringLiteral("model")).toString();
        plan.input = object.value(QStringLiteral("input")).toString();
        plan.picture = object.value(QStringLiteral("picture")).toString();
        plan.rules = object.value(QStringLiteral("rules")).toString();
        plan.name = object.value(QStringLiteral("name")).toString(plan.rules);
        plan.ranges = rangesFrom(object.value(QStringLiteral("ranges")).toObject());
        plan.tuned = object.value(QStringLiteral("tuned")).toString();
        plan.bytes = object.value(QStringLiteral("bytes")).toDouble();
        plan.seconds = object.value(QStringLiteral("seconds")).toDouble();
        plan.psnrFp32 = numberFrom(object.value(QStringLiteral("psnr_fp32")));
        plan.piChange = numberFrom(object.value(QStringLiteral("pi_change")));
        if (!plan.model.isEmpty() && !plan.input.isEmpty() && !plan.rules.isEmpty() && m_plans.size() < kMost)
            m_plans.append(plan);
    }
    endResetModel();
}

int TriedPlans::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_plans.size());
}

int TriedPlans::columnCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant TriedPlans::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    if (role == Qt::TextAlignmentRole && index.column() != NameColumn)
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    const TriedPlan &plan = m_plans.at(index.row());
    if (role == Qt::ToolTipRole)
        return plan.rules;
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case NameColumn:
        return plan.name;
    case SizeColumn:
        return ui::formatBytes(static_cast<std::size_t>(plan.bytes));
    case TimeColumn:
        return ui::formatSeconds(plan.seconds);
    case PsnrColumn:
        return plan.psnrFp32 ? ui::formatDecibels(*plan.psnrFp32) : ui::notAvailable();
    case PiColumn:
        return plan.piChange ? ui::formatDifference(*plan.piChange, 2) : ui::notAvailable();
    default:
        return {};
    }
}

QVariant TriedPlans::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn:
        return tr("Plan");
    case SizeColumn:
        return tr("Size");
    case TimeColumn:
        return tr("Time");
    case PsnrColumn:
        return tr("PSNR to FP32");
    case PiColumn:
        return tr("Change of PI");
    default:
        return {};
    }
}

} // namespace bitlens::app
