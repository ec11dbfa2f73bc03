// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/tunecontroller.h"

#include "app/gui/filecontroller.h"
#include "app/gui/kepttunings.h"
#include "app/gui/session.h"
#include "app/gui/tunerun.h"
#include "engine/base/file.h"
#include "ui/messagebar.h"

#include <QDateTime>
#include <QFileDialog>
#include <QFileInfo>
#include <QLocale>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QTimer>

#include <optional>

namespace bitlens::app {

using State = ui::TunePanel::State;

namespace {

/// After the last change of the folder's name, before it is looked at.
constexpr int kLookDelayMs = 250;

const QString kFolderKey = QStringLiteral("tune/photos");
const QString kMinutesKey = QStringLiteral("tune/minutes");

ui::TunePanel::Point pointOf(const train::TuneStatus &status)
{
    return {status.step, status.steps,  status.loss,    status.psnr,
            status.best, status.before, status.seconds, QString::fromStdString(train::tunePhaseName(status.phase))};
}

QString describe(const KeptTunings::Kept &kept)
{
    const QString when = QLocale().toString(QDateTime::fromSecsSinceEpoch(kept.when), QLocale::ShortFormat);
    if (kept.step < 0)
        return TuneController::tr("An earlier run with these settings is kept, of %1.").arg(when);
    if (kept.steps <= 0)
        return TuneController::tr("An earlier run with these settings is kept: step %1, of %2.")
            .arg(kept.step)
            .arg(when);
    return TuneController::tr("An earlier run with these settings is kept: step %1 of %2, of %3.")
        .arg(kept.step)
        .arg(kept.steps)
        .arg(when);
}

} // namespace

TuneController::TuneController(const Parts &parts, QObject *parent)
    : QObject(parent), m_parts(parts), m_keep(std::make_shared<KeptTunings>())
{
    parts.panel->setPhotoFolder(parts.settings->value(kFolderKey).toString());
    if (const double minutes = parts.settings->value(kMinutesKey).toDouble(); minutes > 0.0)
        parts.panel->setMinutes(minutes);
    const ui::TunePanel *panel = parts.panel;
    connect(panel, &ui::TunePanel::folderRequested, this, &TuneController::chooseFolder);
    connect(panel, &ui::TunePanel::startRequested, this, &TuneController::start);
    connect(panel, &ui::TunePanel::startAnewRequested, this, &TuneController::startAnew);
    connect(panel, &ui::TunePanel::pauseRequested, this, &TuneController::pause);
    connect(panel, &ui::TunePanel::stopRequested, this, &TuneController::stop);
    connect(panel, &ui::TunePanel::useRequested, this, &TuneController::useResult);
    connect(panel, &ui::TunePanel::saveRequested, this, &TuneController::showSaveDialog);
    auto *delay = new QTimer(this);
    delay->setSingleShot(true);
    delay->setInterval(kLookDelayMs);
    connect(delay, &QTimer::timeout, this, &TuneController::lookForKept);
    connect(panel, &ui::TunePanel::photoFolderChanged, delay, [this, delay] {
        m_parts.panel->setKept({});
        delay->start();
    });
    connect(parts.session, &Session::modelChanged, this, &TuneController::updateSubject);
    connect(parts.session, &Session::planChanged, this, &TuneController::updateSubject);

    const EngineThread *engine = parts.engine;
    connect(engine, &EngineThread::progressed, this, [this](RequestId id, double fraction, const QString &what) {
        if (id == m_request && id != 0)
            m_parts.panel->setProgress(fraction, what);
    });
    connect(engine, &EngineThread::requestFinished, this, &TuneController::takeEnd);
    connect(engine, &EngineThread::requestFailed, this, &TuneController::takeFailure);
    connect(engine, &EngineThread::requestCancelled, this, [this](RequestId id) {
        if (id != m_request || id == 0)
            return;
        m_request = 0;
        forgetRun();
        m_parts.panel->setState(State::Idle);
        updateSubject();
        closeIfAgreed();
    });
    updateSubject();
}

TuneController::~TuneController()
{
    if (m_run)
        m_run->stop();
}

bool TuneController::isTraining() const
{
    const State state = m_parts.panel->state();
    return m_request != 0 && (state == State::Running || state == State::Pausing);
}

void TuneController::forgetRun()
{
    m_run.reset();
    m_result = {};
    m_failure.reset();
}

void TuneController::updateSubject()
{
    ui::TunePanel *panel = m_parts.panel;
    const Session *session = m_parts.session;
    if (panel->state() != State::Idle && panel->state() != State::Unavailable && panel->state() != State::Finished)
        return; // what runs is what it says
    if (!session->hasModel()) {
        panel->setSubject({});
        panel->setState(State::Unavailable, tr("Open a model first."));
        return;
    }
    panel->setSubject(tr("%1, plan %2").arg(session->model().name, session->planName()));
    const bool isTuned = session->model().packed && session->model().packed->plan == session->plan();
    if (session->plan().isAllFloat())
        panel->setState(State::Unavailable, tr("The plan leaves everything in FP32: there is nothing to tune."));
    else if (session->model().packed && session->model().generator->storage == model::WeightStorage::Quantized)
        panel->setState(State::Unavailable, tr("This file is quantized already. Tuning learns from the FP32 model."));
    else if (panel->state() == State::Unavailable)
        panel->setState(State::Idle, isTuned ? tr("This is the tuned model.") : QString());
    lookForKept();
}

/// Whether a run with these settings can go on.
void TuneController::lookForKept()
{
    ui::TunePanel *panel = m_parts.panel;
    const Session *session = m_parts.session;
    const bool rests = panel->state() == State::Idle || panel->state() == State::Finished;
    panel->setKept({});
    if (!rests || !session->hasModel() || panel->photoFolder().isEmpty())
        return;
    EngineTask task;
    task.lane = Lane::Files;
    task.topic = QStringLiteral("kept tuning");
    task.background = true;
    const TuneSettings settings{session->model().generator, session->plan(), panel->photoFolder().toStdString()};
    task.work = [this, settings, keep = m_keep](TaskContext &, const base::Job &job) -> RequestQueue::Delivery {
        const auto kept = KeptTunings::find(keep->folderOf(settings, job.cancel));
        return [this, settings, kept] {
            const Session *now = m_parts.session;
            if (kept && now->hasModel() && now->model().generator == settings.generator && now->plan() == settings.plan
                && m_parts.panel->photoFolder().toStdString() == settings.photos)
                m_parts.panel->setKept(describe(*kept));
        };
    };
    m_parts.engine->requestTask(std::move(task));
}

void TuneController::chooseFolder()
{
    auto *dialog = new QFileDialog(m_parts.window, tr("Photographs to learn from"), m_parts.files->folder());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, m_parts.panel, &ui::TunePanel::setPhotoFolder);
    dialog->open();
}

