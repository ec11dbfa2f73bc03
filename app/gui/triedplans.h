// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"
#include "engine/quant/calibration.h"

#include <QAbstractTableModel>
#include <QJsonArray>
#include <QList>
#include <QString>

#include <optional>

namespace bitlens::app {

/// A plan that was run on a picture with a model, and what came of it.
struct TriedPlan {
    QString model;   ///< names, as the session has them
    QString input;   ///< of the picture, for people
    QString picture; ///< which one: path, or "pixels:" and a digest; empty in old sessions, which know the name only
    QString name;    ///< preset, or rules
    QString rules;   ///< quant::BitPlan::toRules
    quant::RangeChoices ranges;
    QString tuned; ///< what the model was tuned to (TunedFiles::digestOf); empty: the FP32 model, quantized
    double bytes = 0.0;
    double seconds = 0.0;
    std::optional<double> psnrFp32; ///< dB; infinite when nothing differs
    std::optional<double> piChange; ///< PI quantized - PI FP32

    bool isSameTrial(const TriedPlan &other) const
    {
        return model == other.model && isOf(other.picture, other.input) && rules == other.rules
               && ranges == other.ranges && tuned == other.tuned;
    }
    /// Whether it was run on this picture.
    bool isOf(const QString &whichPicture, const QString &itsName) const
    {
        return picture.isEmpty() || whichPicture.isEmpty() ? input == itsName : picture == whichPicture;
    }
};

/// All plans tried in a session, oldest first; a plan tried again takes its new numbers in its old place. Belongs to
/// the session and is saved with it.
class TriedPlans : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { NameColumn, SizeColumn, TimeColumn, PsnrColumn, PiColumn, ColumnCount };

    explicit TriedPlans(QObject *parent = nullptr);

    const QList<TriedPlan> &plans() const { return m_plans; }
    /// The oldest goes when there are more than kMost.
    void record(const TriedPlan &plan);
    /// Forgets those of one model and picture, which is given as TriedPlan has it.
    void forget(const QString &model, const QString &picture, const QString &input);
    void clear();

    /// [{model, input, picture, name, rules, ranges{map: [low, high]}, tuned, bytes, seconds, psnr_fp32, pi_change}];
    /// an infinite PSNR is "identical", what is not known is null. Older sessions do not know "tuned".
    QJsonArray toJson() const;
    /// Replaces all plans; entries without model, input and rules are left out, wrong numbers count as unknown.
    void fromJson(const QJsonArray &json);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

    static constexpr int kMost = 500;

private:
    QList<TriedPlan> m_plans;
};

} // namespace bitlens::app
