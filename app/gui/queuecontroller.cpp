// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/queuecontroller.h"

#include "app/gui/comparecontroller.h"
#include "app/gui/queuedialogs.h"
#include "app/gui/queuehold.h"
#include "app/gui/queuenaming.h"
#include "app/gui/queueprogress.h"
#include "app/gui/queuetask.h"
#include "app/gui/session.h"
#include "app/gui/statefile.h"
#include "engine/base/file.h"
#include "engine/image/codec.h"
#include "ui/messagebar.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>
#include <utility>

namespace bitlens::app {

using Activity = ui::QueuePanel::Activity;
using ui::QueueItem;
using State = ui::QueueItem::State;

namespace {

constexpr std::size_t kLongestStateFile = std::size_t(64) << 20;

} // namespace

QueueController::QueueController(const Parts &parts, const QString &file, QObject *parent)
    : QObject(parent),
      m_parts(parts),
      m_hold(std::make_shared<QueueHold>()),
      m_progress(new QueueProgress({parts.engine, parts.comparisons, parts.panel}, m_hold, this)),
      m_naming(new QueueNaming({parts.session, parts.panel, parts.messages}, this))
{
    if (!file.isEmpty()) {
        m_file = std::make_unique<StateFile>(file);
        connect(m_file.get(), &StateFile::failed, this,
                [this](const QString &message) { m_parts.messages->postWarning(message); });
    }
    QStringList formats;
    for (const std::string &format : image::writableExtensions())
        formats << QString::fromStdString(format);
    parts.panel->setFormats(formats);
    connectPanel();

    const auto showPlan = [this] { m_parts.panel->setPlanName(m_parts.session->planName()); };
    connect(parts.session, &Session::planChanged, this, showPlan);
    connect(parts.session, &Session::modelChanged, this, showPlan);
    connect(parts.session, &Session::tunedFileChanged, this, [this] {
        m_generators.noteTunedFile(m_parts.session->model(), &m_recipes);
        keep();
    });
    const EngineThread *engine = parts.engine;
    connect(engine, &EngineThread::progressed, this, &QueueController::takeProgress);
    connect(engine, &EngineThread::requestFailed, this, &QueueController::takeFailure);
    connect(engine, &EngineThread::requestCancelled, this, &QueueController::takeCancelled);
    connect(engine, &EngineThread::requestFinished, this, [this](RequestId id) {
        if (id == m_request)
            endOfItem();
    });
    connect(parts.messages, &ui::MessageBar::actionTriggered, this, [this](int message) {
        if (message == m_offer && m_offer != 0)
            start();
    });
}

QueueController::~QueueController() = default;

void QueueController::connectPanel()
{
    const ui::QueuePanel *panel = m_parts.panel;
    auto *dialogs = new QueueDialogs(m_parts.window, this);
    connect(panel, &ui::QueuePanel::picturesRequested, dialogs, &QueueDialogs::askForPictures);
    connect(panel, &ui::QueuePanel::folderRequested, dialogs, &QueueDialogs::askForFolder);
    connect(panel, &ui::QueuePanel::targetRequested, dialogs,
            [panel, dialogs] { dialogs->askForTarget(panel->options().folder); });
    connect(dialogs, &QueueDialogs::chosen, this, &QueueController::add);
    connect(dialogs, &QueueDialogs::targetChosen, this, [this](const QString &folder) {
        ui::QueueOptions options = m_parts.panel->options();
        options.folder = folder;
        m_parts.panel->setOptions(options);
        keep();
    });
    connect(panel, &ui::QueuePanel::startRequested, this, &QueueController::start);
    connect(panel, &ui::QueuePanel::pauseRequested, this, &QueueController::pause);
    connect(panel, &ui::QueuePanel::cancelRequested, this, &QueueController::cancel);
    connect(panel, &ui::QueuePanel::retryRequested, this, &QueueController::retry);
    connect(panel, &ui::QueuePanel::removeRequested, this, &QueueController::remove);
    connect(panel, &ui::QueuePanel::clearFinishedRequested, this, &QueueController::clearFinished);
    connect(panel, &ui::QueuePanel::optionsChanged, this, &QueueController::keep);
    connect(panel, &ui::QueuePanel::filesDropped, this, [this](const QList<QUrl> &files) {
        QStringList paths;
        for (const QUrl &file : files)
            if (file.isLocalFile())
                paths << file.toLocalFile();
        add(paths);
    });
    connect(panel, &ui::QueuePanel::openRequested, this, [this](quint64 id) {
        if (const auto item = itemOf(id))
            emit openRequested(item->input);
    });
}

bool QueueController::isActive() const { return m_parts.panel->activity() != Activity::Idle; }

std::optional<QueueItem> QueueController::itemOf(quint64 id) const
{
    const int row = m_parts.panel->model()->rowOf(id);
    if (row < 0)
        return std::nullopt;
    return m_parts.panel->model()->items().at(row);
}

void QueueController::add(const QStringList &paths)
{
    QSet<QString> open;
    for (const QueueItem &item : m_parts.panel->model()->items())
        if (item.state == State::Waiting || item.state == State::Running)
            open.insert(item.input);
    QList<QueueItem> added;
    for (const QString &path : paths) {
        const QStringList pictures = picturesOf(path);
        if (pictures.isEmpty())
            m_parts.messages->postError(tr("%1: no pictures in this folder").arg(QDir::toNativeSeparators(path)));
        for (const QString &picture : pictures) {
            if (open.contains(picture))
                continue;
            open.insert(picture);
            QueueItem item;
            item.id = ++m_lastId;
            item.input = picture;
            added << item;
        }
    }
    if (added.isEmpty())
        return;
    m_parts.panel->model()->append(added);
    m_progress->findSizes();
    keep();
    emit panelWanted();
    if (m_parts.panel->activity() == Activity::Running && m_request == 0)
        runNext();
}

void QueueController::start()
{
    m_parts.messages->dismiss(std::exchange(m_offer, 0));
    m_hold->setPaused(false);
    if (m_parts.panel->activity() == Activity::Idle)
        m_progress->start();
    setActivity(Activity::Running);
    if (m_request == 0)
        runNext();
}

void QueueController::pause()
{
    if (m_parts.panel->activity() != Activity::Running)
        return;
    m_hold->setPaused(true);
    setActivity(m_request == 0 || m_progress->isHeld() ? Activity::Paused : Activity::Pausing);
}

void QueueController::cancel(const QList<quint64> &ids)
{
    const QList<QueueItem> items = m_parts.panel->model()->items();
    for (QueueItem item : items) {
        if (!ids.isEmpty() && !ids.contains(item.id))
            continue;
        if (item.state == State::Running) {
            m_parts.engine->cancel(m_request); // its end comes later, through the event loop
        } else if (item.state == State::Waiting) {
            item.state = State::Cancelled;
            m_parts.panel->model()->update(item);
        }
    }
    keep();
    if (m_request == 0 && m_parts.panel->model()->countOf(State::Waiting) == 0)
        setActivity(Activity::Idle);
}

void QueueController::retry(const QList<quint64> &ids)
{
    const QList<QueueItem> items = m_parts.panel->model()->items();
    bool any = false;
    for (const QueueItem &item : items) {
        if ((item.state != State::Failed && item.state != State::Cancelled)
            || (!ids.isEmpty() && !ids.contains(item.id)))
            continue;
        QueueItem again;
        again.id = item.id;
        again.input = item.input;
        again.pixels = item.pixels;
        m_recipes.remove(item.id);
        m_generators.forget(item.id);
        m_parts.panel->model()->update(again);
        any = true;
    }
    keep();
    if (any && m_parts.panel->activity() != Activity::Paused)
        start();
}

void QueueController::remove(const QList<quint64> &ids)
{
    for (const quint64 id : ids) {
        if (id == m_running && m_request != 0)
            m_parts.engine->cancel(m_request);
        m_recipes.remove(id);
        m_generators.forget(id);
        m_parts.panel->model()->remove(id);
    }
    keep();
    if (m_request == 0 && m_parts.panel->model()->countOf(State::Waiting) == 0)
        setActivity(Activity::Idle); // also after a pause: nothing is left to go on with
}

void QueueController::clearFinished()
{
    const QList<QueueItem> items = m_parts.panel->model()->items();
    QList<quint64> done;
    for (const QueueItem &item : items)
        if (item.state == State::Done)
            done << item.id;
    remove(done);
}

bool QueueController::prepare(QueueItem &item)
{
    if (m_recipes.contains(item.id))
        return true; // from before a pause or a restart
    const Session *session = m_parts.session;
    if (!session->hasModel()) {
        m_parts.messages->postInfo(tr("Open a model first: the queue enlarges with it"));
        return false;
    }
    const ui::QueueOptions options = m_parts.panel->options();
    const model::Generator &generator = *session->model().generator;
    QueueRecipe recipe;
    recipe.model = session->model().argument;
    recipe.allowLarge = options.allowLarge;
    recipe.name = options.fp32 ? QStringLiteral("FP32") : session->planName();
    if (!options.fp32) {
        recipe.plan = QString::fromStdString(session->plan().toJson(generator));
        recipe.ranges = session->chosenRanges();
    }
    item.recipe = recipe.name;
    item.output = queueOutput(item, m_parts.panel->model()->items(), options.folder, m_naming->naming());
    recipe.tuned = session->model().tunedFile;
    m_recipes.insert(item.id, recipe);
    m_generators.start(item.id, session->model());
    return true;
}

void QueueController::runNext()
{
    for (const QueueItem &item : m_parts.panel->model()->items())
        if (item.state == State::Waiting) {
            run(item);
            return;
        }
    setActivity(Activity::Idle);
    const int done = m_progress->done();
    const QString made = done == 1 ? tr("1 picture enlarged") : tr("%1 pictures enlarged").arg(done);
    if (m_progress->failed() > 0)
        m_parts.messages->postWarning(tr("The queue is through: %1, %2 failed").arg(made).arg(m_progress->failed()));
    else if (done > 0)
        m_parts.messages->postInfo(tr("The queue is through: %1").arg(made));
}

void QueueController::run(QueueItem item)
{
    if (!m_naming->isGood(m_recipes)) {
        setActivity(Activity::Idle);
        return;
    }
    // All that wait are fixed now, not one by one while the plan is being edited.
    const QList<QueueItem> items = m_parts.panel->model()->items();
    for (QueueItem waiting : items) {
        if (waiting.state != State::Waiting)
            continue;
        if (!prepare(waiting)) {
            setActivity(Activity::Idle);
            return;
        }
        if (waiting.id == item.id) {
            item = waiting;
            item.state = State::Running;
            item.fraction = 0.0;
            waiting = item;
        }
        m_parts.panel->model()->update(waiting);
    }
    m_running = item.id;
    m_progress->beginItem(item.id);
    m_request = m_parts.engine->requestTask(taskFor(item));
    keep();
}

EngineTask QueueController::taskFor(const QueueItem &item)
{
    const QueueRecipe recipe = m_recipes.value(item.id);
    compare::UpscaleRequest request;
    request.files = {item.input.toStdString(), item.output.toStdString()};
    request.allowLarge = recipe.allowLarge;
    request.planName = recipe.name.toStdString();
    request.chosenRanges = recipe.ranges;
    request.memoryBudget = m_memoryBudget;
    for (const QueueItem &other : m_parts.panel->model()->items())
        request.inputs.push_back(other.input.toStdString());
    for (const OpenedImage *image : {&m_parts.session->input(), &m_parts.session->reference()})
        if (!image->path.isEmpty())
            request.inputs.push_back(image->path.toStdString());

    return queueTask(
        {recipe, m_generators.find(item.id, recipe, m_parts.session->model()), request, m_hold,
         [this](bool held) { setHeld(held); },
         [this, id = item.id, output = item.output](const OpenedModel &model, const compare::UpscaleResult &result) {
             m_generators.setOpened(model);
             takeResult(id, output, QSize(result.size.width, result.size.height), result.seconds);
         }});
}

void QueueController::setHeld(bool held)
{
    m_progress->setHeld(held);
    if (held && m_parts.panel->activity() == Activity::Pausing)
        setActivity(Activity::Paused);
}

void QueueController::takeProgress(RequestId id, double fraction, const QString &what)
{
    if (id == m_request)
        m_progress->setFraction(fraction, what);
}

void QueueController::takeResult(quint64 id, const QString &output, QSize size, double seconds)
{
    auto item = itemOf(id);
    if (!item)
        return;
    m_progress->itemDone();
    item->state = State::Done;
    item->output = output;
    item->size = size;
    item->seconds = seconds;
    item->fraction = 1.0;
    item->secondsLeft = -1.0;
    m_parts.panel->model()->update(*item);
}

void QueueController::takeFailure(RequestId id, const Failure &failure)
{
    if (id != m_request)
        return;
    if (auto item = itemOf(m_running)) {
        m_progress->itemFailed();
        item->state = State::Failed;
        item->error = failure.file == item->input || failure.file.isEmpty() ? failure.detail : failure.message();
        item->secondsLeft = -1.0;
        m_parts.panel->model()->update(*item);
    }
    endOfItem();
}

void QueueController::takeCancelled(RequestId id)
{
    if (id != m_request || m_closed)
        return;
    if (auto item = itemOf(m_running)) {
        item->state = State::Cancelled;
        item->secondsLeft = -1.0;
        m_parts.panel->model()->update(*item);
    }
    endOfItem();
}

void QueueController::endOfItem()
{
    m_request = 0;
    const quint64 ended = std::exchange(m_running, 0);
    m_progress->endItem();
    keep();
    m_generators.forget(ended);
    if (m_closed)
        return;
    if (m_parts.panel->model()->countOf(State::Waiting) > 0
        && (m_parts.panel->activity() == Activity::Pausing || m_parts.panel->activity() == Activity::Paused))
        setActivity(Activity::Paused);
    else
        runNext();
    m_progress->show();
}

void QueueController::setActivity(Activity activity)
{
    if (activity == Activity::Idle)
        m_hold->setPaused(false);
    m_parts.panel->setActivity(activity);
}

void QueueController::keep()
{
    if (m_file && !m_closed)
        m_file->write(QueueState{m_parts.panel->options(), m_parts.panel->model()->items(), m_recipes}.toJson());
}

void QueueController::restore()
{
    if (!m_file || !QFileInfo::exists(m_file->path()))
        return;
    try {
        const std::vector<std::uint8_t> bytes = base::readFile(m_file->path().toStdString(), kLongestStateFile);
        const QueueState state = QueueState::fromJson(
            QByteArray(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size())),
            m_file->path());
        m_parts.panel->setOptions(state.options);
        m_naming->show();
        m_recipes = state.recipes;
        for (const QueueItem &item : state.items)
            m_lastId = std::max(m_lastId, item.id);
        m_parts.panel->model()->append(state.items);
        m_progress->findSizes();
    } catch (const base::Error &error) {
        m_parts.messages->postWarning(QString::fromUtf8(error.what()));
        return;
    }
    const int waiting = m_parts.panel->model()->countOf(State::Waiting);
    if (waiting == 0)
        return;
    emit panelWanted();
    m_offer = m_parts.messages->post(
        {ui::MessageBar::Severity::Info,
         waiting == 1 ? tr("The queue of the last time is not through: 1 picture waits")
                      : tr("The queue of the last time is not through: %1 pictures wait").arg(waiting),
         tr("Continue"), 0});
}

void QueueController::close()
{
    if (m_closed)
        return;
    if (m_file) {
        keep();
        m_file->flush();
    }
    m_closed = true;
    m_hold->setPaused(false);
    m_hold->setYielding(false);
}

} // namespace bitlens::app
