// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/figure/figurepreview.h"
#include "ui/figure/figuresettings.h"

#include <QDialog>
#include <QStringList>

#include <memory>

namespace bitlens::ui {

/// Composes a comparison figure: choices on the right, the figure as it will be written on the left. Not modal; every
/// choice asks for a new drawing by settingsChanged, which somebody else makes and hands over with setDrawing.
class FigureDialog : public QDialog {
    Q_OBJECT
public:
    explicit FigureDialog(const FigureSettings &settings, QWidget *parent = nullptr);
    ~FigureDialog() override;

    FigureSettings settings() const;
    FigurePreview *preview() const;

public slots:
    void setSettings(const bitlens::ui::FigureSettings &settings);
    void setDrawing(const bitlens::ui::FigureDrawing &drawing);
    /// Names of the plans in the figure; the first is the plan at hand and stays.
    void setPlans(const QStringList &plans);
    void setReferenceAvailable(bool available);
    /// Adds a part of the picture, as if it had been dragged.
    void addRegion(const bitlens::image::Rect &region);
    /// A figure is being written; `fraction` negative: no more.
    void setProgress(double fraction);
    /// What became of it, one sentence.
    void setMessage(const QString &text);

signals:
    void settingsChanged(const bitlens::ui::FigureSettings &settings);
    void exportRequested();
    void cancelRequested(); ///< of the figure that is being written
    void viewRequested();   ///< add what the compare view shows
    void keepPlanRequested();
    void planRemoved(int plan);

protected:
    /// Closing asks a writing figure to stop.
    void reject() override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
