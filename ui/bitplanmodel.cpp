// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/bitplanmodel.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QFont>

#include <algorithm>
#include <cmath>
#include <functional>

namespace bitlens::ui {

struct BitPlanModel::Node {
    QString name;
    QString path;
    Node *parent = nullptr;
    int row = 0;
    int layer = -1; ///< of leaves
    std::vector<std::unique_ptr<Node>> children;
    std::vector<std::size_t> layers; ///< all below, in the generator's order

    Node *childNamed(const QString &wanted) const
    {
        const auto found =
            std::find_if(children.begin(), children.end(), [&](const auto &child) { return child->name == wanted; });
        return found == children.end() ? nullptr : found->get();
    }

    Node *addChild(const QString &childName)
    {
        auto child = std::make_unique<Node>();
        child->name = childName;
        child->path = path.isEmpty() ? childName : path + QLatin1Char('/') + childName;
        child->parent = this;
        child->row = static_cast<int>(children.size());
        children.push_back(std::move(child));
        return children.back().get();
    }
};

namespace {

int bitsOf(const quant::LayerBits &bits, int column)
{
    return column == BitPlanModel::WeightColumn ? bits.weight : bits.activation;
}

QList<int> choicesOf(int column)
{
    if (column == BitPlanModel::WeightColumn)
        return {quant::kWeightBitChoices.begin(), quant::kWeightBitChoices.end()};
    return {quant::kActivationBitChoices.begin(), quant::kActivationBitChoices.end()};
}

QString describeLayer(const model::ConvLayer &layer)
{
    return BitPlanModel::tr("%1: %2 × %2 convolution, %3 → %4 channels, %5 weights")
        .arg(QString::fromStdString(layer.path))
        .arg(layer.kernel)
        .arg(layer.inChannels)
        .arg(layer.outChannels)
        .arg(layer.weightCount());
}

} // namespace

BitPlanModel::BitPlanModel(QObject *parent) : QAbstractItemModel(parent), m_root(std::make_unique<Node>()) {}

BitPlanModel::~BitPlanModel() = default;

void BitPlanModel::setGenerator(model::GeneratorPtr generator)
{
    beginResetModel();
    m_generator = std::move(generator);
    m_plan = {};
    m_severities.clear();
    m_arithmetics.clear();
    m_root = std::make_unique<Node>();
    m_layerNodes.clear();
    if (m_generator) {
        m_plan = quant::BitPlan(m_generator->layers.size(), {});
        for (std::size_t layer = 0; layer < m_generator->layers.size(); ++layer) {
            Node *node = m_root.get();
            const QStringList names = QString::fromStdString(m_generator->layers[layer].path).split(QLatin1Char('/'));
            for (const QString &name : names) {
                Node *child = node->childNamed(name);
                node = child && child->layer < 0 ? child : node->addChild(name);
            }
            node->layer = static_cast<int>(layer);
            for (Node *above = node; above; above = above->parent)
                above->layers.push_back(layer);
            m_layerNodes.push_back(node);
        }
        foldSingleLayers(m_root.get());
    }
    endResetModel();
}

/// A stage of one layer needs no row of its own for that layer.
void BitPlanModel::foldSingleLayers(Node *node)
{
    for (const auto &child : node->children) {
        if (child->children.size() == 1 && child->children.front()->layer >= 0) {
            child->layer = child->children.front()->layer;
            child->children.clear();
            m_layerNodes[static_cast<std::size_t>(child->layer)] = child.get();
        } else {
            foldSingleLayers(child.get());
        }
    }
}

void BitPlanModel::setPlan(const quant::BitPlan &plan)
{
    if (!m_generator || plan.size() != m_generator->layers.size() || plan == m_plan)
        return;
    m_plan = plan;
    emitChanged({}, WeightColumn, ActivationColumn);
}

QVariant BitPlanModel::severityData(const Node &node, int column) const
{
    if (m_severities.isEmpty())
        return {};
    double worst = -1.0;
    for (const std::size_t layer : node.layers) {
        const Severity &own = m_severities.at(static_cast<qsizetype>(layer));
        const double value = column == WeightColumn ? own.weight : own.activation;
        worst = std::isnan(value) ? worst : std::max(worst, value);
    }
    return worst < 0.0 ? QVariant() : QVariant(worst);
}

void BitPlanModel::setSeverities(const QList<Severity> &severities)
{
    const bool fits = m_generator && static_cast<std::size_t>(severities.size()) == m_generator->layers.size();
    m_severities = fits ? severities : QList<Severity>();
    emitChanged({}, WeightColumn, ActivationColumn);
}

void BitPlanModel::setArithmetics(const QList<LayerDetail::Arithmetic> &arithmetics)
{
    const bool fits = m_generator && static_cast<std::size_t>(arithmetics.size()) == m_generator->layers.size();
    QList<LayerDetail::Arithmetic> now = fits ? arithmetics : QList<LayerDetail::Arithmetic>();
    // Not ==: of two empty lists it hands memcmp null pointers.
    if (std::equal(m_arithmetics.cbegin(), m_arithmetics.cend(), now.cbegin(), now.cend()))
        return;
    m_arithmetics = std::move(now);
    emitChanged({}, NameColumn, NameColumn);
}

void BitPlanModel::emitChanged(const QModelIndex &parent, Column first, Column last)
{
    const int rows = rowCount(parent);
    if (rows == 0)
        return;
    emit dataChanged(index(0, first, parent), index(rows - 1, last, parent));
    for (int row = 0; row < rows; ++row)
        emitChanged(index(row, NameColumn, parent), first, last);
}

const BitPlanModel::Node *BitPlanModel::nodeOf(const QModelIndex &index) const
{
    return index.isValid() ? static_cast<const Node *>(index.internalPointer()) : m_root.get();
}

QModelIndex BitPlanModel::indexOfNode(const Node *node, int column) const
{
    return node && node != m_root.get() ? createIndex(node->row, column, node) : QModelIndex();
}

QModelIndex BitPlanModel::indexOfLayer(int layer) const
{
    if (layer < 0 || static_cast<std::size_t>(layer) >= m_layerNodes.size())
        return {};
    return indexOfNode(m_layerNodes[static_cast<std::size_t>(layer)], NameColumn);
}

QModelIndex BitPlanModel::indexOfPath(const QString &path) const
{
    const int layer = m_generator ? m_generator->findLayer(path.toStdString()) : -1;
    if (layer >= 0) // also those that stand in their stage's row
        return indexOfLayer(layer);
    const Node *node = m_root.get();
    for (const QString &name : path.split(QLatin1Char('/'))) {
        node = node->childNamed(name);
        if (!node)
            return {};
    }
    return indexOfNode(node, NameColumn);
}

QModelIndex BitPlanModel::index(int row, int column, const QModelIndex &parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, nodeOf(parent)->children[static_cast<std::size_t>(row)].get());
}

