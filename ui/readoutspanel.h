// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"
#include "ui/latencyreadouts.h"
#include "ui/stagereadouts.h"

#include <QList>
#include <QPoint>
#include <QRect>
#include <QString>
#include <QWidget>

#include <memory>
#include <optional>

namespace bitlens::ui {

/// The numbers of one comparison: FP32, quantized, and the change from one to the other. A number that is
/// being computed again is dimmed and stays until the new one is there; one that cannot be had says "n/a" and why.
class ReadoutsPanel : public QWidget {
    Q_OBJECT
public:
    explicit ReadoutsPanel(QWidget *parent = nullptr);
    ~ReadoutsPanel() override;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

    using StageShare = bitlens::ui::StageShare;

public slots:
    /// Forgets all numbers.
    void clear();
    /// Both sides are current.
    void setReport(const bitlens::compare::Report &report);
    /// One side's numbers became known (seconds and bytes of 0 mean "not known").
    void setSideReport(bitlens::compare::Side side, const bitlens::compare::SideReport &report);
    /// Dims (or undims) the numbers of one side.
    void setRecomputing(bitlens::compare::Side side, bool recomputing);
    /// Shows the rows that compare with a reference (HR) picture.
    void setReferenceAvailable(bool available);
    /// Ma and PI of one side. While `pending`, the new ones are being computed: older numbers stay, dimmed.
    void setPerceptual(bitlens::compare::Side side, const bitlens::compare::Metric &ma,
                       const bitlens::compare::Metric &pi, bool pending);
    /// Ma's model is there; without it a button offers to install it.
    void setMaModelInstalled(bool installed);
    /// Scores of the visible part, or of the region that the user selected: shown while they are asked for, see
    /// regionToggled.
    void setRegionWanted(bool wanted);
    void setRegionSelected(bool selected);
    void setRegionScores(const QRect &part, const bitlens::compare::SideReport &fp32,
                         const bitlens::compare::SideReport &quantized, bool selected = false);
    void setRegionPending(bool pending);
    /// Nothing measured: empty.
    void setLatency(const std::optional<bitlens::ui::Latency> &latency);
    /// The latency that is shown belongs to an earlier plan; until the next setLatency.
    void setLatencyStale(bool stale);
    /// A measurement runs: its button stops it.
    void setMeasuring(bool measuring);
    void setStageShares(const QList<bitlens::ui::StageShare> &shares);
    /// Something about the result that the user should know, above all numbers; empty: nothing.
    void setWarning(const QString &warning);

signals:
    void maModelRequested(const QPoint &globalPosition);
    void regionToggled(bool wanted);
    void measureRequested();
    void measureCancelled();
    void stageClicked(const QString &stage);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
