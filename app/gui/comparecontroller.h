// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/requestqueue.h"
#include "engine/compare/comparison.h"
#include "engine/quant/bitplan.h"

#include <QObject>
#include <QRect>
#include <QTimer>

#include <optional>

namespace bitlens::app {

class EngineThread;
class Session;

/// Decides when the engine compares: after every change of the session, once per event-loop turn; while a slider is
/// dragged, as soon as the plan before has shown its first part; never twice for the same question. The session gets
/// the results of its own plan, the window also those of previews. GUI thread.
class CompareController : public QObject {
    Q_OBJECT

public:
    CompareController(Session *session, EngineThread *engine, QObject *parent = nullptr);

    /// A comparison is under way or about to be requested.
    bool isBusy() const { return m_running != 0 || m_turn.isActive(); }
    /// What is asked to run a plan on the session's picture with its model; the session must have both.
    compare::Request requestFor(const quant::BitPlan &plan) const;
    /// Bytes that a run may use, as in compare::Request; from the next comparison on.
    void setMemoryBudget(std::size_t bytes) { m_memoryBudget = bytes; }

public slots:
    /// The output pixels that the user sees: computed first from the next request on.
    void setVisibleRegion(const QRect &outputPixels) { m_visible = outputPixels; }
    /// Compares the session's plan unless that result is there already or under way.
    void requestComparison();
    /// The same even when the result is there: measures again.
    void requestAgain();
    /// A plan that is not (yet) the session's.
    void previewPlan(const bitlens::quant::BitPlan &plan);
    /// Stops what runs, on the user's wish; cancelled() follows.
    void cancel();
    /// Makes room on the engine thread for a while (something is being opened); without a signal.
    void suspend();
    /// Compares again if suspend() has stopped something.
    void resume();

signals:
    /// A comparison has been requested. `plan` is what it runs; `preview` says that it is not the session's plan.
    void started(const bitlens::quant::BitPlan &plan, bool preview);
    /// Something that the user waits for needs the engine thread now: longer work on it gives way.
    void engineWanted();
    void progressed(double fraction, const QString &what);
    /// cancel() was called and has not taken effect yet.
    void cancelling();
    void partAvailable(const bitlens::compare::Part &part);
    void sideReported(bitlens::compare::Side side, const bitlens::compare::SideReport &report);
    /// Not for previews: those only show.
    void finished(const bitlens::compare::Result &result);
    void previewFinished(const bitlens::compare::Result &result);
    void failed(const bitlens::app::Failure &failure);
    void cancelled();

private:
    /// Everything that an answer depends on; equal questions have equal answers.
    struct Question {
        const void *input = nullptr;
        const void *reference = nullptr;
        model::GeneratorPtr generator;
        quant::QuantizedModelPtr packed; ///< another one of the same generator and plan: a tuned model
        quant::BitPlan plan;
        quant::RangeChoices ranges;
        bool operator==(const Question &) const = default;
    };
    Question questionOf(const quant::BitPlan &plan) const;
    void requestSessionPlan();
    void start(const quant::BitPlan &plan, bool fresh = false);
    void stopSilently();
    image::Rect focusOf(const model::Generator &generator) const;

    void takePart(RequestId id, const compare::Part &part);
    void takeResult(RequestId id, const compare::Result &result);
    void takeFailure(RequestId id, const Failure &failure);
    void takeCancelled(RequestId id);

    Session *m_session;
    EngineThread *m_engine;
    QTimer m_turn; ///< gathers the changes of one event-loop turn
    QRect m_visible;
    std::size_t m_memoryBudget = 0;
    RequestId m_running = 0;
    Question m_question;              ///< of what runs
    bool m_quantizedPartSeen = false; ///< of what runs
    bool m_suspended = false;
    bool m_again = false; ///< the next request runs even if its answer is known
    std::optional<quant::BitPlan> m_waitingPreview;
    std::optional<compare::Result> m_answer; ///< the last complete result, preview or not
    Question m_answered;                     ///< its question
    Question m_sessionAnswered;              ///< that of the session's result
};

} // namespace bitlens::app
