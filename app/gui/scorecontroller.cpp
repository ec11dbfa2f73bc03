// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/scorecontroller.h"

#include "app/gui/comparecontroller.h"
#include "app/gui/session.h"
#include "engine/compare/regionscores.h"
#include "engine/score/mamodelstore.h"
#include "ui/messagebar.h"
#include "ui/readoutspanel.h"
#include "ui/statuspanel.h"

#include <QDir>
#include <QFileDialog>
#include <QMenu>

#include <utility>

namespace bitlens::app {

namespace {

/// Panning and zooming are over after this time without a change.
constexpr int kRestMs = 300;

image::Rect rectOf(const QRect &part) { return {part.x(), part.y(), part.width(), part.height()}; }

} // namespace

ScoreController::ScoreController(const Parts &parts, QObject *parent)
    : QObject(parent), m_parts(parts), m_scores(std::make_shared<compare::PictureScores>())
{
    m_regionTurn.setSingleShot(true);
    m_regionTurn.setInterval(kRestMs);
    connect(&m_regionTurn, &QTimer::timeout, this, &ScoreController::scoreRegion);

    const CompareController *comparisons = parts.comparisons;
    connect(comparisons, &CompareController::started, this, &ScoreController::stop);
    connect(comparisons, &CompareController::finished, this, &ScoreController::scoreResult);
    connect(parts.session, &Session::inputChanged, this, &ScoreController::stop);
    connect(parts.session, &Session::modelChanged, this, &ScoreController::stop);

    const EngineThread *engine = parts.engine;
    connect(engine, &EngineThread::requestFinished, this, &ScoreController::takeEnd);
    connect(engine, &EngineThread::requestFailed, this, &ScoreController::takeFailure);
    connect(engine, &EngineThread::requestCancelled, this, [this](RequestId id) {
        if (id == m_install && m_purpose != Purpose::Load)
            m_parts.messages->postInfo(tr("The Ma model was not installed: it was cancelled"));
        takeEnd(id);
    });
    connect(engine, &EngineThread::progressed, this, [this](RequestId id, double fraction, const QString &what) {
        if (id == m_install && !m_parts.comparisons->isBusy())
            m_parts.status->setProgress(fraction, what);
    });
    connect(parts.readouts, &ui::ReadoutsPanel::maModelRequested, this, &ScoreController::showInstallMenu);
    connect(parts.readouts, &ui::ReadoutsPanel::regionToggled, this, &ScoreController::setRegionWanted);
}

void ScoreController::start() { requestModel(Purpose::Load, {}); }

void ScoreController::showInstallDialog()
{
    auto *dialog = new QFileDialog(m_parts.window, tr("Install Ma model"), QDir::homePath(),
                                   tr("Ma's model (*.mat);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &ScoreController::install);
    dialog->open();
}

void ScoreController::showInstallMenu(const QPoint &globalPosition)
{
    auto *menu = new QMenu(m_parts.window);
    menu->setObjectName(QStringLiteral("installMaMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setToolTipsVisible(true);
    const QString hint = QString::fromStdString(score::maModelHint());
    QAction *fetch = menu->addAction(tr("Download from its authors"), this, &ScoreController::download);
    QAction *file = menu->addAction(tr("Choose the file model.mat…"), this, &ScoreController::showInstallDialog);
    fetch->setToolTip(hint);
    file->setToolTip(hint);
    menu->popup(globalPosition);
}

void ScoreController::install(const QString &path) { requestModel(Purpose::Install, path); }

void ScoreController::download() { requestModel(Purpose::Download, {}); }

void ScoreController::cancelInstalling()
{
    if (m_install != 0)
        m_parts.engine->cancel(m_install);
}

void ScoreController::requestModel(Purpose purpose, const QString &path)
{
    if (m_install != 0 && purpose != Purpose::Load && m_purpose != Purpose::Load) {
        m_parts.messages->postInfo(tr("The Ma model is being installed already"));
        return;
    }
    EngineTask task;
    task.lane = Lane::Files;
    task.topic = QStringLiteral("ma model");
    task.file = path;
    task.work = [this, purpose, path](TaskContext &, const base::Job &job) -> RequestQueue::Delivery {
        if (purpose == Purpose::Install)
            (void)score::installMaModel(path.toStdString(), job.part(0.0, 0.8));
        else if (purpose == Purpose::Download)
            (void)score::fetchMaModel(job.part(0.0, 0.8));
        score::MaModelPtr model = score::loadMaModel({}, purpose == Purpose::Load ? job : job.part(0.8, 1.0));
        return [this, model = std::move(model)] { m_model = model; };
    };
    m_purpose = purpose;
    m_installPath = path;
    m_install = m_parts.engine->requestTask(std::move(task));
}

void ScoreController::endInstalling()
{
    m_install = 0;
    if (!m_parts.comparisons->isBusy())
        m_parts.status->setIdle();
    m_parts.readouts->setMaModelInstalled(m_model != nullptr);
    emit modelChanged();
    scoreResult();
}

void ScoreController::takeEnd(RequestId id)
{
    if (id == m_install && m_install != 0) {
        if (m_purpose != Purpose::Load && m_model)
            m_parts.messages->postInfo(tr("The Ma model is installed: Ma and PI are live"));
        endInstalling();
    } else if (id == m_whole) {
        m_whole = 0;
        if (m_regionWanted)
            m_regionTurn.start();
    } else if (id == m_part) {
        m_part = 0;
    }
}

void ScoreController::takeFailure(RequestId id, const Failure &failure)
{
    if (id == m_install && m_install != 0) {
        const QString what = m_purpose == Purpose::Download ? tr("The Ma model could not be downloaded")
                             : m_purpose == Purpose::Load   ? tr("The Ma model that is installed cannot be used")
                                                            : tr("The Ma model was not installed");
        m_parts.messages->postError(QStringLiteral("%1: %2").arg(what, failure.message()));
        endInstalling();
    } else if (id == m_whole || id == m_part) {
        const compare::Metric missing = compare::Metric::notAvailable(failure.detail.toStdString());
        if (id == m_whole)
            for (const compare::Side side : {compare::Side::Fp32, compare::Side::Quantized})
                m_parts.readouts->setPerceptual(side, missing, missing, false);
        m_parts.readouts->setRegionPending(false);
        takeEnd(id);
    }
}

void ScoreController::stop()
{
    for (RequestId *id : {&m_whole, &m_part})
        if (*id != 0)
            m_parts.engine->cancel(std::exchange(*id, 0));
    m_regionTurn.stop();
    if (m_regionWanted)
        m_parts.readouts->setRegionPending(true);
}

compare::PictureScoreRequest ScoreController::requestOf(const QRect &part) const
{
    const compare::Result &result = *m_parts.session->result();
    compare::PictureScoreRequest request{
        result.fp32, result.quantized, {}, m_parts.session->model().generator->scale, m_model, {}};
    if (!part.isEmpty())
        request.region = rectOf(part);
    return request;
}

std::optional<compare::PictureScoreRequest> ScoreController::partRequest() const
{
    const Session *session = m_parts.session;
    const QRect part = scoredPart();
    if (part.isEmpty() || !session->result() || session->result()->fp32.isNull()
        || session->result()->quantized.isNull())
        return std::nullopt;
    compare::PictureScoreRequest request = requestOf(part);
    if (session->referenceFits())
        request.reference = session->reference().picture;
    return request;
}

RequestId ScoreController::requestScores(const QRect &part)
{
    const bool region = !part.isEmpty();
    const compare::PictureScoreRequest request = requestOf(part);
    EngineTask task;
    task.topic = region ? QStringLiteral("region scores") : QStringLiteral("scores");
    task.file = m_parts.session->input().name;
    const bool selected = !m_selected.isEmpty();
    task.work = [this, request, region, part, selected,
                 scores = m_scores](TaskContext &context, const base::Job &job) -> RequestQueue::Delivery {
        const auto show = [this, region, part, selected](const compare::PictureScoreReport &report, bool complete) {
            if (region)
                showRegionScores(part, selected, report);
            else
                showScores(report, complete);
        };
        const compare::PictureScoreReport report =
            scores->score(request, context.pool, job, [&](const compare::PictureScoreReport &soFar) {
                if (region)
                    return; // a moment; shown as a whole
                context.publish([show, soFar] { show(soFar, false); });
            });
        return [show, report] { show(report, true); };
    };
    return m_parts.engine->requestTask(std::move(task));
}

void ScoreController::scoreResult()
{
    const Session *session = m_parts.session;
    if (!session->result() || !session->isResultCurrent() || session->result()->fp32.isNull()
        || session->result()->quantized.isNull() || m_parts.comparisons->isBusy())
        return;
    if (m_install != 0 || m_model) {
        // Computed in a moment: numbers of before stay, dimmed.
        compare::Metric coming;
        for (const compare::Side side : {compare::Side::Fp32, compare::Side::Quantized})
            m_parts.readouts->setPerceptual(side, coming, coming, true);
    }
    if (m_model && m_whole == 0)
        m_whole = requestScores({});
    else if (m_regionWanted)
        m_regionTurn.start();
}

void ScoreController::showScores(const compare::PictureScoreReport &scores, bool complete)
{
    for (const compare::Side side : {compare::Side::Fp32, compare::Side::Quantized}) {
        const compare::BlindScores &known = side == compare::Side::Fp32 ? scores.fp32 : scores.quantized;
        const bool pending = !known.ma.value && known.ma.reason.empty();
        m_parts.readouts->setPerceptual(side, known.ma, known.pi, pending);
    }
    if (!complete || !m_parts.session->result())
        return;
    // Whoever reads the session's result (exports, tried plans) finds the numbers there.
    compare::Result result = *m_parts.session->result();
    result.report.fp32.ma = scores.fp32.ma;
    result.report.fp32.pi = scores.fp32.pi;
    result.report.quantized.ma = scores.quantized.ma;
    result.report.quantized.pi = scores.quantized.pi;
    m_parts.session->setResult(result);
}

void ScoreController::showRegionScores(const QRect &part, bool selected, const compare::PictureScoreReport &scores)
{
    const compare::RegionScores region = compare::regionScores(rectOf(part), scores);
    m_parts.readouts->setRegionScores(part, region.fp32, region.quantized, selected);
    m_parts.readouts->setRegionPending(m_regionTurn.isActive());
}

void ScoreController::setRegionWanted(bool wanted)
{
    if (wanted == m_regionWanted)
        return;
    m_regionWanted = wanted;
    m_wantedBySelection = false;
    m_parts.readouts->setRegionWanted(wanted);
    if (wanted)
        scoreRegion();
    else if (m_part != 0)
        m_parts.engine->cancel(std::exchange(m_part, 0));
    emit regionWantedChanged(wanted);
}

void ScoreController::setVisibleRegion(const QRect &outputPixels)
{
    m_visible = outputPixels;
    if (!m_regionWanted || !m_selected.isEmpty())
        return;
    m_parts.readouts->setRegionPending(true);
    m_regionTurn.start();
}

void ScoreController::setSelectedRegion(const QRect &outputPixels)
{
    if (outputPixels == m_selected)
        return;
    m_selected = outputPixels;
    m_parts.readouts->setRegionSelected(!m_selected.isEmpty());
    if (m_selected.isEmpty() && m_wantedBySelection) {
        setRegionWanted(false);
    } else if (m_regionWanted) {
        m_parts.readouts->setRegionPending(true);
        m_regionTurn.start();
    } else if (!m_selected.isEmpty()) {
        setRegionWanted(true);
        m_wantedBySelection = true;
    }
}

QRect ScoreController::scoredPart() const
{
    if (!m_regionWanted)
        return {};
    const image::Size size = m_parts.session->outputSize();
    const QRect whole(0, 0, size.width, size.height);
    const QRect wanted = m_selected.isEmpty() ? m_visible : m_selected;
    return wanted.isEmpty() ? whole : wanted.intersected(whole);
}

void ScoreController::scoreRegion()
{
    const Session *session = m_parts.session;
    if (!m_regionWanted || !session->result() || !session->isResultCurrent() || m_parts.comparisons->isBusy()
        || session->result()->fp32.isNull() || session->result()->quantized.isNull() || m_whole != 0)
        return;
    const QRect part = scoredPart();
    if (part.isEmpty())
        return;
    if (m_part != 0)
        m_parts.engine->cancel(m_part);
    m_parts.readouts->setRegionPending(true);
    m_part = requestScores(part);
}

} // namespace bitlens::app
