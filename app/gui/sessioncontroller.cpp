// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/sessioncontroller.h"

#include "app/gui/filecontroller.h"
#include "app/gui/session.h"
#include "app/gui/triedplans.h"
#include "app/gui/tunedfiles.h"
#include "engine/base/file.h"
#include "engine/image/codec.h"
#include "engine/model/catalogue.h"
#include "ui/messagebar.h"
#include "ui/views/compareview.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTimer>

#include <utility>

namespace bitlens::app {

namespace {

/// Tried plans may be many; a session is still a small file.
constexpr std::size_t kLongestSessionFile = std::size_t(64) << 20;

bool isFile(const QString &path) { return QFileInfo(path).isFile(); }

} // namespace

/// A session file that was read, and what became of the files it names.
struct SessionController::Loaded {
    QString path;
    SessionFile session; ///< with paths as they are now; those of missing files are empty
    QStringList missing;
    QStringList changed;
    QString missingTuned; ///< the tuned model, when it is one of those
    QString inPlace;      ///< the tuned model that is opened where the model itself is missing
};

SessionController::SessionController(const Parts &parts, QObject *parent) : QObject(parent), m_parts(parts)
{
    const Session *session = parts.session;
    connect(session, &Session::inputChanged, this, &SessionController::takeInput);
    connect(session, &Session::modelChanged, this, &SessionController::takeModel);
    connect(session, &Session::referenceChanged, this, [this] {
        hash(m_parts.session->reference().path);
        emit changed();
    });
    connect(session, &Session::tunedFileChanged, this, &SessionController::takeTunedFile);
    connect(session, &Session::planChanged, this, &SessionController::changed);
    connect(session, &Session::rangesChanged, this, &SessionController::changed);
    const TriedPlans *tried = session->triedPlans();
    connect(tried, &TriedPlans::rowsInserted, this, &SessionController::changed);
    connect(tried, &TriedPlans::dataChanged, this, &SessionController::changed);
    const ui::CompareView *view = parts.view;
    connect(view, &ui::CompareView::modeChanged, this, &SessionController::changed);
    connect(view, &ui::CompareView::dividerMoved, this, &SessionController::changed);
    connect(view, &ui::CompareView::zoomChanged, this, &SessionController::changed);
    connect(view, &ui::CompareView::visibleRegionChanged, this, &SessionController::changed);
    connect(view, &ui::CompareView::sidePanesChanged, this, &SessionController::changed);
    connect(view, &ui::CompareView::differenceGainChanged, this, &SessionController::changed);
    connect(view, &ui::CompareView::falseColourChanged, this, &SessionController::changed);
    connect(parts.files, &FileController::openingEnded, this, [this] {
        // What has not come by now has failed, which was said.
        finishPart(&m_modelPending);
        finishPart(&m_picturePending);
        emit changed();
    });

    const EngineThread *engine = parts.engine;
    connect(engine, &EngineThread::requestFailed, this, [this](RequestId id, const Failure &failure) {
        if (id != 0 && (id == m_load || id == m_save)) {
            (id == m_load ? m_load : m_save) = 0;
            m_parts.messages->postError(failure.message());
        } else if (id != 0 && id == m_keepTuned) {
            m_keepTuned = 0;
            m_parts.messages->postWarning(
                tr("The tuned model is not kept for the next start; save it or the session. %1")
                    .arg(failure.message()));
        }
    });
    connect(engine, &EngineThread::requestCancelled, this, [this](RequestId id) {
        if (id != 0 && id == m_load)
            m_load = 0;
    });
}

bool SessionController::isWorthKeeping() const
{
    Session *session = m_parts.session;
    return session->hasInput() || session->undoStack()->count() > 0 || session->model().isTuned();
}

SessionFile SessionController::capture() const
{
    const Session *session = m_parts.session;
    const ui::CompareView *view = m_parts.view;
    SessionFile file;
    const auto reference = [this](const QString &path) { return SessionReference{path, {}, hashOf(path)}; };
    file.picture = reference(session->input().path.isEmpty() ? m_keptPicture : session->input().path);
    file.reference = reference(session->reference().path);
    if (session->hasModel()) {
        file.model = reference(session->model().argument);
        if (session->model().isTuned())
            file.tuned = reference(session->model().tunedFile);
        file.plan =
            QJsonDocument::fromJson(QByteArray::fromStdString(session->plan().toJson(*session->model().generator)))
                .object();
        file.ranges = session->chosenRanges();
    }
    file.view = viewChoicesOf(*view);
    if (view->hasCanvas() && !view->isFitted()) {
        file.zoom = view->zoom();
        file.centre = view->centre();
    }
    file.triedPlans = session->triedPlans()->toJson();
    return file;
}

void SessionController::hash(const QString &path)
{
    if (path.isEmpty() || m_hashes.contains(path))
        return;
    EngineTask task;
    task.lane = Lane::Files;
    task.background = true;
    task.work = [this, path](TaskContext &, const base::Job &) -> RequestQueue::Delivery {
        const QString sha256 = isFile(path) ? sha256OfFile(path) : QString();
        return [this, path, sha256] {
            if (sha256.isEmpty())
                return;
            m_hashes.insert(path, sha256);
            emit changed();
        };
    };
    m_parts.engine->requestTask(std::move(task));
}

void SessionController::keepPicture()
{
    const image::Image picture = m_parts.session->input().picture;
    const QString path =
        QDir(m_keepFolder)
            .filePath(QStringLiteral("pasted-%1.png")
                          .arg(QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd-HHmmsszzz"))));
    EngineTask task;
    task.lane = Lane::Files;
    task.topic = QStringLiteral("pasted picture");
    task.file = path;
    task.writes = true;
    task.background = true;
    task.work = [this, picture, path](TaskContext &, const base::Job &) -> RequestQueue::Delivery {
        image::writeImage(picture, path.toStdString());
        return [this, picture, path] {
            if (m_parts.session->input().picture.bytes() != picture.bytes()) {
                QFile::remove(path);
                return;
            }
            m_keptPicture = path;
            emit changed();
        };
    };
    m_parts.engine->requestTask(std::move(task));
}

void SessionController::keepTuned()
{
    const quant::QuantizedModelPtr tuned = m_parts.session->model().packed;
    EngineTask task;
    task.lane = Lane::Files;
    task.topic = QStringLiteral("tuned model");
    task.file = m_keepFolder;
    task.writes = true;
    task.background = true;
    task.work = [this, tuned, folder = m_keepFolder](TaskContext &, const base::Job &) -> RequestQueue::Delivery {
        const QString path = TunedFiles::keep(*tuned, folder, TunedFiles::ownStem());
        return [this, tuned, path] {
            m_keepTuned = 0;
            if (m_parts.session->model().packed == tuned)
                m_parts.session->setTunedFile(path);
        };
    };
    m_keepTuned = m_parts.engine->requestTask(std::move(task));
}

void SessionController::takeTunedFile()
{
    hash(m_parts.session->model().tunedFile);
    emit changed();
}

void SessionController::showSaveDialog()
{
    const QString name = QFileInfo(m_parts.session->input().name).completeBaseName();
    auto *dialog = new QFileDialog(m_parts.window, tr("Save the session"), m_parts.files->folder());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({tr("Sessions (*.%1)").arg(QLatin1String(kSessionSuffix))});
    dialog->setDefaultSuffix(QLatin1String(kSessionSuffix));
    dialog->selectFile((name.isEmpty() ? tr("session") : name) + QLatin1Char('.') + QLatin1String(kSessionSuffix));
    connect(dialog, &QFileDialog::fileSelected, this, &SessionController::save);
    dialog->open();
}

void SessionController::save(const QString &path)
{
    const Session *session = m_parts.session;
    if (session->hasInput() && session->input().path.isEmpty())
        m_parts.messages->postWarning(
            tr("%1 came without a file: the session keeps the plan, but not this picture").arg(session->input().name));
    SessionFile file = capture();
    file.picture = {session->input().path, {}, hashOf(session->input().path)};
    file.makeRelativeTo(QFileInfo(path).absolutePath());
    EngineTask task;
    task.lane = Lane::Files;
    task.writes = true;
    task.file = path;
    std::vector<std::string> inputs;
    for (const QString &input : {session->input().path, session->reference().path, session->model().argument})
        if (!input.isEmpty())
            inputs.push_back(input.toStdString());
    const QString tunedStem = QFileInfo(session->model().name).completeBaseName() + QStringLiteral("-tuned");
    task.work = [this, path, file, inputs, tunedStem,
                 tuned = session->model().isTuned() ? session->model().packed : nullptr](
                    TaskContext &, const base::Job &job) mutable -> RequestQueue::Delivery {
        for (SessionReference *reference : {&file.picture, &file.reference, &file.model})
            if (reference->sha256.isEmpty() && isFile(reference->path))
                reference->sha256 = sha256OfFile(reference->path);
        job.cancel.throwIfCancelled();
        base::refuseInput(path.toStdString(), inputs);
        QString beside;
        if (tuned) {
            const QString folder = QFileInfo(path).absolutePath();
            beside = TunedFiles::keep(*tuned, folder, tunedStem);
            file.tuned = {beside, {}, sha256OfFile(beside)};
            file.makeRelativeTo(folder);
        }
        base::writeFileAtomically(path.toStdString(), file.toJson().toStdString());
        return [this, path, beside] {
            m_save = 0;
            const QString name = QDir::toNativeSeparators(path);
            m_parts.messages->postInfo(
                beside.isEmpty()
                    ? tr("Saved %1").arg(name)
                    : tr("Saved %1, and beside it the tuned model %2").arg(name, QFileInfo(beside).fileName()));
            emit saved(path);
        };
    };
    m_save = m_parts.engine->requestTask(std::move(task));
}

void SessionController::open(const QString &path)
{
    EngineTask task;
    task.lane = Lane::Files;
    task.topic = QStringLiteral("session");
    task.file = path;
    task.work = [this, path](TaskContext &, const base::Job &job) -> RequestQueue::Delivery {
        const std::vector<std::uint8_t> bytes = base::readFile(path.toStdString(), kLongestSessionFile);
        const QByteArray json(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size()));
        Loaded loaded{path, SessionFile::fromJson(json, path), {}, {}, {}, {}};
        const QString folder = QFileInfo(path).absolutePath();
        for (SessionReference *reference :
             {&loaded.session.picture, &loaded.session.reference, &loaded.session.model, &loaded.session.tuned}) {
            job.cancel.throwIfCancelled();
            if (reference->path.isEmpty() || model::findCatalogueModel(reference->path.toStdString()))
                continue;
            const QString found = SessionFile::resolved(*reference, folder);
            if (!isFile(found) && reference == &loaded.session.tuned)
                loaded.missingTuned = std::exchange(reference->path, {});
            else if (!isFile(found))
                loaded.missing << std::exchange(reference->path, {});
            else if (!reference->sha256.isEmpty() && sha256OfFile(found) != reference->sha256)
                loaded.changed << found;
            if (!reference->path.isEmpty())
                reference->path = found;
        }
        if (loaded.session.model.path.isEmpty() && !loaded.session.tuned.path.isEmpty())
            loaded.inPlace = loaded.session.model.path = std::exchange(loaded.session.tuned.path, {});
        return [this, loaded] { take(loaded); };
    };
    m_load = m_parts.engine->requestTask(std::move(task));
}

void SessionController::take(const Loaded &loaded)
{
    m_load = 0;
    for (const QString &path : loaded.missing)
        m_parts.messages->postError(tr("%1 is no longer there; the session %2 is opened without it")
                                        .arg(QDir::toNativeSeparators(path), QFileInfo(loaded.path).fileName()));
    for (const QString &path : loaded.changed)
        m_parts.messages->postWarning(tr("%1 has changed since the session %2 was saved")
                                          .arg(QDir::toNativeSeparators(path), QFileInfo(loaded.path).fileName()));
    if (!loaded.missingTuned.isEmpty())
        m_parts.messages->postError(
            tr("The tuned model %1 is no longer there; the session %2 is opened with the FP32 model under its bit plan")
                .arg(QDir::toNativeSeparators(loaded.missingTuned), QFileInfo(loaded.path).fileName()));
    if (!loaded.inPlace.isEmpty())
        m_parts.messages->postWarning(tr("In place of the missing model, what it was tuned to is opened: %1")
                                          .arg(QDir::toNativeSeparators(loaded.inPlace)));
    m_wanted = loaded.session;
    m_wantedName = QFileInfo(loaded.path).fileName();
    applyViewChoices(m_wanted->view, m_parts.view);
    m_parts.session->triedPlans()->fromJson(m_wanted->triedPlans.toArray());
    m_modelPending = true;
    m_picturePending = true;
    restoreModel();
    restorePicture();
    emit opened(loaded.path);
}

void SessionController::restoreModel()
{
    const QString model = m_wanted->model.path;
    const QString tuned = m_wanted->tuned.path;
    const OpenedModel &now = m_parts.session->model();
    if (model.isEmpty()) {
        finishPart(&m_modelPending);
    } else if (!tuned.isEmpty()) {
        m_parts.files->openTunedModel(model, tuned); // takeModel() goes on
    } else if (m_parts.session->hasModel() && now.argument == model && !now.isTuned()) {
        applyPlan();
        finishPart(&m_modelPending);
    } else if (!m_parts.files->isOpeningModel(model)) {
        m_parts.files->openModel(model); // takeModel() goes on
    }
}

void SessionController::restorePicture()
{
    if (!m_wanted)
        return;
    const QString picture = m_wanted->picture.path;
    const QString reference = m_wanted->reference.path;
    if (picture.isEmpty())
        finishPart(&m_picturePending);
    else if (reference.isEmpty())
        m_parts.files->openImage(picture);
    else
        m_parts.files->openPair(picture, reference);
}

void SessionController::takeModel()
{
    const OpenedModel &model = m_parts.session->model();
    hash(model.argument);
    if (model.isTuned() && !model.tunedFile.isEmpty())
        hash(model.tunedFile);
    else if (model.isTuned() && !m_keepFolder.isEmpty())
        keepTuned();
    // The same model may come first without what it was tuned to.
    const bool isWhole = m_wanted && (model.tunedFile == m_wanted->tuned.path || !model.warning.isEmpty());
    if (isWhole && m_modelPending && model.argument == m_wanted->model.path) {
        applyPlan();
        applyView();
        finishPart(&m_modelPending);
    }
    emit changed();
}

void SessionController::takeInput()
{
    hash(m_parts.session->input().path);
    m_keptPicture.clear();
    if (!m_keepFolder.isEmpty() && m_parts.session->hasInput() && m_parts.session->input().path.isEmpty())
        keepPicture();
    if (m_wanted && m_picturePending && m_parts.session->input().path == m_wanted->picture.path) {
        applyView();
        finishPart(&m_picturePending);
    }
    emit changed();
}

void SessionController::applyPlan()
{
    Session *session = m_parts.session;
    if (m_wanted->plan.isEmpty())
        return;
    try {
        const std::string json = QJsonDocument(m_wanted->plan).toJson().toStdString();
        session->restorePlan(quant::BitPlan::fromJson(json, *session->model().generator, m_wantedName.toStdString()),
                             m_wanted->ranges);
    } catch (const base::Error &error) {
        m_parts.messages->postError(QString::fromUtf8(error.what()));
        return;
    }
}

void SessionController::applyView()
{
    // After everybody has heard of the new picture or model, which resets the view.
    QTimer::singleShot(0, this,
                       [this, zoom = m_wanted->zoom, centre = m_wanted->centre, divider = m_wanted->view.divider] {
                           if (!m_parts.view->hasCanvas())
                               return;
                           m_parts.view->setDividerPosition(divider);
                           if (zoom > 0.0)
                               m_parts.view->setZoom(zoom);
                           if (zoom > 0.0 && centre)
                               m_parts.view->setCentre(*centre);
                       });
}

void SessionController::finishPart(bool *part)
{
    *part = false;
    if (!m_modelPending && !m_picturePending)
        m_wanted.reset();
}

} // namespace bitlens::app