QModelIndex BitPlanModel::parent(const QModelIndex &child) const
{
    return child.isValid() ? indexOfNode(nodeOf(child)->parent, NameColumn) : QModelIndex();
}

int BitPlanModel::rowCount(const QModelIndex &parent) const
{
    return parent.column() > NameColumn ? 0 : static_cast<int>(nodeOf(parent)->children.size());
}

int BitPlanModel::columnCount(const QModelIndex &) const { return ColumnCount; }

LayerDetail::Arithmetic BitPlanModel::arithmeticOf(const Node &node) const
{
    using Arithmetic = LayerDetail::Arithmetic;
    Arithmetic found = Arithmetic::Unknown;
    for (const std::size_t layer : node.layers) {
        const Arithmetic one =
            m_arithmetics.isEmpty() ? Arithmetic::Unknown : m_arithmetics.at(static_cast<qsizetype>(layer));
        if (one == Arithmetic::Simulated)
            return one; // what nobody expects says more than what the plan asks for
        if (one == Arithmetic::Float || found == Arithmetic::Unknown)
            found = one;
    }
    return found;
}

/// Empty where all is in integers, or nothing known.
QString BitPlanModel::arithmeticText(const Node &node) const
{
    const LayerDetail::Arithmetic worst = arithmeticOf(node);
    const auto alike = std::count_if(node.layers.begin(), node.layers.end(), [&](std::size_t layer) {
        return !m_arithmetics.isEmpty() && m_arithmetics.at(static_cast<qsizetype>(layer)) == worst;
    });
    const bool all = static_cast<std::size_t>(alike) == node.layers.size();
    switch (worst) {
    case LayerDetail::Arithmetic::Simulated:
        return all ? tr("quantized, but simulated in float arithmetic")
                   : tr("%1 of %2 layers simulated in float arithmetic").arg(alike).arg(node.layers.size());
    case LayerDetail::Arithmetic::Float:
        return all ? tr("computed in FP32") : tr("%1 of %2 layers computed in FP32").arg(alike).arg(node.layers.size());
    default:
        return {};
    }
}

