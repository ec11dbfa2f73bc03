// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QObject>
#include <QString>

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

class QTimer;

namespace bitlens::app {

/// Measures how long the GUI thread's event loop does not come round: a timer beats in the GUI thread, another thread
/// looks at when it last did. Switched on by BITLENS_STALL_LOG=<file>; for tests/bench. On destruction (and once a
/// second) writes lines "<kind> <seconds>" to the file: "stall" for the ten longest gaps, and whatever note() was
/// given.
class StallWatch : public QObject {
    Q_OBJECT

public:
    /// Null when the environment does not ask for it.
    static std::unique_ptr<StallWatch> fromEnvironment();

    explicit StallWatch(const QString &file);
    ~StallWatch() override;

    /// A measured duration of another kind, e.g. "cancel". GUI thread.
    void note(const QString &kind, double seconds);

private:
    void beat();
    void watch();
    struct Gap {
        double seconds = 0.0;
        double queued = 0.0; ///< 0 where the system does not tell
        double at = 0.0;     ///< since the start
    };
    void recordGap(const Gap &gap);
    void write();

    QString m_file;
    QTimer *m_timer;
    double m_start;
    QString m_scheduleFile;
    std::atomic<double> m_lastQueued; ///< of this thread, until the last beat
    std::mutex m_mutex;               ///< guards the two lists below
    std::vector<Gap> m_gaps;          ///< those with the longest time that was not queued, longest first
    std::vector<std::pair<QString, double>> m_notes;
    std::atomic<double> m_lastBeat;
    std::atomic<bool> m_stop{false};
    std::thread m_watcher;
};

} // namespace bitlens::app
