// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/figure/figureplan.h"
#include "ui/figure/figuresettings.h"

#include <QList>
#include <QWidget>

#include <memory>

namespace bitlens::ui {

/// The part of the figure dialog that says which pictures stand in the figure, in which order, and of which plans.
class FigureContents : public QWidget {
    Q_OBJECT
public:
    explicit FigureContents(QWidget *parent = nullptr);
    ~FigureContents() override;

    void setSettings(const FigureSettings &settings);
    void read(FigureSettings *settings) const;
    void setReferenceAvailable(bool available);
    /// In the order of the figure; one of them is the window's.
    void setPlans(const QList<FigurePlanRow> &plans);
    /// What "Add plan" offers.
    void setPlanChoices(const QList<FigurePlanChoice> &choices);

signals:
    void changed();
    void planAdded(const QString &argument);
    void keepPlanRequested();
    void planRemoved(int plan);
    void planMoved(int from, int to);
    void plansWanted(); ///< compute those that are missing
    void plansCancelled();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
