// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/enginethread.h"

#include "app/gui/displaycache.h"
#include "app/gui/modelopening.h"
#include "engine/base/parallel.h"
#include "engine/compare/calibrationstore.h"
#include "engine/image/codec.h"
#include "engine/model/catalogue.h"
#include "ui/imageconvert.h"

#include <QFileInfo>
#include <QImage>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bitlens::app {

namespace {
/// Ids of the queues never meet.
constexpr RequestId kFirstSave = RequestId(1) << 32;
constexpr RequestId kFirstDownload = RequestId(2) << 32;
constexpr RequestId kFirstAnalysis = RequestId(3) << 32;
constexpr RequestId kFirstInQueue = RequestId(4) << 32;

QString displayName(const QString &path) { return QFileInfo(path).fileName(); }

QList<ModelEntry> listModels()
{
    QList<ModelEntry> entries;
    for (const model::CatalogueModel &known : model::catalogue())
        entries.append({QString::fromStdString(known.name), QString::fromStdString(known.title),
                        QString::fromStdString(known.licence), !model::modelPath(known).empty()});
    return entries;
}
} // namespace

struct EngineThread::Engine {
    explicit Engine(int count) : threads(count), pool(count), comparison(pool, compare::CalibrationStore::ofUser()) {}
    int threads;
    base::ThreadPool pool;
    compare::Comparison comparison;
    DisplayCache displays; ///< FP32 comes again with each plan
};

EngineThread::EngineThread(int threads, QObject *parent)
    : QObject(parent),
      m_threads(threads > 0 ? threads : base::availableProcessors()),
      m_compute(std::make_unique<RequestQueue>(QStringLiteral("engine"))),
      m_analyses(std::make_unique<RequestQueue>(QStringLiteral("analyses"), kFirstAnalysis)),
      m_queue(std::make_unique<RequestQueue>(QStringLiteral("queue"), kFirstInQueue)),
      m_saves(std::make_unique<RequestQueue>(QStringLiteral("saves"), kFirstSave)),
      m_downloads(std::make_unique<RequestQueue>(QStringLiteral("downloads"), kFirstDownload))
{
    for (RequestQueue *queue : queues())
        forwardSignalsOf(queue);
}

EngineThread::~EngineThread() { shutdown(); }

std::array<RequestQueue *, 5> EngineThread::queues() const
{
    return {m_compute.get(), m_analyses.get(), m_queue.get(), m_saves.get(), m_downloads.get()};
}

void EngineThread::setThreads(int threads) { m_threads = threads > 0 ? threads : base::availableProcessors(); }

void EngineThread::forwardSignalsOf(RequestQueue *queue)
{
    connect(queue, &RequestQueue::progressed, this, &EngineThread::progressed);
    connect(queue, &RequestQueue::finished, this, &EngineThread::requestFinished);
    connect(queue, &RequestQueue::failed, this, &EngineThread::requestFailed);
    connect(queue, &RequestQueue::cancelled, this, &EngineThread::requestCancelled);
    // Whoever hears of the end has had the word before the window may go.
    connect(queue, &RequestQueue::finished, this, &EngineThread::takeWriteEnd);
    connect(queue, &RequestQueue::failed, this, &EngineThread::takeWriteEnd);
    connect(queue, &RequestQueue::cancelled, this, &EngineThread::takeWriteEnd);
}

void EngineThread::takeWriteEnd(RequestId id)
{
    if (m_writing.remove(id) && m_writing.isEmpty())
        emit writesEnded();
}

bool EngineThread::isOpen(RequestId id) const
{
    const auto all = queues();
    return std::any_of(all.begin(), all.end(), [id](const RequestQueue *queue) { return queue->isOpen(id); });
}

int EngineThread::openCount() const
{
    int count = 0;
    for (const RequestQueue *queue : queues())
        count += queue->openCount();
    return count;
}

RequestQueue *EngineThread::queueOf(Lane lane) const
{
    switch (lane) {
    case Lane::Engine:
        return m_compute.get();
    case Lane::Analysis:
        return m_analyses.get();
    case Lane::Queue:
        return m_queue.get();
    case Lane::Files:
        return m_saves.get();
    }
    return m_compute.get();
}

std::unique_ptr<EngineThread::Engine> &EngineThread::engineOf(Lane lane)
{
    switch (lane) {
    case Lane::Engine:
        return m_engine;
    case Lane::Analysis:
        return m_analysisEngine;
    case Lane::Queue:
        return m_queueEngine;
    case Lane::Files:
        return m_fileEngine;
    }
    return m_engine;
}

EngineThread::Engine &EngineThread::startedEngine(Lane lane)
{
    std::unique_ptr<Engine> &engine = engineOf(lane);
    const int wanted = m_threads;
    if (!engine || engine->threads != wanted) {
        engine.reset();
        engine = std::make_unique<Engine>(wanted);
    }
    return *engine;
}

RequestId EngineThread::requestModel(const QString &argument)
{
    RequestQueue::Request request;
    request.topic = QStringLiteral("model");
    request.file = argument;
    request.work = [this, argument](RequestId id, const base::Job &job) -> RequestQueue::Delivery {
        job.report(0.0, "opening " + displayName(argument).toStdString());
        const OpenedModel opened = openModel(argument);
        return [this, id, opened] { emit modelOpened(id, opened); };
    };
    return m_compute->post(std::move(request));
}

