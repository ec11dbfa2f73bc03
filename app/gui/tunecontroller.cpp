// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/tunecontroller.h"

#include "app/gui/filecontroller.h"
#include "app/gui/session.h"
#include "engine/base/file.h"
#include "engine/compare/photocalibration.h"
#include "engine/image/codec.h"
#include "engine/run/floatrunner.h"
#include "engine/run/integerrunner.h"
#include "engine/train/channelscales.h"
#include "engine/train/tuner.h"
#include "ui/imageconvert.h"
#include "ui/messagebar.h"

#include <QFileDialog>
#include <QFileInfo>

#include <optional>

namespace bitlens::app {

using State = ui::TunePanel::State;

namespace {

/// Of the work before the first step.
constexpr double kReadingShare = 0.6;
constexpr double kHeldOutShare = 0.7;
/// Smaller photographs than the usual crops are of use as well.
constexpr int kSmallestCrop = 16;

QImage pictureOf(const image::Planes &planes) { return ui::toQImage(image::fromPlanes(planes)); }

} // namespace

/// What one run of tuning needs, made and used on the analysis thread; the window asks for its end through `stop`.
struct TuneController::Run {
    OpenedModel model;
    quant::BitPlan plan;
    std::string photosFolder;
    train::TuneOptions options;

    base::CancelToken stop; ///< renewed whenever it goes on
    std::unique_ptr<base::ThreadPool> pool;
    std::optional<train::PhotoSet> photos;
    std::unique_ptr<train::HeldOut> heldOut;
    quant::QuantizedModelPtr start;
    std::unique_ptr<train::Tuner> tuner;
    double shown = 0.0; ///< PSNR of the preview

    train::TuneResult result; ///< delivered to the GUI thread

    void prepare(const base::Job &job);
    image::Planes preview(const quant::QuantizedModelPtr &quantized) const
    {
        return run::IntegerRunner(quantized, *pool).run(heldOut->pictures().front(), {});
    }
};

void TuneController::Run::prepare(const base::Job &job)
{
    const model::GeneratorPtr &generator = model.generator;
    options.batch = train::TuneOptions::batchFor(*generator);
    photos = train::PhotoSet::load(photosFolder, generator->scale, kSmallestCrop * generator->scale,
                                   job.part(0.0, kReadingShare));
    const int multiple = generator->scale * generator->inputUnshuffle;
    options.batch.side = std::min(options.batch.side, photos->smallestSide() / multiple * multiple);
    heldOut = std::make_unique<train::HeldOut>(generator, *photos, train::HeldOut::Shape(), options.seed, *pool,
                                               job.part(kReadingShare, kHeldOutShare));
    const auto calibration = compare::calibrateOnPhotos(*photos, generator, *pool, job.part(kHeldOutShare, 1.0));
    start = quant::quantize(generator, plan,
                            train::withBestChannelScales(generator, plan, *calibration, *heldOut, job.cancel));
    tuner = std::make_unique<train::Tuner>(start, *photos, *heldOut, options, *pool);
}

TuneController::TuneController(const Parts &parts, QObject *parent) : QObject(parent), m_parts(parts)
{
    const ui::TunePanel *panel = parts.panel;
    connect(panel, &ui::TunePanel::folderRequested, this, &TuneController::chooseFolder);
    connect(panel, &ui::TunePanel::startRequested, this, &TuneController::start);
    connect(panel, &ui::TunePanel::pauseRequested, this, &TuneController::pause);
    connect(panel, &ui::TunePanel::stopRequested, this, &TuneController::stop);
    connect(panel, &ui::TunePanel::useRequested, this, &TuneController::useResult);
    connect(panel, &ui::TunePanel::saveRequested, this, &TuneController::showSaveDialog);
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
        m_run.reset();
        m_parts.panel->setState(State::Idle);
        updateSubject();
    });
    updateSubject();
}

TuneController::~TuneController()
{
    if (m_run)
        m_run->stop.cancel();
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
    if (m_request != 0)
        return;
    if (m_parts.panel->state() == State::Paused && m_run) {
        request();
        return;
    }
    const Session *session = m_parts.session;
    if (!session->hasModel() || session->plan().isAllFloat() || m_parts.panel->photoFolder().isEmpty())
        return;
    m_run = std::make_shared<Run>();
    m_run->model = session->model();
    m_run->plan = session->plan();
    m_run->photosFolder = m_parts.panel->photoFolder().toStdString();
    m_run->options.minutes = m_parts.panel->minutes();
    m_parts.panel->clearCourse();
    request();
}

