// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/allocationmodel.h"
#include "ui/remainingtime.h"

#include <QWidget>

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QTableView;

namespace bitlens::ui {

class ScatterPlot;
class WidthsEdit;

/// Chooses bits for a budget: what may be spent, the plans that were found, and one of them to apply. Knows values;
/// what the buttons ask for is done elsewhere.
class AllocationPanel : public QWidget {
    Q_OBJECT
public:
    enum class Budget {
        SizeChange, ///< of the packed file against FP32, in percent (negative)
        Loss,       ///< PSNR to FP32 of at least so many dB
        Time,       ///< of the layers on 128 × 128 pixels, in milliseconds
    };
    Q_ENUM(Budget)

    explicit AllocationPanel(QWidget *parent = nullptr);

    Budget budget() const;
    double amount() const;
    void setBudget(Budget budget, double amount);
    /// Widths to choose from; empty: those that the search takes by itself.
    QList<int> weightBits() const;
    QList<int> activationBits() const;
    AllocationModel *model() const { return m_model; }
    ScatterPlot *plot() const { return m_plot; }
    QTableView *table() const { return m_table; }

    QSize sizeHint() const override;

public slots:
    void setReady(bool ready, const QString &reason = {});
    void setRunning(bool running);
    void setProgress(double fraction, const QString &what);
    void setMessage(const QString &text);

signals:
    void startRequested(bitlens::ui::AllocationPanel::Budget budget, double amount);
    void cancelRequested();
    /// A row of the model.
    void applyRequested(int row);

private:
    void build();
    void showUnit();
    void showFront();
    void updateButtons();

    AllocationModel *m_model;
    QTableView *m_table = nullptr;
    ScatterPlot *m_plot = nullptr;
    WidthsEdit *m_weights = nullptr;
    WidthsEdit *m_activations = nullptr;
    QComboBox *m_budget = nullptr;
    QDoubleSpinBox *m_amount = nullptr;
    QPushButton *m_start = nullptr;
    QPushButton *m_cancel = nullptr;
    QPushButton *m_apply = nullptr;
    QProgressBar *m_progress = nullptr;
    QLabel *m_remaining = nullptr;
    RemainingTime m_time;
    QLabel *m_message = nullptr;
    bool m_ready = false;
    bool m_running = false;
};

} // namespace bitlens::ui