RequestId EngineThread::requestImage(const QString &path, ImageRole role, bool allowLarge)
{
    RequestQueue::Request request;
    request.topic = role == ImageRole::Input ? QStringLiteral("input") : QStringLiteral("reference");
    request.file = path;
    request.work = [this, path, role, allowLarge](RequestId id, const base::Job &job) -> RequestQueue::Delivery {
        job.report(0.0, "opening " + displayName(path).toStdString());
        const OpenedImage opened{image::readImage(path.toStdString(), {allowLarge}), displayName(path), path};
        return [this, id, opened, role] { emit imageOpened(id, opened, role); };
    };
    return m_compute->post(std::move(request));
}

RequestId EngineThread::requestImage(const QImage &picture, const QString &name, ImageRole role)
{
    RequestQueue::Request request;
    request.topic = role == ImageRole::Input ? QStringLiteral("input") : QStringLiteral("reference");
    request.file = name;
    request.work = [this, picture, name, role](RequestId id, const base::Job &) -> RequestQueue::Delivery {
        const OpenedImage opened{ui::fromQImage(picture), name, {}};
        return [this, id, opened, role] { emit imageOpened(id, opened, role); };
    };
    return m_compute->post(std::move(request));
}

RequestId EngineThread::requestComparison(const compare::Request &comparison, bool fresh)
{
    RequestQueue::Request request;
    request.topic = QStringLiteral("comparison");
    request.file = QString::fromStdString(comparison.inputName);
    request.work = [this, comparison, fresh](RequestId id, const base::Job &job) -> RequestQueue::Delivery {
        Engine &engine = startedEngine(Lane::Engine);
        if (fresh) {
            engine.comparison.releaseMemory();
            engine.displays.clear();
        }
        const auto onPart = [this, id](const compare::Part &part) {
            m_compute->publish(id, [this, id, part] { emit partAvailable(id, part); });
        };
        const auto onSide = [this, id](compare::Side side, const compare::SideReport &report) {
            m_compute->publish(id, [this, id, side, report] { emit sideReported(id, side, report); });
        };
        const compare::Result result = engine.comparison.run(comparison, job, onPart, onSide);
        // Here and not where they are shown: halving large pictures takes longer than a frame may.
        const ui::DisplayPicture fp32 = engine.displays.prepared(result.fp32);
        const ui::DisplayPicture quantized = engine.displays.prepared(result.quantized);
        return [this, id, result, fp32, quantized] {
            emit pictureReady(id, result.fp32, fp32);
            emit pictureReady(id, result.quantized, quantized);
            emit comparisonFinished(id, result);
        };
    };
    return m_compute->post(std::move(request));
}

RequestId EngineThread::requestSave(const image::Image &picture, const QString &path, const QStringList &inputs)
{
    RequestQueue::Request request;
    request.priority = RequestQueue::Priority::Background;
    request.file = path;
    request.work = [this, picture, path, inputs](RequestId id, const base::Job &job) -> RequestQueue::Delivery {
        job.report(0.0, "saving " + displayName(path).toStdString());
        std::vector<std::string> untouchable;
        for (const QString &input : inputs)
            if (!input.isEmpty())
                untouchable.push_back(input.toStdString());
        image::writeImage(picture, path.toStdString(), untouchable);
        return [this, id, path] { emit imageSaved(id, path); };
    };
    const RequestId id = m_saves->post(std::move(request));
    m_writing.insert(id);
    return id;
}

RequestId EngineThread::requestModelList()
{
    RequestQueue::Request request;
    request.topic = QStringLiteral("list");
    request.work = [this](RequestId id, const base::Job &) -> RequestQueue::Delivery {
        const QList<ModelEntry> entries = listModels();
        return [this, id, entries] { emit modelsListed(id, entries); };
    };
    return m_compute->post(std::move(request));
}

RequestId EngineThread::requestDownload(const QString &name)
{
    RequestQueue::Request request;
    request.priority = RequestQueue::Priority::Background;
    request.file = name;
    request.work = [this, name](RequestId id, const base::Job &job) -> RequestQueue::Delivery {
        (void)model::fetchModel(name.toStdString(), job);
        return [this, id, name] { emit modelDownloaded(id, name); };
    };
    return m_downloads->post(std::move(request));
}

RequestId EngineThread::requestTask(EngineTask task)
{
    RequestQueue *queue = queueOf(task.lane);
    RequestQueue::Request request;
    request.priority = task.background ? RequestQueue::Priority::Background : RequestQueue::Priority::Interactive;
    request.topic = task.topic;
    request.file = task.file;
    request.work = [this, queue, lane = task.lane,
                    work = std::move(task.work)](RequestId id, const base::Job &job) -> RequestQueue::Delivery {
        Engine &engine = startedEngine(lane);
        TaskContext context{engine.pool, engine.comparison, id,
                            [queue, id](RequestQueue::Delivery delivery) { queue->publish(id, std::move(delivery)); }};
        return work(context, job);
    };
    const RequestId id = queue->post(std::move(request));
    if (task.writes)
        m_writing.insert(id);
    return id;
}

void EngineThread::cancel(RequestId id)
{
    for (RequestQueue *queue : queues())
        queue->cancel(id);
}

void EngineThread::cancelAll()
{
    for (RequestQueue *queue : queues())
        queue->cancelAll();
}

void EngineThread::shutdown()
{
    // All are asked first, so that they stop at the same time.
    cancelAll();
    for (RequestQueue *queue : queues())
        queue->shutdown();
}

} // namespace bitlens::app
