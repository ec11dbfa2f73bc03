// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QWidget>

#include <memory>

namespace bitlens::ui {

/// The course of a training run over its steps: PSNR to FP32 on the left axis, with the value before training as a
/// dashed line, and the loss on the right one.
class TuningPlot : public QWidget {
    Q_OBJECT
public:
    explicit TuningPlot(QWidget *parent = nullptr);
    ~TuningPlot() override;

    /// Number of steps at which PSNR is known.
    int count() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public slots:
    void clear();
    /// `loss` <= 0: not known at this step.
    void addPoint(int step, double loss, double psnr);
    void setBefore(double psnr);

protected:
    void changeEvent(QEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
