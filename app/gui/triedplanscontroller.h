// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/quantizedmodel.h"

#include <QList>
#include <QObject>
#include <QString>

namespace bitlens::ui {
class MessageBar;
class TriedPlansPanel;
} // namespace bitlens::ui

namespace bitlens::app {

class Session;
struct TriedPlan;

/// Records each result among the session's tried plans, shows those of the current picture and model, and brings one
/// back (with its ranges and what the model was tuned to, as one step that undo takes back). GUI thread.
class TriedPlansController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        ui::TriedPlansPanel *panel = nullptr;
        ui::MessageBar *messages = nullptr;
    };
    explicit TriedPlansController(const Parts &parts, QObject *parent = nullptr);

    /// Makes a tried plan with its ranges the session's; false (and a message) when it is not one of this model, or was
    /// run with a tuned model that is no longer at hand.
    bool restore(const TriedPlan &plan);

    /// Tuned models that are kept at hand, for plans that were tried with them; the oldest go.
    static constexpr int kTunings = 4;

private:
    void recordResult();
    void show();
    void restoreEntry(int entry);
    QString digest();
    QString picture();
    QString tuning();
    QString nameOf(const TriedPlan &plan) const;

    /// A model as it was tuned, while the window shows plans that were run with it.
    struct Tuning {
        QString digest;
        quant::QuantizedModelPtr model;
        QString file;
    };

    Parts m_parts;
    QList<Tuning> m_tunings; ///< the newest last
    QString m_digest;        ///< of the session's picture; empty: not computed yet
    QList<int> m_shown;      ///< rows of the model, one per entry of the panel
};

} // namespace bitlens::app
