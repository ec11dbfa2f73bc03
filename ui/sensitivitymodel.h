// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"
#include "engine/quant/bitplan.h"

#include <QAbstractTableModel>
#include <QList>

#include <optional>
#include <vector>

namespace bitlens::ui {

/// What an analysis can tell of a layer or stage.
enum class SensitivityQuantity {
    Psnr, ///< to FP32, in dB
    Niqe, ///< its change
    Pi,   ///< its change
};

/// What quantizing one layer alone costs, PSNR to FP32 or the change of NIQE or PI: layers by widths of weights
/// (activations FP32) and of activations (weights FP32). Cells fill in as they are found, and are coloured from nothing
/// to lose to much lost.
class SensitivityModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Role {
        DecibelsRole = Qt::UserRole + 1, ///< double; invalid where it is not known
        SeverityRole,                    ///< double, 0 … 1; likewise
        LayerRole,                       ///< int
        BitsRole,                        ///< int, of columns
        MeasuredRole,                    ///< bool: measured, not estimated
    };
    using QAbstractTableModel::QAbstractTableModel;

    /// One cell's value; exactly one of the widths is not FP32.
    struct Value {
        int layer = 0;
        quant::LayerBits bits;
        double decibels = 0.0;
        bool measured = false;
        std::optional<double> niqeChange = std::nullopt;
        std::optional<double> piChange = std::nullopt;
    };

    /// Null clears the table. All values are forgotten.
    void setGenerator(const model::GeneratorPtr &generator);
    /// Values of unknown layers or widths are ignored; a measured one is not replaced by an estimate.
    void setValues(const QList<Value> &values);
    bool isEmpty() const { return m_known == 0; }
    std::optional<double> decibels(int layer, quant::LayerBits bits) const;
    /// What cells say and are coloured by.
    void setShown(SensitivityQuantity quantity);
    SensitivityQuantity shown() const { return m_shown; }
    /// Column of a width, -1 when there is none.
    static int columnOf(quant::LayerBits bits);

    /// How much is lost, 0 (nothing that shows) to 1, of a PSNR in dB.
    static double severityOf(double decibels);
    /// The same of a change of NIQE or PI: to either side, because the picture is another one then.
    static double severityOfChange(double change);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    struct Cell {
        double decibels = 0.0;
        bool known = false;
        bool measured = false;
        std::optional<double> niqeChange = std::nullopt;
        std::optional<double> piChange = std::nullopt;
    };
    std::optional<double> shownOf(const Cell &cell) const;
    const Cell &cellAt(int layer, int column) const;

    model::GeneratorPtr m_generator;
    std::vector<Cell> m_cells;
    int m_known = 0;
    SensitivityQuantity m_shown = SensitivityQuantity::Psnr;
};

} // namespace bitlens::ui
