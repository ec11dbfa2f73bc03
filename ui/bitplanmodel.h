// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"
#include "engine/quant/bitplan.h"
#include "ui/layerdetail.h"

#include <QAbstractItemModel>
#include <QList>

#include <memory>
#include <optional>
#include <span>

namespace bitlens::ui {

/// A generator's stages, blocks and layers as a tree, with the bits of a plan in two editable columns. Stage and layer
/// names are split at "/", so "body/block1" + "rdb2/conv5" becomes body > block1 > rdb2 > conv5. A parent stands for
/// all layers below it: it shows their common width or the range, and setting it sets them all.
class BitPlanModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { NameColumn, WeightColumn, ActivationColumn, ColumnCount };
    enum Role {
        LowestBitsRole = Qt::UserRole + 1, ///< int: smallest width below this index
        HighestBitsRole,                   ///< int: largest width
        ChoicesRole,                       ///< QList<int>: the widths this column allows, ascending
        PathRole,                          ///< QString: "body/block1/conv2"; a pattern of BitPlan's rules
        LayerRole,                         ///< int: index in the generator, -1 for parents
        LayersRole,                        ///< QList<int>: all layers at or below this index, in order
        ArithmeticRole, ///< LayerDetail::Arithmetic as int, of the layer below that is farthest from integers
        SeverityRole,   ///< double: how much 8 bits hurt the most sensitive layer below, 0 … 1; invalid: not known
    };

    explicit BitPlanModel(QObject *parent = nullptr);
    ~BitPlanModel() override;

    void setGenerator(model::GeneratorPtr generator);
    const model::GeneratorPtr &generator() const { return m_generator; }
    /// Must have one entry per layer of the generator; otherwise ignored.
    void setPlan(const quant::BitPlan &plan);
    const quant::BitPlan &plan() const { return m_plan; }
    /// How much 8 bits of weights and of activations hurt each layer, 0 … 1; NaN: not known. Of another length: forgets
    /// them.
    struct Severity {
        double weight;
        double activation;
    };
    void setSeverities(const QList<Severity> &severities);
    /// How each layer was computed. Of another length: forgets it.
    void setArithmetics(const QList<LayerDetail::Arithmetic> &arithmetics);

    /// Index (name column) of a layer of the generator.
    QModelIndex indexOfLayer(int layer) const;
    /// Index of a node by its path; invalid when there is none.
    QModelIndex indexOfPath(const QString &path) const;

    QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    QModelIndex parent(const QModelIndex &child) const override;
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;
    /// Qt::EditRole with a width the column allows; a refused value leaves the plan as it is and returns false.
    bool setData(const QModelIndex &index, const QVariant &value, int role = Qt::EditRole) override;

signals:
    /// A width was set through setData(); `label` says what, e.g. "W of body to 6 bits".
    void planChanged(const bitlens::quant::BitPlan &plan, const QString &label);

private:
    struct Node;
    const Node *nodeOf(const QModelIndex &index) const;
    QModelIndex indexOfNode(const Node *node, int column) const;
    void foldSingleLayers(Node *node);
    void emitChanged(const QModelIndex &parent, Column first, Column last);
    QVariant nameData(const Node &node, int role) const;
    LayerDetail::Arithmetic arithmeticOf(const Node &node) const;
    QString arithmeticText(const Node &node) const;
    QVariant bitsData(const Node &node, int column, int role) const;
    QVariant severityData(const Node &node, int column) const;

    model::GeneratorPtr m_generator;
    quant::BitPlan m_plan;
    QList<Severity> m_severities;                 ///< one per layer, or empty
    QList<LayerDetail::Arithmetic> m_arithmetics; ///< likewise
    std::unique_ptr<Node> m_root;
    std::vector<const Node *> m_layerNodes;
};

} // namespace bitlens::ui