void TuneController::start()
{
    if (m_request == 0 && m_parts.panel->state() == State::Paused && m_run)
        request();
    else
        begin(false);
}

void TuneController::startAnew() { begin(true); }

void TuneController::begin(bool fresh)
{
    const Session *session = m_parts.session;
    const ui::TunePanel *panel = m_parts.panel;
    if (m_request != 0 || !session->hasModel() || session->plan().isAllFloat() || panel->photoFolder().isEmpty())
        return;
    m_parts.settings->setValue(kFolderKey, panel->photoFolder());
    m_parts.settings->setValue(kMinutesKey, panel->minutes());
    forgetRun();
    m_run = std::make_shared<TuneRun>(session->model(), session->plan(), panel->photoFolder().toStdString(),
                                      panel->minutes(), m_keep, fresh);
    m_parts.panel->clearCourse();
    request();
}

void TuneController::request()
{
    m_pausing = false;
    m_run->renew();
    EngineTask task;
    task.lane = Lane::Analysis;
    task.file = QString::fromStdString(m_run->photos());
    task.work = [this, run = m_run](TaskContext &context, const base::Job &job) -> RequestQueue::Delivery {
        const auto publish = [&](const QList<ui::TunePanel::Point> &points, const TuneRun::Beginning &pictures) {
            context.publish([this, run, points, pictures] {
                if (run != m_run)
                    return;
                if (m_parts.panel->state() == State::Preparing)
                    m_parts.panel->setState(State::Running);
                for (const ui::TunePanel::Point &point : points)
                    m_parts.panel->addPoint(point);
                m_parts.panel->setPreview(pictures.fp32, pictures.before, pictures.best);
            });
        };
        if (!run->isPrepared()) {
            run->prepare(context.pool.threads(), job);
            const TuneRun::Beginning beginning = run->beginning();
            QList<ui::TunePanel::Point> points;
            for (const train::TuneStatus &status : beginning.course)
                points << pointOf(status);
            publish(points, beginning);
        }
        const TuneRun::End end = run->train(job, [&](const train::TuneStatus &status, const QImage &best) {
            publish({pointOf(status)}, {{}, {}, {}, best});
        });
        return [this, run, end] {
            if (run == m_run)
                takeResult(end);
        };
    };
    m_request = m_parts.engine->requestTask(std::move(task));
    m_parts.panel->setState(m_run->isPrepared() ? State::Running : State::Preparing);
}

