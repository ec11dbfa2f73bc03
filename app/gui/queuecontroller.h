// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/enginethread.h"
#include "app/gui/queuegenerators.h"
#include "app/gui/queuestate.h"

#include <QHash>
#include <QObject>
#include <QSet>

#include <memory>
#include <optional>

namespace bitlens::ui {
class MessageBar;
}

namespace bitlens::app {

class CompareController;
class QueueHold;
class QueueNaming;
class QueueProgress;
class StateFile;

/// The queue of pictures: enlarges them one after the other as `bitlens upscale` does, on a thread beside the window's
/// comparisons, and gives way to those between two tiles. What a picture is made with is fixed when it is started. The
/// list survives the end of the program, however it came. GUI thread.
class QueueController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        CompareController *comparisons = nullptr;
        ui::QueuePanel *panel = nullptr;
        ui::MessageBar *messages = nullptr;
        QWidget *window = nullptr; ///< parent of dialogs
    };
    /// `file`: where the queue is kept; empty: nowhere.
    QueueController(const Parts &parts, const QString &file, QObject *parent = nullptr);
    ~QueueController() override;

    bool isActive() const;
    /// Bytes that a run may use, as in compare::UpscaleRequest.
    void setMemoryBudget(std::size_t bytes) { m_memoryBudget = bytes; }
    /// Brings back what the last start of the program left, and offers to go on with it.
    void restore();
    /// The program ends: what runs is to wait for the next start.
    void close();

public slots:
    /// Pictures, and folders for the pictures in them; those that are on the list and not done yet are not added twice.
    void add(const QStringList &paths);
    void start();
    void pause();
    /// Empty: all.
    void cancel(const QList<quint64> &ids);
    /// Empty: all that failed or were cancelled.
    void retry(const QList<quint64> &ids);
    void remove(const QList<quint64> &ids);
    void clearFinished();

signals:
    /// There is something to see in the panel.
    void panelWanted();
    void openRequested(const QString &picture);

private:
    void connectPanel();
    bool prepare(ui::QueueItem &item);
    void runNext();
    void run(ui::QueueItem item);
    EngineTask taskFor(const ui::QueueItem &item);
    void setHeld(bool held);
    void takeProgress(RequestId id, double fraction, const QString &what);
    void takeResult(quint64 item, const QString &output, QSize size, double seconds);
    void takeFailure(RequestId id, const Failure &failure);
    void takeCancelled(RequestId id);
    void endOfItem();
    void setActivity(ui::QueuePanel::Activity activity);
    void keep();
    std::optional<ui::QueueItem> itemOf(quint64 id) const;

    Parts m_parts;
    std::unique_ptr<StateFile> m_file; ///< null: the queue is not kept
    std::shared_ptr<QueueHold> m_hold; ///< shared with the task that runs
    QueueProgress *m_progress;
    QueueNaming *m_naming;
    QHash<quint64, QueueRecipe> m_recipes;
    QueueGenerators m_generators;
    quint64 m_lastId = 0;
    RequestId m_request = 0; ///< of the running task; 0: none
    quint64 m_running = 0;   ///< its item
    bool m_closed = false;
    int m_offer = 0; ///< number of the message that offers to go on
    std::size_t m_memoryBudget = 0;
};

} // namespace bitlens::app
