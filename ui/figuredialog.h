// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/figure/figureplan.h"
#include "ui/figure/figurepreview.h"
#include "ui/figure/figuresettings.h"

#include <QDialog>
#include <QList>

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
    /// It could not be made: the preview says why, until the next one.
    void setDrawingFailed(const QString &reason);
    /// The plans of the figure, in its order; one of them is the window's and stays.
    void setPlans(const QList<bitlens::ui::FigurePlanRow> &plans);
    /// Further plans that can be added.
    void setPlanChoices(const QList<bitlens::ui::FigurePlanChoice> &choices);
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
    void cancelRequested();                  ///< of the figure that is being written
    void viewRequested();                    ///< add what the compare view shows
    void planAdded(const QString &argument); ///< of a FigurePlanChoice
    void keepPlanRequested();                ///< the window's plan is to stay in the figure
    void planRemoved(int plan);
    void planMoved(int from, int to);
    void plansWanted();    ///< compute those that are missing
    void plansCancelled(); ///< stop computing them

protected:
    /// Closing asks a writing figure to stop.
    void reject() override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
