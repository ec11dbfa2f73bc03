// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/comparecontroller.h"

#include "app/gui/enginethread.h"
#include "app/gui/session.h"

#include <utility>

namespace bitlens::app {

CompareController::CompareController(Session *session, EngineThread *engine, QObject *parent)
    : QObject(parent), m_session(session), m_engine(engine)
{
    m_turn.setSingleShot(true);
    m_turn.setInterval(0);
    connect(&m_turn, &QTimer::timeout, this, &CompareController::requestSessionPlan);
    // What runs is about another picture or model: nothing of it may be shown any more.
    connect(session, &Session::inputChanged, this, &CompareController::stopSilently);
    connect(session, &Session::modelChanged, this, &CompareController::stopSilently);
    connect(session, &Session::inputChanged, this, &CompareController::requestComparison);
    connect(session, &Session::referenceChanged, this, &CompareController::requestComparison);
    connect(session, &Session::planChanged, this, &CompareController::requestComparison);
    connect(session, &Session::rangesChanged, this, &CompareController::requestComparison);

    connect(engine, &EngineThread::partAvailable, this, &CompareController::takePart);
    connect(engine, &EngineThread::sideReported, this,
            [this](RequestId id, compare::Side side, const compare::SideReport &report) {
                if (id == m_running)
                    emit sideReported(side, report);
            });
    connect(engine, &EngineThread::comparisonFinished, this, &CompareController::takeResult);
    connect(engine, &EngineThread::requestFailed, this, &CompareController::takeFailure);
    connect(engine, &EngineThread::requestCancelled, this, &CompareController::takeCancelled);
    connect(engine, &EngineThread::progressed, this, [this](RequestId id, double fraction, const QString &what) {
        if (id == m_running)
            emit progressed(fraction, what);
    });
}

void CompareController::requestComparison()
{
    m_suspended = false;
    m_turn.start();
}

void CompareController::requestAgain()
{
    m_again = true;
    requestComparison();
}

void CompareController::requestSessionPlan()
{
    m_waitingPreview.reset();
    if (!m_session->hasInput() || !m_session->hasModel())
        return;
    const quant::BitPlan &plan = m_session->plan();
    const Question question = questionOf(plan);
    if (std::exchange(m_again, false)) {
        start(plan, true);
    } else if (m_running != 0 && question == m_question) {
        // A preview of it runs already and becomes the real thing.
    } else if (m_session->isResultCurrent() && question == m_sessionAnswered) {
        stopSilently(); // a preview that was given up
        emit finished(*m_session->result());
    } else if (m_answer && question == m_answered) {
        stopSilently();
        m_sessionAnswered = question;
        m_session->setResult(*m_answer);
        emit finished(*m_answer);
    } else {
        start(plan);
    }
}

void CompareController::previewPlan(const quant::BitPlan &plan)
{
    if (!m_session->hasInput() || !m_session->hasModel() || plan.size() != m_session->plan().size())
        return;
    if (plan == m_session->plan()) { // back where the drag began
        requestComparison();
        return;
    }
    if (m_running != 0 && questionOf(plan) == m_question)
        return;
    // Superseding each plan before anything of it was seen would leave the picture still while the slider moves.
    if (m_running != 0 && !m_quantizedPartSeen && m_question.plan != m_session->plan()) {
        m_waitingPreview = plan;
        return;
    }
    m_turn.stop();
    start(plan);
}

CompareController::Question CompareController::questionOf(const quant::BitPlan &plan) const
{
    const bool referenced = m_session->referenceFits();
    return {m_session->input().picture.bytes(),
            referenced ? m_session->reference().picture.bytes() : nullptr,
            m_session->model().generator,
            m_session->model().packed,
            plan,
            m_session->chosenRanges()};
}

image::Rect CompareController::focusOf(const model::Generator &generator) const
{
    const image::Size input = m_session->input().picture.size();
    if (m_visible.isEmpty() || generator.scale < 1)
        return {};
    const int left = m_visible.left() / generator.scale;
    const int top = m_visible.top() / generator.scale;
    const int right = m_visible.right() / generator.scale + 1;
    const int bottom = m_visible.bottom() / generator.scale + 1;
    return image::Rect{left, top, right - left, bottom - top}.intersected({0, 0, input.width, input.height});
}

compare::Request CompareController::requestFor(const quant::BitPlan &plan) const
{
    const model::GeneratorPtr generator = m_session->model().generator;
    compare::Request request;
    request.input = m_session->input().picture;
    request.inputName = m_session->input().name.toStdString();
    if (m_session->referenceFits())
        request.reference = m_session->reference().picture;
    request.generator = generator;
    request.plan = plan;
    request.planName = m_session->nameOf(plan).toStdString();
    request.packed = m_session->model().packed;
    request.chosenRanges = m_session->chosenRanges();
    request.focus = focusOf(*generator);
    request.memoryBudget = m_memoryBudget;
    return request;
}

void CompareController::start(const quant::BitPlan &plan, bool fresh)
{
    m_question = questionOf(plan);
    m_quantizedPartSeen = false;
    m_waitingPreview.reset();
    m_running = m_engine->requestComparison(requestFor(plan), fresh); // supersedes an older one
    emit engineWanted();
    emit started(plan, !(plan == m_session->plan()));
}

void CompareController::cancel()
{
    m_turn.stop();
    m_waitingPreview.reset();
    if (m_running == 0)
        return;
    m_engine->cancel(m_running);
    emit cancelling();
}

void CompareController::stopSilently()
{
    m_waitingPreview.reset();
    if (m_running != 0)
        m_engine->cancel(std::exchange(m_running, 0));
}

void CompareController::suspend()
{
    emit engineWanted();
    if (!isBusy())
        return;
    m_suspended = true;
    m_turn.stop();
    stopSilently();
}

void CompareController::resume()
{
    if (m_suspended)
        requestComparison();
}

void CompareController::takePart(RequestId id, const compare::Part &part)
{
    if (id != m_running)
        return;
    emit partAvailable(part);
    if (part.side != compare::Side::Quantized)
        return;
    m_quantizedPartSeen = true;
    if (m_waitingPreview)
        start(*std::exchange(m_waitingPreview, std::nullopt));
}

void CompareController::takeResult(RequestId id, const compare::Result &result)
{
    if (id != m_running)
        return;
    m_running = 0;
    m_answer = result;
    m_answered = m_question;
    if (m_question == questionOf(m_session->plan())) {
        m_sessionAnswered = m_question;
        m_session->setResult(result);
        emit finished(result);
    } else {
        emit previewFinished(result);
    }
    if (m_waitingPreview)
        start(*std::exchange(m_waitingPreview, std::nullopt));
}

void CompareController::takeFailure(RequestId id, const Failure &failure)
{
    if (id != m_running)
        return;
    m_running = 0;
    m_waitingPreview.reset();
    emit failed(failure);
}

void CompareController::takeCancelled(RequestId id)
{
    if (id != m_running)
        return;
    m_running = 0;
    emit cancelled();
}

} // namespace bitlens::app
