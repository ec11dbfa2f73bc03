// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/stallwatch.h"

#include "engine/base/clock.h"

#include <QFile>
#include <QSaveFile>
#include <QTextStream>
#include <QTimer>

#include <algorithm>
#include <chrono>

#ifdef Q_OS_LINUX
#include <unistd.h>
#endif

namespace bitlens::app {

namespace {
constexpr int kBeatMilliseconds = 5;
constexpr std::size_t kKeptGaps = 10;
constexpr auto kWatchInterval = std::chrono::milliseconds(250);
constexpr double kWriteIntervalSeconds = 1.0;
constexpr double kNanosecond = 1e-9;

/// Where the system tells about the calling thread's times.
QString scheduleFile()
{
#ifdef Q_OS_LINUX
    return QStringLiteral("/proc/self/task/%1/schedstat").arg(gettid());
#else
    return {};
#endif
}

/// Seconds that a thread has spent waiting for a processor; 0 where the system does not tell. The second number of
/// schedstat, see the kernel's Documentation/scheduler/sched-stats.rst.
double queuedSeconds(const QString &scheduleFile)
{
    QFile file(scheduleFile);
    if (scheduleFile.isEmpty() || !file.open(QIODevice::ReadOnly))
        return 0.0;
    return file.readAll().split(' ').value(1).toDouble() * kNanosecond;
}
} // namespace

std::unique_ptr<StallWatch> StallWatch::fromEnvironment()
{
    const QString file = qEnvironmentVariable("BITLENS_STALL_LOG");
    return file.isEmpty() ? nullptr : std::make_unique<StallWatch>(file);
}

StallWatch::StallWatch(const QString &file)
    : m_file(file),
      m_timer(new QTimer(this)),
      m_start(base::monotonicSeconds()),
      m_scheduleFile(scheduleFile()),
      m_lastQueued(queuedSeconds(m_scheduleFile)),
      m_lastBeat(m_start)
{
    m_timer->setTimerType(Qt::PreciseTimer);
    m_timer->setInterval(kBeatMilliseconds);
    connect(m_timer, &QTimer::timeout, this, &StallWatch::beat);
    m_timer->start();
    m_watcher = std::thread([this] { watch(); });
}

StallWatch::~StallWatch()
{
    m_stop = true;
    m_watcher.join();
    write();
}

void StallWatch::note(const QString &kind, double seconds)
{
    const std::lock_guard lock(m_mutex);
    m_notes.emplace_back(kind, seconds);
}

void StallWatch::beat()
{
    const double now = base::monotonicSeconds();
    const double queued = queuedSeconds(m_scheduleFile);
    recordGap({now - m_lastBeat, queued - m_lastQueued, now - m_start});
    m_lastBeat = now;
    m_lastQueued = queued;
}

void StallWatch::watch()
{
    // A loop that hangs for good never beats again: the gap so far is written all the same.
    double written = base::monotonicSeconds();
    while (!m_stop) {
        std::this_thread::sleep_for(kWatchInterval);
        const double now = base::monotonicSeconds();
        if (now - written < kWriteIntervalSeconds)
            continue;
        written = now;
        if (now - m_lastBeat > kWriteIntervalSeconds)
            recordGap({now - m_lastBeat, queuedSeconds(m_scheduleFile) - m_lastQueued, now - m_start});
        write();
    }
}

void StallWatch::recordGap(const Gap &gap)
{
    const auto own = [](const Gap &one) { return one.seconds - one.queued; };
    const std::lock_guard lock(m_mutex);
    if (m_gaps.size() >= kKeptGaps && own(gap) <= own(m_gaps.back()))
        return;
    const auto place =
        std::find_if(m_gaps.begin(), m_gaps.end(), [&](const Gap &other) { return own(other) < own(gap); });
    m_gaps.insert(place, gap);
    if (m_gaps.size() > kKeptGaps)
        m_gaps.pop_back();
}

void StallWatch::write()
{
    const std::lock_guard lock(m_mutex);
    QSaveFile file(m_file);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Text))
        return;
    QTextStream out(&file);
    for (const Gap &gap : m_gaps)
        out << "stall " << gap.seconds << " queued " << gap.queued << " at " << gap.at << '\n';
    for (const auto &[kind, seconds] : m_notes)
        out << kind << ' ' << seconds << '\n';
    out.flush();
    file.commit();
}

} // namespace bitlens::app
