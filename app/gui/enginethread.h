// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/requestqueue.h"
#include "app/gui/session.h"
#include "engine/compare/comparison.h"
#include "ui/views/displaypicture.h"

#include <QList>
#include <QObject>
#include <QSet>
#include <QStringList>

#include <array>
#include <atomic>
#include <functional>
#include <memory>

namespace bitlens::app {

/// A model of the catalogue, for lists.
struct ModelEntry {
    QString name;
    QString description;
    QString licence;
    bool installed = false;
};

/// What an opened picture is for.
enum class ImageRole { Input, Reference };

/// What a task may use while it runs, on the thread of its lane only.
struct TaskContext {
    const base::ThreadPool &pool;
    /// What the comparisons of this lane keep between calls. Lane::Engine has the one of the window's comparisons.
    compare::Comparison &comparison;
    RequestId id = 0;
    /// Hands something over before the end; see RequestQueue::publish.
    std::function<void(RequestQueue::Delivery)> publish;
};

/// Which thread a task runs on. Tasks of one lane run one at a time.
enum class Lane {
    Engine,   ///< short answers to what the user does: the thread of the comparisons
    Analysis, ///< long work beside which the window goes on comparing: sensitivity, tuning
    Queue,    ///< the queue of pictures, which may be paused for as long as the user likes
    Files,    ///< reading and writing without much arithmetic
};

/// A request of a feature that has no verb of its own here: a controller builds it and hears its end through
/// requestFinished, requestFailed and requestCancelled with the id that requestTask returns. `work` runs on the lane's
/// thread and may throw as RequestQueue::Work may; what it returns runs in the GUI thread just before requestFinished.
struct EngineTask {
    Lane lane = Lane::Engine;
    QString topic;           ///< supersedes older requests of the same topic in its lane; empty: none
    QString file;            ///< named in failures that name no file themselves
    bool background = false; ///< after interactive requests, in order of arrival
    /// It leaves a file that the user asked for: a window that is closed meanwhile ends only after it. Lane::Files
    /// only.
    bool writes = false;
    std::function<RequestQueue::Delivery(TaskContext &context, const base::Job &job)> work;
};

/// The window's only way to the engine. Lives in the GUI thread and never blocks it; owns five threads: the engine
/// thread (a Comparison and its pool; opening of pictures and models), one for long analyses and one for the queue of
/// pictures (each with a pool and a Comparison of its own), and two for transfers (saving, downloading). Requests are
/// verbs that return an id at once; facts come as signals with that id. The rules of RequestQueue hold: each request
/// ends in exactly one of requestFinished, requestFailed and requestCancelled, its result (if any) comes just before
/// requestFinished, and nothing comes after it was cancelled. A new comparison supersedes an older one, a picture for
/// the same role and a model likewise.
class EngineThread : public QObject {
    Q_OBJECT

public:
    /// threads as in base::ThreadPool.
    explicit EngineThread(int threads = 0, QObject *parent = nullptr);
    ~EngineThread() override;

    int threads() const { return m_threads; }
    /// Of requests that start from now on; 0: all processors.
    void setThreads(int threads);
    bool isOpen(RequestId id) const;
    int openCount() const;
    /// Files of the user's are being written, this one among them: the program should not end now.
    bool isWriting() const { return !m_writing.isEmpty(); }
    bool isWriting(RequestId id) const { return m_writing.contains(id); }

public slots:
    /// A catalogue name or the path of a weight file, ours included.
    bitlens::app::RequestId requestModel(const QString &argument);
    /// Decodes a file. Without `allowLarge`, more than image::kLargeImagePixels fails as TooLarge.
    bitlens::app::RequestId requestImage(const QString &path, bitlens::app::ImageRole role, bool allowLarge = false);
    /// Converts a picture that came without a file (clipboard, drag).
    bitlens::app::RequestId requestImage(const QImage &picture, const QString &name, bitlens::app::ImageRole role);
    /// `fresh` forgets what earlier comparisons left, so that everything is computed and timed again.
    bitlens::app::RequestId requestComparison(const bitlens::compare::Request &request, bool fresh = false);
    /// image::writeImage; never over one of `inputs`.
    bitlens::app::RequestId requestSave(const bitlens::image::Image &picture, const QString &path,
                                        const QStringList &inputs);
    /// Lists the catalogue with what is installed.
    bitlens::app::RequestId requestModelList();
    /// Downloads a model of the catalogue.
    bitlens::app::RequestId requestDownload(const QString &name);
    /// Anything else.
    bitlens::app::RequestId requestTask(bitlens::app::EngineTask task);

    void cancel(bitlens::app::RequestId id);
    void cancelAll();
    /// Cancels everything and joins the threads; at the latest done by the destructor.
    void shutdown();

signals:
    void modelOpened(bitlens::app::RequestId id, const bitlens::app::OpenedModel &model);
    void imageOpened(bitlens::app::RequestId id, const bitlens::app::OpenedImage &image, bitlens::app::ImageRole role);
    /// A part of a running comparison, the visible part first.
    void partAvailable(bitlens::app::RequestId id, const bitlens::compare::Part &part);
    /// One side's numbers, as far as they are known; may come more than once.
    void sideReported(bitlens::app::RequestId id, bitlens::compare::Side side,
                      const bitlens::compare::SideReport &report);
    /// One side of a finished comparison, ready for the screen; just before comparisonFinished.
    void pictureReady(bitlens::app::RequestId id, const bitlens::image::Image &picture,
                      const bitlens::ui::DisplayPicture &display);
    void comparisonFinished(bitlens::app::RequestId id, const bitlens::compare::Result &result);
    void imageSaved(bitlens::app::RequestId id, const QString &path);
    void modelsListed(bitlens::app::RequestId id, const QList<bitlens::app::ModelEntry> &entries);
    void modelDownloaded(bitlens::app::RequestId id, const QString &name);

    /// At most 30 a second; `fraction` in [0,1].
    void progressed(bitlens::app::RequestId id, double fraction, const QString &what);
    void requestFinished(bitlens::app::RequestId id);
    void requestFailed(bitlens::app::RequestId id, const bitlens::app::Failure &failure);
    void requestCancelled(bitlens::app::RequestId id);
    /// The last file being written is complete, has failed or was cancelled; after the signal of its end.
    void writesEnded();

private:
    struct Engine;
    void forwardSignalsOf(RequestQueue *queue);
    void takeWriteEnd(RequestId id);
    RequestQueue *queueOf(Lane lane) const;
    std::array<RequestQueue *, 5> queues() const;
    std::unique_ptr<Engine> &engineOf(Lane lane);
    Engine &startedEngine(Lane lane);

    std::atomic<int> m_threads;
    std::unique_ptr<Engine> m_engine;         ///< made and used on the engine thread only
    std::unique_ptr<Engine> m_analysisEngine; ///< made and used on the analysis thread only
    std::unique_ptr<Engine> m_queueEngine;    ///< made and used on the queue's thread only
    std::unique_ptr<Engine> m_fileEngine;     ///< made and used on the thread of the saves only
    std::unique_ptr<RequestQueue> m_compute;
    std::unique_ptr<RequestQueue> m_analyses;
    std::unique_ptr<RequestQueue> m_queue;
    std::unique_ptr<RequestQueue> m_saves;
    std::unique_ptr<RequestQueue> m_downloads;
    QSet<RequestId> m_writing;
};

} // namespace bitlens::app
