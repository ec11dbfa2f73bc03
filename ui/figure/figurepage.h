// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/figure/figuresettings.h"

#include <QSize>
#include <QWidget>

#include <memory>

namespace bitlens::ui {

/// The part of the figure dialog that says how large the figure is, how it is divided, and what is written in it.
class FigurePage : public QWidget {
    Q_OBJECT
public:
    explicit FigurePage(QWidget *parent = nullptr);
    ~FigurePage() override;

    void setSettings(const FigureSettings &settings);
    void read(FigureSettings *settings) const;
    /// Of the figure as it was drawn.
    void setDrawnSize(QSize pixels, double dpi);

signals:
    void changed();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
