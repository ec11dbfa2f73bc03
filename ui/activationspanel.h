// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/layeractivations.h"

#include <QString>
#include <QWidget>

#include <memory>

class QPaintDevice;

namespace bitlens::ui {

class HistogramPlot;

/// What quantization does inside one layer: histograms of its input (FP32 and quantized), of its weights, and of the
/// error, with levels, clipping and ratio in words. The ends of the input's range can be dragged in the plot or typed.
class ActivationsPanel : public QWidget {
    Q_OBJECT
public:
    enum class Page { Activations, Weights, Error };
    Q_ENUM(Page)

    explicit ActivationsPanel(QWidget *parent = nullptr);
    ~ActivationsPanel() override;

    Page page() const;
    bool hasActivations() const;
    /// The feature map that is shown; -1: none.
    int map() const;
    HistogramPlot *plot() const;
    /// What is shown as a table with a head: bin, FP32 and quantized counts (or errors), and the figures in comment
    /// lines.
    QString csv() const;
    /// Proposal for a file name, without ending: "body-block5-conv1-activations".
    QString fileName() const;
    void paintOn(QPaintDevice *device, QSize size, bool vector) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public slots:
    void setActivations(const bitlens::compare::LayerActivations &activations);
    /// Nothing to show, and what to do about it.
    void clear(const QString &advice);
    /// Being measured again: what is shown dims.
    void setUpdating(bool updating);
    /// A warning that stands above the plot; empty: none.
    void setWarning(const QString &warning);
    void setPage(bitlens::ui::ActivationsPanel::Page page);

signals:
    void rangeEdited(int map, double low, double high);
    void rangeReset(int map);
    void pictureExportRequested();
    void numbersExportRequested();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
