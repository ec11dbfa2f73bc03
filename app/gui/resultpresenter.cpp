// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/resultpresenter.h"

#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "app/gui/session.h"
#include "ui/format.h"
#include "ui/messagebar.h"
#include "ui/readoutspanel.h"
#include "ui/statuspanel.h"
#include "ui/views/compareview.h"

namespace bitlens::app {

using compare::Side;

ResultPresenter::ResultPresenter(const Parts &parts, QObject *parent) : QObject(parent), m_parts(parts)
{
    connect(parts.session, &Session::inputChanged, this, &ResultPresenter::startPicture);
    connect(parts.session, &Session::modelChanged, this, &ResultPresenter::startPicture);
    connect(parts.session, &Session::referenceChanged, this,
            [this] { m_parts.readouts->setReferenceAvailable(m_parts.session->referenceFits()); });

    connect(parts.engine, &EngineThread::pictureReady, this,
            [this](RequestId, const image::Image &picture, const ui::DisplayPicture &display) {
                m_displays.keep(picture, display);
            });
    const CompareController *comparisons = parts.comparisons;
    connect(comparisons, &CompareController::started, this, &ResultPresenter::showStart);
    connect(comparisons, &CompareController::progressed, this, [this](double fraction, const QString &what) {
        m_parts.status->setProgress(fraction, what.left(1).toUpper() + what.mid(1));
    });
    connect(comparisons, &CompareController::cancelling, parts.status, &ui::StatusPanel::setCancelling);
    connect(comparisons, &CompareController::partAvailable, this, [this](const compare::Part &part) {
        if (part.side == Side::Fp32 && m_fp32Shown)
            return; // from the engine's cache
        m_partsShown = true;
        m_parts.view->updatePart(part.side, part.where, part.pixels);
    });
    connect(comparisons, &CompareController::sideReported, this, &ResultPresenter::showSide);
    connect(comparisons, &CompareController::finished, this, &ResultPresenter::showResult);
    connect(comparisons, &CompareController::previewFinished, this, &ResultPresenter::showResult);
    connect(comparisons, &CompareController::failed, this, &ResultPresenter::showFailure);
    connect(comparisons, &CompareController::cancelled, this, &ResultPresenter::showCancelled);
}

void ResultPresenter::startPicture()
{
    const Session *session = m_parts.session;
    m_displays.clear();
    m_fp32Shown = false;
    m_partsShown = false;
    m_parts.readouts->clear();
    m_parts.readouts->setReferenceAvailable(session->referenceFits());
    m_parts.status->setIdle();
    if (!session->hasInput()) {
        m_parts.view->clear();
        return;
    }
    const image::Size size = session->outputSize();
    if (m_parts.view->hasCanvas() && m_parts.view->canvasSize() == size) {
        // Another model of the same scale: keep zoom and position.
        m_parts.view->clearSide(Side::Fp32);
        m_parts.view->clearSide(Side::Quantized);
    } else {
        m_parts.view->setCanvasSize(size);
    }
    m_parts.view->setBackground(session->input().picture);
    setUpdating(false);
    if (!session->hasModel())
        m_parts.status->setIdle(tr("Waiting for a model"));
}

void ResultPresenter::setUpdating(bool updating)
{
    m_parts.view->setUpdating(Side::Quantized, updating);
    m_parts.readouts->setRecomputing(Side::Quantized, updating);
    // A plan changes nothing about FP32.
    const bool fp32 = updating && !m_fp32Shown;
    m_parts.view->setUpdating(Side::Fp32, fp32);
    m_parts.readouts->setRecomputing(Side::Fp32, fp32);
}

void ResultPresenter::showStart(const quant::BitPlan &plan, bool)
{
    m_parts.view->setSideDetail(Side::Quantized, m_parts.session->nameOf(plan));
    setUpdating(true);
    m_sinceStart.start();
    m_parts.status->setIdle(); // its estimate of the remaining time starts anew
    m_parts.status->setProgress(-1.0, tr("Starting"));
}

void ResultPresenter::showSide(Side side, const compare::SideReport &report)
{
    // FP32 is worth showing while quantized still runs; anything later would only come a moment before the whole.
    if (side != Side::Fp32 || m_fp32Shown)
        return;
    m_fp32Shown = true;
    m_parts.view->setUpdating(side, false);
    m_parts.readouts->setSideReport(side, report);
    m_parts.readouts->setRecomputing(side, false);
}

void ResultPresenter::showPictures(const compare::Result &result)
{
    if (!result.fp32.isNull())
        m_parts.view->setPicture(Side::Fp32, m_displays.of(result.fp32));
    if (!result.quantized.isNull())
        m_parts.view->setPicture(Side::Quantized, m_displays.of(result.quantized));
    m_parts.view->setSideDetail(Side::Quantized, QString::fromStdString(result.report.plan));
    m_fp32Shown = !result.fp32.isNull();
    m_partsShown = false;
}

void ResultPresenter::showResult(const compare::Result &result)
{
    showPictures(result);
    setUpdating(false);
    m_parts.readouts->setReport(result.report);
    // Sides from the engine's cache report the time of the run that made them: what the user waited is told instead.
    if (m_doneResult != result.quantized.bytes()) {
        m_doneResult = result.quantized.bytes();
        m_doneSeconds = m_sinceStart.isValid() ? static_cast<double>(m_sinceStart.elapsed()) / 1000.0 : 0.0;
    }
    m_sinceStart.invalidate();
    m_parts.status->setIdle(m_doneSeconds > 0.0 ? tr("Done in %1").arg(ui::formatSeconds(m_doneSeconds)) : tr("Done"));
}

void ResultPresenter::dropParts()
{
    // Half of a new result over half of an old one is nobody's picture. The readouts stay dimmed: they are not the
    // plan's.
    const auto &result = m_parts.session->result();
    if (m_partsShown && result)
        showPictures(*result);
}

void ResultPresenter::showFailure(const Failure &failure)
{
    m_parts.view->setUpdating(Side::Fp32, false);
    m_parts.view->setUpdating(Side::Quantized, false);
    dropParts();
    m_parts.status->setIdle(tr("Failed"));
    m_parts.messages->postError(failure.message());
}

void ResultPresenter::showCancelled()
{
    m_parts.view->setUpdating(Side::Fp32, false);
    m_parts.view->setUpdating(Side::Quantized, false);
    dropParts();
    const auto &result = m_parts.session->result();
    m_parts.status->setIdle(
        result && !m_parts.session->isResultCurrent()
            ? tr("Cancelled; the picture shows plan %1").arg(QString::fromStdString(result->report.plan))
            : tr("Cancelled"));
}

} // namespace bitlens::app