void TuneController::pause()
{
    if (m_request == 0 || m_parts.panel->state() != State::Running)
        return;
    m_pausing = true;
    m_parts.panel->setState(State::Pausing, tr("Pausing after this step…"));
    m_run->stop();
}

void TuneController::stop()
{
    const State state = m_parts.panel->state();
    if (state == State::Paused) {
        m_run->letGo();
        m_parts.panel->setState(State::Finished, tr("Stopped."));
        updateSubject();
    } else if (state == State::Preparing) {
        m_parts.engine->cancel(m_request); // there is nothing to keep yet
    } else if (m_request != 0) {
        m_pausing = false;
        m_parts.panel->setState(State::Pausing, tr("Stopping after this step…"));
        m_run->stop();
    }
}

void TuneController::takeResult(const TuneRun::End &end)
{
    m_result = end.result;
    m_failure = end.failure;
}

QString TuneController::endText() const
{
    using End = train::TuneResult::End;
    QString text;
    if (m_failure && m_result.bestStep > 0)
        text = tr("Tuning failed: %1. The best so far was kept; it is of step %2.")
                   .arg(m_failure->message())
                   .arg(m_result.bestStep);
    else if (m_failure)
        text = tr("Tuning failed: %1").arg(m_failure->message());
    else if (m_result.end == End::NotFinite)
        text = QString::fromStdString(m_result.message);
    else if (m_result.bestStep == 0)
        text = tr("Nothing better than the start was found in %1 steps.").arg(m_result.steps);
    else
        text = m_result.end == End::Cancelled ? tr("Stopped; the best was found at step %1.").arg(m_result.bestStep)
                                              : tr("Done; the best was found at step %1.").arg(m_result.bestStep);
    const std::vector<std::string> &skipped = m_run->skipped();
    if (skipped.empty())
        return text;
    const QString first = QString::fromStdString(skipped.front());
    // The words of the source are shown where there is no translation, so one has words of its own.
    const QString left =
        skipped.size() == 1
            ? tr("One file could not be used: %1").arg(first)
            : tr("%n files could not be used, the first: %1", nullptr, static_cast<int>(skipped.size())).arg(first);
    return text + QLatin1Char(' ') + left;
}

void TuneController::takeEnd(RequestId id)
{
    if (id != m_request || id == 0)
        return;
    m_request = 0;
    const bool isCancelled = !m_failure && m_result.end == train::TuneResult::End::Cancelled;
    if (isCancelled && m_pausing) {
        m_parts.panel->setState(State::Paused, tr("Paused at step %1.").arg(m_result.steps));
    } else {
        m_run->letGo();
        const QString text = endText();
        if (m_failure)
            m_parts.messages->postError(text);
        else if (m_result.end == train::TuneResult::End::NotFinite)
            m_parts.messages->postWarning(text);
        m_parts.panel->setState(State::Finished, text);
        updateSubject();
    }
    closeIfAgreed();
}

