// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"

#include <QWidget>

#include <array>
#include <memory>

namespace bitlens::ui {

/// Scores of a part of the picture, labelled with where it is: NIQE, Ma and PI of both sides with their difference, and
/// PSNR and SSIM to FP32. A number still to come is "–", one that is computed again is dimmed.
class RegionReadouts : public QWidget {
    Q_OBJECT
public:
    explicit RegionReadouts(QWidget *parent = nullptr);
    ~RegionReadouts() override;

    /// Proportions of the three columns, so that they stand below those of the panel.
    void setColumnWidths(const std::array<int, 3> &widths);

public slots:
    /// `part` in output pixels, `selected` by the user or else what is visible. Of the reports only the scores of
    /// pictures count.
    void setScores(const QRect &part, bool selected, const bitlens::compare::SideReport &fp32,
                   const bitlens::compare::SideReport &quantized);
    void setPending(bool pending);

protected:
    void changeEvent(QEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
