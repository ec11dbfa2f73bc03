// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/figure/figuremaker.h"
#include "app/gui/currentrequest.h"
#include "ui/figure/figureplan.h"

#include <QList>
#include <QObject>
#include <QStringList>

#include <optional>

namespace bitlens::app {

class CompareController;
class ScoreController;
class Session;

/// The plans of the comparison figure: the window's own, and further ones that are computed on request, one after the
/// other on the engine thread, giving way to whatever the user does in the window. Which plans and in which order stays
/// when another picture or model comes; their pictures then are missing until they are computed again. GUI thread.
class FigurePlans : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        CompareController *comparisons = nullptr;
        ScoreController *scores = nullptr; ///< whose model of Ma and PI further plans take
    };
    explicit FigurePlans(const Parts &parts, QObject *parent = nullptr);

    /// As the dialog lists them.
    QList<ui::FigurePlanRow> rows() const;
    /// Presets, and plans that were tried in the session, which are not in the figure yet.
    QList<ui::FigurePlanChoice> choices() const;
    /// Pictures and numbers, as far as they are there, in the figure's order; the source has the window's plan only.
    void addTo(figure::Source *source) const;
    bool isComputing() const { return m_request->isOpen(); }

    /// Presets' names and rules, in the figure's order; an empty string stands for the window's plan.
    QStringList arguments() const;
    void setArguments(const QStringList &arguments);

public slots:
    /// A preset's name or rules; computes its picture unless it is there. Known ones and those that do not fit the
    /// model are ignored.
    void add(const QString &argument);
    /// The window's plan stays in the figure when the window goes on to another one. False when it is there already.
    bool keepShown();
    void remove(int row);
    void move(int from, int to);
    /// Computes all whose pictures are missing.
    void computeMissing();
    /// Stops computing; what is there stays.
    void cancel();

signals:
    /// Rows or choices are others.
    void changed();
    /// What addTo() adds is different.
    void picturesChanged();
    /// The user has chosen other plans or another order.
    void argumentsChanged();

private:
    using State = ui::FigurePlanRow::State;
    struct Entry {
        QString argument;                   ///< empty: the window's plan
        std::optional<quant::BitPlan> plan; ///< for the model at hand; none when it does not fit
        std::optional<figure::PlanPicture> made;
        State state = State::Missing;
        double fraction = 0.0;
        QString error;
    };

    QList<int> shownEntries() const;
    bool isShownPlan(const Entry &entry) const;
    std::optional<quant::BitPlan> planOf(const QString &argument) const;
    void startPicture();
    void takeResult();
    void runNext();
    void take(const quant::BitPlan &plan, const compare::Result &result);
    void endOfRun();
    Entry *running();

    Parts m_parts;
    QList<Entry> m_entries;
    CurrentRequest *m_request;
    quant::BitPlan m_runningPlan;
};

} // namespace bitlens::app
