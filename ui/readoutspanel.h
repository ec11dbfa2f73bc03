// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"

#include <QWidget>

#include <memory>

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

protected:
    void changeEvent(QEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