void TuneController::request()
{
    m_pausing = false;
    m_run->stop = base::CancelToken();
    EngineTask task;
    task.lane = Lane::Analysis;
    task.file = QString::fromStdString(m_run->photosFolder);
    task.work = [this, run = m_run](TaskContext &context, const base::Job &job) -> RequestQueue::Delivery {
        if (!run->tuner) {
            run->pool = std::make_unique<base::ThreadPool>(context.pool.threads());
            run->prepare(job);
        }
        const base::CancelToken stop = run->stop;
        const base::Job training{stop, [&](double fraction, const std::string &what) {
                                     if (job.cancel.isCancelled())
                                         stop.cancel();
                                     job.report(fraction, what);
                                 }};
        const train::TuneResult result = run->tuner->run(training, [&](const train::TuneStatus &status) {
            ui::TunePanel::Point point{status.step, status.steps,  status.loss,    status.psnr,
                                       status.best, status.before, status.seconds, {}};
            point.phase = QString::fromStdString(train::tunePhaseName(status.phase));
            QImage fp32;
            QImage before;
            QImage after;
            if (status.step == 0) {
                fp32 = pictureOf(run::FloatRunner(run->model.generator, context.pool.threads())
                                     .run(run->heldOut->pictures().front(), {}));
                before = after = pictureOf(run->preview(run->start));
            } else if (status.best > run->shown) {
                after = pictureOf(run->preview(run->tuner->best().model));
            }
            run->shown = status.best;
            context.publish([this, run, point, fp32, before, after] {
                if (run != m_run)
                    return;
                takeStatus(point);
                m_parts.panel->setPreview(fp32, before, after);
            });
        });
        job.cancel.throwIfCancelled();
        return [run, result] { run->result = result; };
    };
    m_request = m_parts.engine->requestTask(std::move(task));
    m_parts.panel->setState(m_run->tuner ? State::Running : State::Preparing);
}

void TuneController::takeStatus(const ui::TunePanel::Point &point)
{
    if (m_parts.panel->state() == State::Preparing)
        m_parts.panel->setState(State::Running);
    m_parts.panel->addPoint(point);
}

void TuneController::pause()
{
    if (m_request == 0 || m_parts.panel->state() != State::Running)
        return;
    m_pausing = true;
    m_parts.panel->setState(State::Pausing, tr("Pausing after this step…"));
    m_run->stop.cancel();
}

void TuneController::stop()
{
    const State state = m_parts.panel->state();
    if (state == State::Paused) {
        m_parts.panel->setState(State::Finished, tr("Stopped."));
        updateSubject();
    } else if (state == State::Preparing) {
        m_parts.engine->cancel(m_request); // there is nothing to keep yet
    } else if (m_request != 0) {
        m_pausing = false;
        m_parts.panel->setState(State::Pausing, tr("Stopping after this step…"));
        m_run->stop.cancel();
    }
}

void TuneController::takeEnd(RequestId id)
{
    if (id != m_request || id == 0)
        return;
    m_request = 0;
    const train::TuneResult &result = m_run->result;
    const bool isCancelled = result.end == train::TuneResult::End::Cancelled;
    if (isCancelled && m_pausing) {
        m_parts.panel->setState(State::Paused, tr("Paused at step %1.").arg(result.steps));
        return;
    }
    QString text;
    if (result.end == train::TuneResult::End::NotFinite)
        text = QString::fromStdString(result.message);
    else if (result.bestStep == 0)
        text = tr("Nothing better than the start was found in %1 steps.").arg(result.steps);
    else
        text = isCancelled ? tr("Stopped; the best was found at step %1.").arg(result.bestStep)
                           : tr("Done; the best was found at step %1.").arg(result.bestStep);
    const std::size_t skipped = m_run->photos->skipped().size();
    if (skipped > 0)
        text += QLatin1Char(' ')
                + tr("%n file(s) could not be used, the first: %1", nullptr, static_cast<int>(skipped))
                      .arg(QString::fromStdString(m_run->photos->skipped().front()));
    if (result.end == train::TuneResult::End::NotFinite)
        m_parts.messages->postWarning(text);
    m_parts.panel->setState(State::Finished, text);
    updateSubject();
}

void TuneController::takeFailure(RequestId id, const Failure &failure)
{
    if (id != m_request || id == 0)
        return;
    m_request = 0;
    m_run.reset();
    m_parts.messages->postError(tr("Tuning failed: %1").arg(failure.message()));
    m_parts.panel->setState(State::Idle, failure.message());
    updateSubject();
}

void TuneController::useResult()
{
    if (!m_run || !m_run->result.model || m_request != 0)
        return;
    OpenedModel tuned = m_run->model;
    tuned.plan = m_run->plan;
    tuned.packed = m_run->result.model;
    m_parts.session->setModel(tuned);
}

void TuneController::showSaveDialog()
{
    if (!m_run || !m_run->result.model)
        return;
    auto *dialog = new QFileDialog(m_parts.window, tr("Save tuned model"),
                                   QStringLiteral("%1/%2-tuned.safetensors")
                                       .arg(m_parts.files->folder(), QFileInfo(m_run->model.name).completeBaseName()),
                                   tr("Packed models (*.safetensors)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("safetensors"));
    connect(dialog, &QFileDialog::fileSelected, this, &TuneController::save);
    dialog->open();
}

void TuneController::save(const QString &path)
{
    if (!m_run || !m_run->result.model)
        return;
    const std::string source = m_run->model.generator->source;
    EngineTask task;
    task.lane = Lane::Files;
    task.file = path;
    task.work = [this, path, source, model = m_run->result.model](TaskContext &,
                                                                  const base::Job &) -> RequestQueue::Delivery {
        if (base::isSameFile(source, path.toStdString()))
            throw base::Error(base::ErrorCode::InvalidArgument, path.toStdString(),
                              "is the model's own file; it is not overwritten");
        quant::writePacked(*model, path.toStdString());
        return [this, path] { m_parts.messages->postInfo(tr("Saved %1").arg(path)); };
    };
    const RequestId id = m_parts.engine->requestTask(std::move(task));
    connect(m_parts.engine, &EngineThread::requestFailed, this, [this, id](RequestId failed, const Failure &failure) {
        if (failed == id)
            m_parts.messages->postError(tr("Not saved: %1").arg(failure.message()));
    });
}

} // namespace bitlens::app