QVariant BitPlanModel::nameData(const Node &node, int role) const
{
    switch (role) {
    case Qt::DisplayRole:
        return node.name;
    case Qt::FontRole:
        return node.parent == m_root.get() ? strongFont(TextSize::Body) : QVariant();
    case Qt::ToolTipRole: {
        const QString what = node.layer >= 0 ? describeLayer(m_generator->layers[static_cast<std::size_t>(node.layer)])
                             : node.layers.size() == 1 ? tr("%1: 1 layer").arg(node.path)
                                                       : tr("%1: %2 layers").arg(node.path).arg(node.layers.size());
        const QString how = arithmeticText(node);
        return how.isEmpty() ? what : what + QLatin1Char('\n') + how;
    }
    case Qt::AccessibleTextRole: {
        const QString how = arithmeticText(node);
        return how.isEmpty() ? node.name : QStringLiteral("%1, %2").arg(node.name, how);
    }
    case ArithmeticRole:
        return static_cast<int>(arithmeticOf(node));
    default:
        return {};
    }
}

QVariant BitPlanModel::bitsData(const Node &node, int column, int role) const
{
    const auto [lowest, highest] =
        std::minmax_element(node.layers.begin(), node.layers.end(), [&](std::size_t a, std::size_t b) {
            return bitsOf(m_plan.at(a), column) < bitsOf(m_plan.at(b), column);
        });
    const int low = bitsOf(m_plan.at(*lowest), column);
    const int high = bitsOf(m_plan.at(*highest), column);
    const QString what = column == WeightColumn ? tr("weights") : tr("activations");
    switch (role) {
    case Qt::DisplayRole:
        return low == high ? formatBits(low) : QStringLiteral("%1–%2").arg(low).arg(high);
    case Qt::EditRole:
        return low == high ? QVariant(low) : QVariant();
    case Qt::TextAlignmentRole:
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole: {
        const QString width = low == high ? (low == quant::kFloatBits ? tr("FP32") : tr("%1 bits").arg(low))
                                          : tr("mixed, %1 to %2 bits").arg(low).arg(high);
        return tr("%1, %2: %3").arg(node.path, what, width);
    }
    case LowestBitsRole:
        return low;
    case HighestBitsRole:
        return high;
    case ChoicesRole:
        return QVariant::fromValue(choicesOf(column));
    case SeverityRole:
        return severityData(node, column);
    default:
        return {};
    }
}

QVariant BitPlanModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const Node &node = *nodeOf(index);
    if (role == PathRole)
        return node.path;
    if (role == LayerRole)
        return node.layer;
    if (role == LayersRole) {
        QList<int> layers;
        for (const std::size_t layer : node.layers)
            layers << static_cast<int>(layer);
        return QVariant::fromValue(layers);
    }
    return index.column() == NameColumn ? nameData(node, role) : bitsData(node, index.column(), role);
}

QVariant BitPlanModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant(section == NameColumn ? Qt::AlignLeft | Qt::AlignVCenter : Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::DisplayRole) {
        switch (section) {
        case NameColumn:
            return tr("Stage");
        case WeightColumn:
            return tr("W");
        case ActivationColumn:
            return tr("A");
        default:
            return {};
        }
    }
    if (role == Qt::ToolTipRole) {
        switch (section) {
        case NameColumn:
            return tr("Stages, blocks and layers of the generator, in the order in which they compute");
        case WeightColumn:
            return tr("Bits of the weights. Fewer make the file smaller.");
        case ActivationColumn:
            return tr("Bits of the layer's input. Fewer make it faster.");
        default:
            return {};
        }
    }
    return {};
}

Qt::ItemFlags BitPlanModel::flags(const QModelIndex &index) const
{
    if (!index.isValid())
        return {};
    const Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    return index.column() == NameColumn ? flags : flags | Qt::ItemIsEditable;
}

bool BitPlanModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    if (!index.isValid() || role != Qt::EditRole || index.column() == NameColumn)
        return false;
    bool isNumber = false;
    const int bits = value.toInt(&isNumber);
    if (!isNumber || !choicesOf(index.column()).contains(bits))
        return false;
    const Node &node = *nodeOf(index);
    bool changed = false;
    for (const std::size_t layer : node.layers) {
        quant::LayerBits layerBits = m_plan.at(layer);
        int &part = index.column() == WeightColumn ? layerBits.weight : layerBits.activation;
        changed = changed || part != bits;
        part = bits;
        m_plan.set(layer, layerBits);
    }
    if (!changed)
        return true;
    emitChanged({}, WeightColumn, ActivationColumn);
    const QString width = bits == quant::kFloatBits ? tr("FP32") : tr("%1 bits").arg(bits);
    emit planChanged(m_plan, index.column() == WeightColumn ? tr("W of %1 to %2").arg(node.path, width)
                                                            : tr("A of %1 to %2").arg(node.path, width));
    return true;
}

} // namespace bitlens::ui
