// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/filecontroller.h"

#include "app/gui/comparecontroller.h"
#include "app/gui/modelopening.h"
#include "app/gui/planfiles.h"
#include "app/gui/resources.h"
#include "app/gui/sessionfile.h"
#include "engine/image/codec.h"
#include "ui/droppeddata.h"
#include "ui/messagebar.h"

#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QImage>
#include <QMimeData>
#include <QMimeDatabase>

#include <algorithm>
#include <utility>

namespace bitlens::app {

namespace {

const QStringList kModelSuffixes{"safetensors", "pth", "pt", "ckpt", "param", "bin"};
const QStringList kPlanSuffixes{"json"};

enum class FileKind { Picture, Model, Plan, Session, Folder, Unknown };

FileKind kindOf(const QString &path)
{
    const QFileInfo file(path);
    if (file.isDir())
        return FileKind::Folder;
    const QString suffix = file.suffix().toLower();
    if (image::looksLikeImage(path.toStdString()))
        return FileKind::Picture;
    if (kModelSuffixes.contains(suffix))
        return FileKind::Model;
    if (kPlanSuffixes.contains(suffix))
        return FileKind::Plan;
    if (suffix == QLatin1String(kSessionSuffix))
        return FileKind::Session;
    const QString type = QMimeDatabase().mimeTypeForFile(file, QMimeDatabase::MatchContent).name();
    if (type.startsWith(QLatin1String("image/")))
        return FileKind::Picture;
    // Weight files travel under all kinds of names; the reader knows them by content.
    if (type == QLatin1String("application/zip"))
        return FileKind::Model;
    return file.exists() ? FileKind::Unknown : FileKind::Picture;
}

QString wildcards(const QStringList &suffixes)
{
    QStringList patterns;
    for (const QString &suffix : suffixes)
        patterns << QStringLiteral("*.") + suffix;
    return patterns.join(' ');
}

QStringList pictureSuffixes()
{
    QStringList suffixes;
    for (const std::string &suffix : image::writableExtensions())
        suffixes << QString::fromStdString(suffix);
    return suffixes;
}

QString pictureFilter() { return FileController::tr("Pictures (%1)").arg(wildcards(pictureSuffixes())); }

} // namespace

FileController::FileController(const Parts &parts, QObject *parent)
    : QObject(parent),
      m_parts(parts),
      m_plans(new PlanFiles({parts.session, parts.messages,
                             [this] { return isOpeningModel() || (m_modelExpected && !m_parts.session->hasModel()); }},
                            this))
{
    const EngineThread *engine = parts.engine;
    connect(engine, &EngineThread::imageOpened, this, &FileController::takeImage);
    connect(engine, &EngineThread::modelOpened, this, &FileController::takeModel);
    connect(engine, &EngineThread::imageSaved, this, [this](RequestId, const QString &path) {
        m_parts.messages->postInfo(tr("Saved %1").arg(QDir::toNativeSeparators(path)));
    });
    connect(engine, &EngineThread::requestFailed, this, &FileController::takeFailure);
    connect(engine, &EngineThread::requestFinished, this, &FileController::takeEnd);
    connect(engine, &EngineThread::requestCancelled, this, [this](RequestId id) {
        if (m_pending.value(id).kind == Pending::Kind::Model)
            dropWaitingPlan();
        takeEnd(id);
    });
    connect(parts.messages, &ui::MessageBar::actionTriggered, this, [this](int message) {
        if (const auto action = m_offers.take(message))
            action();
    });
    connect(parts.messages, &ui::MessageBar::dismissed, this, [this](int message) { m_offers.remove(message); });
}

bool FileController::isOpening() const { return m_pending.size() > m_saves; }

bool FileController::isOpeningModel() const
{
    return std::any_of(m_pending.cbegin(), m_pending.cend(),
                       [](const Pending &pending) { return pending.kind == Pending::Kind::Model; });
}

bool FileController::isOpeningModel(const QString &argument) const
{
    return std::any_of(m_pending.cbegin(), m_pending.cend(), [&](const Pending &pending) {
        return pending.kind == Pending::Kind::Model && pending.argument == argument && !pending.isTuned;
    });
}

void FileController::cancelOpening()
{
    for (auto pending = m_pending.cbegin(); pending != m_pending.cend(); ++pending)
        if (pending->kind != Pending::Kind::Save)
            m_parts.engine->cancel(pending.key()); // its end comes later, through the event loop
}

void FileController::showOpenDialog()
{
    auto *dialog = new QFileDialog(m_parts.window, tr("Open"), m_folder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    const QStringList all = pictureSuffixes() + kModelSuffixes + kPlanSuffixes + QStringList{kSessionSuffix};
    dialog->setNameFilters({tr("All that can be opened (%1)").arg(wildcards(all)), pictureFilter(),
                            tr("Models (%1)").arg(wildcards(kModelSuffixes)), tr("Bit plans (*.json)"),
                            tr("Sessions (*.%1)").arg(QLatin1String(kSessionSuffix)), tr("All files (*)")});
    connect(dialog, &QFileDialog::filesSelected, this, &FileController::openPaths);
    dialog->open();
}

void FileController::showReferenceDialog()
{
    auto *dialog = new QFileDialog(m_parts.window, tr("Open the original in high resolution"), m_folder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({pictureFilter(), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this, &FileController::openReference);
    dialog->open();
}

void FileController::showModelDialog()
{
    auto *dialog = new QFileDialog(m_parts.window, tr("Open model file"), m_folder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Models (%1)").arg(wildcards(kModelSuffixes)), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this, &FileController::openModel);
    dialog->open();
}

void FileController::showSaveDialog(compare::Side side)
{
    if (!m_parts.session->result())
        return;
    const QString title = side == compare::Side::Fp32 ? tr("Save the FP32 result") : tr("Save the quantized result");
    auto *dialog = new QFileDialog(m_parts.window, title, m_folder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({pictureFilter()});
    dialog->setDefaultSuffix(QStringLiteral("png"));
    dialog->selectFile(proposedName(side));
    // Whatever is computed while the dialog is open: the picture that it was opened for, under its name.
    connect(dialog, &QFileDialog::fileSelected, this,
            [this, side, result = *m_parts.session->result()](const QString &path) { saveResult(result, side, path); });
    dialog->open();
}

QString FileController::proposedName(compare::Side side) const
{
    const Session *session = m_parts.session;
    const QString stem = QFileInfo(session->input().name).completeBaseName();
    // While another plan is being computed, the pixels are still those of the last one.
    const QString plan =
        session->result() ? QString::fromStdString(session->result()->report.plan) : session->planName();
    const QString kind = side == compare::Side::Fp32 ? QStringLiteral("fp32") : plan;
    const int scale = session->hasModel() ? session->model().generator->scale : 1;
    return QStringLiteral("%1_x%2_%3.png").arg(stem.isEmpty() ? tr("picture") : stem).arg(scale).arg(kind);
}

void FileController::openPaths(const QStringList &paths)
{
    QStringList pictures;
    QStringList folders;
    QStringList plans;
    for (const QString &path : paths) {
        switch (kindOf(path)) {
        case FileKind::Picture:
            pictures << path;
            break;
        case FileKind::Model:
            openModel(path);
            break;
        case FileKind::Plan:
            plans << path;
            break;
        case FileKind::Session:
            emit sessionRequested(path);
            break;
        case FileKind::Folder:
            folders << path;
            break;
        case FileKind::Unknown:
            m_parts.messages->postError(tr("%1: not a picture, model, bit plan or session that Bitlens knows")
                                            .arg(QDir::toNativeSeparators(path)));
            break;
        }
    }
    for (const QString &plan : std::as_const(plans))
        m_plans->open(plan); // it belongs to a model that may have come with it
    if (pictures.size() > 1 || !folders.isEmpty())
        emit queueRequested(pictures + folders);
    // With several, the window shows one of them when it shows nothing yet.
    if (pictures.size() == 1 || (!pictures.isEmpty() && !m_parts.session->hasInput()))
        openImage(pictures.first());
}

void FileController::openUrls(const QList<QUrl> &urls)
{
    QStringList paths;
    for (const QUrl &url : urls) {
        if (url.isLocalFile())
            paths << url.toLocalFile();
        else
            m_parts.messages->postError(tr("%1: only files of this computer can be opened").arg(url.toDisplayString()));
    }
    openPaths(paths);
}

void FileController::openData(const QMimeData *data, const QString &name)
{
    const ui::DroppedData found = ui::droppedData(data);
    if (found.picture.isNull())
        openUrls(found.files);
    else
        openPicture(found.picture, name);
}

void FileController::openImage(const QString &path)
{
    m_pairReference.clear();
    m_pairInput.reset();
    openImageFile(path, false);
}

void FileController::openPair(const QString &input, const QString &reference)
{
    openImage(input);
    m_pairReference = reference;
}

void FileController::openImageFile(const QString &path, bool allowLarge)
{
    m_folder = QFileInfo(path).absolutePath();
    m_parts.comparisons->suspend();
    const RequestId id = m_parts.engine->requestImage(path, ImageRole::Input, allowLarge);
    m_pending.insert(id, {Pending::Kind::Input, path, allowLarge});
}

void FileController::openPicture(const QImage &picture, const QString &name)
{
    if (picture.isNull())
        return;
    m_pairReference.clear();
    m_pairInput.reset();
    m_parts.comparisons->suspend();
    m_pending.insert(m_parts.engine->requestImage(picture, name, ImageRole::Input), {Pending::Kind::Input, name, true});
}

void FileController::openReference(const QString &path)
{
    if (!m_parts.session->hasInput()) {
        m_parts.messages->postInfo(tr("Open the small picture first, then its original in high resolution"));
        return;
    }
    m_folder = QFileInfo(path).absolutePath();
    m_parts.comparisons->suspend();
    m_pending.insert(m_parts.engine->requestImage(path, ImageRole::Reference, true),
                     {Pending::Kind::Reference, path, true});
}

void FileController::openSample()
{
    const QString input = sampleInputPath();
    if (input.isEmpty()) {
        m_parts.messages->postError(tr("The sample picture is not installed; drop any picture instead"));
        return;
    }
    const QString folder = m_folder;
    openPair(input, sampleReferencePath());
    m_folder = folder; // nobody wants to save into the program's own folder
}

void FileController::openModel(const QString &argument)
{
    if (QFileInfo(argument).isFile())
        m_folder = QFileInfo(argument).absolutePath();
    m_parts.comparisons->suspend();
    m_pending.insert(m_parts.engine->requestModel(argument), {Pending::Kind::Model, argument, false});
}

void FileController::openTunedModel(const QString &argument, const QString &tunedFile)
{
    m_parts.comparisons->suspend();
    EngineTask task;
    task.topic = QStringLiteral("model"); // as any other model
    task.file = argument;
    task.work = [this, argument, tunedFile](TaskContext &context, const base::Job &job) -> RequestQueue::Delivery {
        job.report(0.0, "opening " + QFileInfo(argument).fileName().toStdString());
        const OpenedModel opened = app::openTunedModel(argument, tunedFile);
        return [this, id = context.id, opened] { takeModel(id, opened); };
    };
    m_pending.insert(m_parts.engine->requestTask(std::move(task)), {Pending::Kind::Model, argument, false, true});
}

void FileController::paste()
{
    const QMimeData *data = QGuiApplication::clipboard()->mimeData();
    if (!ui::droppedData(data).isEmpty())
        openData(data, tr("clipboard"));
    else
        m_parts.messages->postInfo(tr("The clipboard holds no picture"));
}

void FileController::setModelExpected(bool expected)
{
    m_modelExpected = expected;
    if (!expected && !isOpeningModel())
        m_plans->openWaiting(); // there is none to wait for
}

void FileController::dropWaitingPlan()
{
    const auto models = std::count_if(m_pending.cbegin(), m_pending.cend(),
                                      [](const Pending &pending) { return pending.kind == Pending::Kind::Model; });
    if (models <= 1) // else another one has taken the place of the one that ends
        m_plans->dropWaiting();
}

void FileController::save(compare::Side side, const QString &path)
{
    if (m_parts.session->result())
        saveResult(*m_parts.session->result(), side, path);
}

void FileController::saveResult(const compare::Result &result, compare::Side side, const QString &path)
{
    m_folder = QFileInfo(path).absolutePath();
    const Session *session = m_parts.session;
    const image::Image &picture = side == compare::Side::Fp32 ? result.fp32 : result.quantized;
    const RequestId id = m_parts.engine->requestSave(
        picture, path, {session->input().path, session->reference().path, session->model().argument});
    m_pending.insert(id, {Pending::Kind::Save, path, false});
    ++m_saves;
}

void FileController::takeImage(RequestId id, const OpenedImage &image, ImageRole role)
{
    if (!m_pending.contains(id))
        return;
    if (role == ImageRole::Reference) {
        if (m_pairInput)
            setInput(*std::exchange(m_pairInput, std::nullopt));
        m_parts.session->setReference(image);
        if (m_parts.session->hasModel() && !m_parts.session->referenceFits()) {
            const image::Size wanted = m_parts.session->outputSize();
            m_parts.messages->postWarning(
                tr("%1 has %2 × %3 pixels, the result has %4 × %5: it is not used as a reference")
                    .arg(image.name)
                    .arg(image.picture.width())
                    .arg(image.picture.height())
                    .arg(wanted.width)
                    .arg(wanted.height));
        }
    } else if (!m_pairReference.isEmpty()) {
        m_pairInput = image;
        const QString path = std::exchange(m_pairReference, {});
        m_pending.insert(m_parts.engine->requestImage(path, ImageRole::Reference, true),
                         {Pending::Kind::Reference, path, true});
    } else {
        setInput(image);
    }
}

void FileController::setInput(const OpenedImage &input) { m_parts.session->setInput(input); }

void FileController::takeModel(RequestId id, const OpenedModel &model)
{
    if (!m_pending.contains(id))
        return;
    m_parts.session->setModel(model);
    if (!model.warning.isEmpty())
        m_parts.messages->postError(model.warning);
}

void FileController::takeFailure(RequestId id, const Failure &failure)
{
    if (!m_pending.contains(id))
        return;
    const Pending pending = m_pending.value(id);
    if (pending.kind == Pending::Kind::Input && failure.code == base::ErrorCode::TooLarge && !pending.allowLarge)
        offer(failure.message(), tr("Open anyway"), [this, path = pending.argument] { openImageFile(path, true); });
    else
        m_parts.messages->postError(failure.message());
    if (pending.kind == Pending::Kind::Model)
        dropWaitingPlan();
    takeEnd(id);
    if (pending.kind == Pending::Kind::Model)
        emit modelFailed(pending.argument);
}

void FileController::takeEnd(RequestId id)
{
    const auto found = m_pending.constFind(id);
    if (found == m_pending.cend())
        return;
    const Pending pending = *found;
    m_pending.erase(found);
    if (pending.kind == Pending::Kind::Save) {
        --m_saves;
        return;
    }
    if (pending.kind == Pending::Kind::Model && !isOpeningModel())
        m_plans->openWaiting();
    if (pending.kind == Pending::Kind::Reference && m_pairInput)
        setInput(*std::exchange(m_pairInput, std::nullopt)); // without its reference, then
    if (isOpening())
        return;
    m_parts.comparisons->resume(); // does nothing when a session change has asked already
    emit openingEnded();
}

void FileController::offer(const QString &text, const QString &actionText, std::function<void()> action)
{
    const int message = m_parts.messages->post({ui::MessageBar::Severity::Warning, text, actionText, 0});
    m_offers.insert(message, std::move(action));
}

} // namespace bitlens::app