void TuneController::takeFailure(RequestId id, const Failure &failure)
{
    if (id != m_request || id == 0)
        return;
    m_request = 0;
    forgetRun(); // it failed before its first step
    m_parts.messages->postError(tr("Tuning failed: %1").arg(failure.message()));
    m_parts.panel->setState(State::Idle, failure.message());
    updateSubject();
    closeIfAgreed();
}

void TuneController::askToClose()
{
    if (m_closing)
        return; // it is stopping
    if (m_question) {
        m_question->raise();
        return;
    }
    m_question = new QMessageBox(QMessageBox::Question, tr("Stop tuning?"), tr("The model is still being tuned."),
                                 QMessageBox::NoButton, m_parts.window);
    m_question->setObjectName(QStringLiteral("tuneCloseQuestion"));
    m_question->setAttribute(Qt::WA_DeleteOnClose);
    m_question->setInformativeText(tr("What was reached is kept, and can go on with the same model, plan and "
                                      "photographs."));
    m_question->setDefaultButton(m_question->addButton(tr("Stop and close"), QMessageBox::AcceptRole));
    m_question->setEscapeButton(m_question->addButton(tr("Go on tuning"), QMessageBox::RejectRole));
    connect(m_question, &QMessageBox::accepted, this, [this] {
        m_closing = true;
        if (isTraining())
            stop();
        else
            closeIfAgreed();
    });
    m_question->open();
}

void TuneController::closeIfAgreed()
{
    if (!m_closing || m_request != 0)
        return;
    m_closing = false;
    emit closeAgreed();
}

void TuneController::useResult()
{
    if (!m_run || !m_result.model || m_request != 0)
        return;
    if (m_parts.session->model().generator == m_run->model().generator) {
        m_parts.session->editSetting({m_result.model, {}, m_run->plan(), {}}, tr("use tuned model"));
        return;
    }
    OpenedModel tuned = m_run->model();
    tuned.plan = m_run->plan();
    tuned.packed = m_result.model;
    tuned.tunedFile.clear(); // the file of what it was before
    m_parts.session->setModel(tuned);
}

void TuneController::showSaveDialog()
{
    if (!m_run || !m_result.model)
        return;
    auto *dialog = new QFileDialog(m_parts.window, tr("Save tuned model"),
                                   QStringLiteral("%1/%2-tuned.safetensors")
                                       .arg(m_parts.files->folder(), QFileInfo(m_run->model().name).completeBaseName()),
                                   tr("Packed models (*.safetensors)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("safetensors"));
    connect(dialog, &QFileDialog::fileSelected, this, &TuneController::save);
    dialog->open();
}

void TuneController::save(const QString &path)
{
    if (!m_run || !m_result.model)
        return;
    using End = train::TuneResult::End;
    const bool isOver = !m_failure && (m_result.end == End::Finished || m_result.end == End::TimeUp);
    const std::string source = m_run->model().generator->source;
    const std::string kept = isOver ? m_run->folder() : std::string();
    EngineTask task;
    task.lane = Lane::Files;
    task.writes = true;
    task.file = path;
    task.work = [this, path, source, kept, model = m_result.model](TaskContext &,
                                                                   const base::Job &) -> RequestQueue::Delivery {
        if (base::isSameFile(source, path.toStdString()))
            throw base::Error(base::ErrorCode::InvalidArgument, path.toStdString(),
                              "is the model's own file; it is not overwritten");
        quant::writePacked(*model, path.toStdString());
        try {
            if (!kept.empty()) {
                const base::FileLock alone = KeptTunings::lock(kept);
                KeptTunings::remove(kept); // there is nothing to go on with
            }
        } catch (const base::Error &) {
            // It takes up room until newer ones come, or another window has begun with it.
        }
        return [this, path] {
            m_parts.messages->postInfo(tr("Saved %1").arg(path));
            lookForKept();
        };
    };
    const RequestId id = m_parts.engine->requestTask(std::move(task));
    connect(m_parts.engine, &EngineThread::requestFailed, this, [this, id](RequestId failed, const Failure &failure) {
        if (failed == id)
            m_parts.messages->postError(tr("Not saved: %1").arg(failure.message()));
    });
}

} // namespace bitlens::app
