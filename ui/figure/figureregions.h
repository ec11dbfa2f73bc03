// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/figure/figuresettings.h"

#include <QWidget>

#include <memory>
#include <vector>

namespace bitlens::ui {

/// The part of the figure dialog that lists the enlarged parts of the picture: the user's own, else those that were
/// found.
class FigureRegions : public QWidget {
    Q_OBJECT
public:
    explicit FigureRegions(QWidget *parent = nullptr);
    ~FigureRegions() override;

    void setSettings(const FigureSettings &settings);
    void read(FigureSettings *settings) const;
    /// What the drawing shows; listed while there are none of the user's own.
    void setFound(const std::vector<image::Rect> &regions);
    /// False when there are kMostFigureRegions already.
    bool add(const image::Rect &region);
    void removeSelected();
    void select(int region);

signals:
    void changed();
    void selected(int region); ///< -1: none
    void viewRequested();      ///< add what the compare view shows

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
