// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"
#include "engine/quant/bitplan.h"
#include "ui/layerdetail.h"

#include <QWidget>

#include <memory>
#include <vector>

class QTreeView;

namespace bitlens::ui {

class BitPlanModel;

/// The bit plan of the loaded generator: presets, and a tree of stages and layers with a slider and a number for the
/// width of weights (W) and activations (A).
class BitPlanPanel : public QWidget {
    Q_OBJECT
public:
    explicit BitPlanPanel(QWidget *parent = nullptr);
    ~BitPlanPanel() override;

    const quant::BitPlan &plan() const;
    /// The preset's name while the plan equals one, else "custom".
    QString planName() const;
    /// The layer of the current row (the first one of a stage); -1 when there is none.
    int selectedLayer() const;
    BitPlanModel *model() const;
    QTreeView *tree() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public slots:
    /// Null clears the panel. The plan becomes the default preset's; no signal is sent.
    void setGenerator(bitlens::model::GeneratorPtr generator);
    /// Shows a plan (undo, a restored session); no signal is sent.
    void setPlan(const bitlens::quant::BitPlan &plan);
    /// Shows the plan that a model or a session begins with: the preset that it equals counts as chosen. No signal is
    /// sent.
    void beginWith(const bitlens::quant::BitPlan &plan);
    /// Back to the preset that was chosen last, as an edit.
    void resetPlan();
    /// Applies a preset by name, as an edit.
    void applyPreset(const QString &name);
    void expandStages();
    void collapseStages();
    /// Makes a layer's (or stage's) row the current one and shows it.
    void selectLayer(int layer);
    void selectPath(const QString &path);
    /// Everything in FP32 but the current row, as an edit; what was in FP32 there becomes W8 A8.
    void quantizeOnlyCurrent();
    /// Kernels and costs of all layers, for the line below the tree; empty: not known.
    void setLayerDetails(const std::vector<bitlens::ui::LayerDetail> &details);

signals:
    /// The plan was changed by the user and is to be run; `label` names the change for undo, e.g. "W of body to 6
    /// bits".
    /// Also sent with an unchanged plan when a slider was dragged away and back again.
    void planEdited(const bitlens::quant::BitPlan &plan, const QString &label);
    /// While a slider is being dragged, at most every 100 ms; planEdited() follows on release.
    void planPreviewed(const bitlens::quant::BitPlan &plan);
    /// The current row is another layer's, or another stage's: its first layer. -1: none.
    void layerSelected(int layer);

protected:
    void changeEvent(QEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
