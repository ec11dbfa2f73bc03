// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/remainingtime.h"
#include "ui/sensitivitymodel.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QTableView;

namespace bitlens::ui {

class BitsChoice;
class StageBars;
class WidthsEdit;

/// Which layers quantization hurts: bars per stage, and a map of layers by bit-widths that fills in as it is found.
/// Knows values; what the buttons ask for is done elsewhere.
class SensitivityPanel : public QWidget {
    Q_OBJECT
public:
    enum class Kind {
        Estimate,      ///< all layers and widths from gradients
        MeasureStages, ///< one stage at a time
        MeasureLayers, ///< one layer at a time
    };
    Q_ENUM(Kind)

    explicit SensitivityPanel(QWidget *parent = nullptr);

    Kind kind() const;
    void setKind(Kind kind);
    /// Bit-widths to measure layers at, weights and activations apart.
    QList<int> widths() const;
    void setWidths(const QList<int> &widths);
    /// Bit-widths that the bars are of, and that stages are measured at; one of the two may be FP32.
    quant::LayerBits stageBits() const;
    void setStageBits(quant::LayerBits bits);
    /// The change of NIQE, and of PI where Ma's model is there, is to be measured too.
    bool isNiqeWanted() const;
    void setNiqeWanted(bool wanted);
    /// What bars and map show.
    void setShown(SensitivityQuantity quantity);
    SensitivityModel *model() const { return m_model; }
    QTableView *table() const { return m_table; }
    StageBars *bars() const { return m_bars; }
    bool isRunning() const { return m_running; }

    QSize sizeHint() const override;

public slots:
    /// Null clears the panel.
    void setGenerator(const bitlens::model::GeneratorPtr &generator);
    /// Whether there is a picture to analyse on; `reason` says what is missing.
    void setReady(bool ready, const QString &reason = {});
    void setRunning(bool running);
    void setProgress(double fraction, const QString &what);
    void addValues(const QList<bitlens::ui::SensitivityModel::Value> &values);
    /// A whole stage at some widths, measured.
    void addStage(int stage, bitlens::quant::LayerBits bits, double decibels, std::optional<double> niqeChange = {},
                  std::optional<double> piChange = {});
    /// How it ended, or nothing.
    void setMessage(const QString &text);
    void selectLayer(int layer);

signals:
    void startRequested(bitlens::ui::SensitivityPanel::Kind kind);
    void cancelRequested();
    void exportRequested();
    /// The user chose a row, or the first layer of a stage.
    void layerChosen(int layer);

private:
    void build();
    void updateBars();
    std::optional<double> estimateOf(const model::Stage &stage) const;
    void fitCells();
    void updateButtons();

    SensitivityModel *m_model;
    QTableView *m_table = nullptr;
    StageBars *m_bars = nullptr;
    QComboBox *m_kind = nullptr;
    QLabel *m_widthsLabel = nullptr;
    WidthsEdit *m_widths = nullptr;
    BitsChoice *m_stageBits = nullptr;
    QCheckBox *m_niqe = nullptr;
    QComboBox *m_shown = nullptr;
    QPushButton *m_start = nullptr;
    QPushButton *m_cancel = nullptr;
    QPushButton *m_export = nullptr;
    QProgressBar *m_progress = nullptr;
    QLabel *m_remaining = nullptr;
    RemainingTime m_time;
    QLabel *m_message = nullptr;
    model::GeneratorPtr m_generator;
    struct StageValue {
        quant::LayerBits bits;
        double decibels = 0.0;
        std::optional<double> niqeChange;
        std::optional<double> piChange;
    };
    QList<QList<StageValue>> m_stages; ///< measured, of each stage
    bool m_ready = false;
    bool m_running = false;
};

} // namespace bitlens::ui
