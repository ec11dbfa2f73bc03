// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QList>
#include <QString>
#include <QWidget>

#include <memory>
#include <optional>

namespace bitlens::ui {

class ScatterPlot;

/// The plans that were tried on this picture with this model: loss against cost, with the front of the best. A click
/// asks for a plan again.
class TriedPlansPanel : public QWidget {
    Q_OBJECT
public:
    /// One plan that was run.
    struct Entry {
        QString name;
        double bytes = 0.0;
        double seconds = 0.0;
        std::optional<double> psnrFp32; ///< dB; may be infinite
        std::optional<double> piChange; ///< PI quantized - PI FP32
        bool current = false;           ///< the plan in use
        bool tuned = false;             ///< run with a model that was tuned
    };
    enum class Cost { Size, Time };
    enum class Loss { Psnr, PiChange };

    explicit TriedPlansPanel(QWidget *parent = nullptr);
    ~TriedPlansPanel() override;

    ScatterPlot *plot() const;
    /// Indices of the entries that are drawn, in the order of the plot's points: those that have both numbers.
    const QList<int> &drawn() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public slots:
    void setEntries(const QList<bitlens::ui::TriedPlansPanel::Entry> &entries);
    void setAxes(bitlens::ui::TriedPlansPanel::Cost cost, bitlens::ui::TriedPlansPanel::Loss loss);

signals:
    void entryPicked(int index);
    void clearRequested();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
