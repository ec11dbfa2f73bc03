// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/stallwatch.h"

#include "engine/base/clock.h"

#include <QSaveFile>
#include <QTextStream>
#include <QTimer>

#include <algorithm>
#include <chrono>

namespace bitlens::app {

namespace {
constexpr int kBeatMilliseconds = 5;
constexpr std::size_t kKeptGaps = 10;
constexpr auto kWatchInterval = std::chrono::milliseconds(250);
constexpr double kWriteIntervalSeconds = 1.0;
} // namespace

std::unique_ptr<StallWatch> StallWatch::fromEnvironment()
{
    const QString file = qEnvironmentVariable("BITLENS_STALL_LOG");
    return file.isEmpty() ? nullptr : std::make_unique<StallWatch>(file);
}

StallWatch::StallWatch(const QString &file)
    : m_file(file), m_timer(new QTimer(this)), m_start(base::monotonicSeconds()), m_lastBeat(m_start)
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
    recordGap(now - m_lastBeat, now - m_start);
    m_lastBeat = now;
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
            recordGap(now - m_lastBeat, now - m_start);
        write();
    }
}

void StallWatch::recordGap(double seconds, double atSeconds)
{
    const std::lock_guard lock(m_mutex);
    if (m_gaps.size() >= kKeptGaps && seconds <= m_gaps.back().first)
        return;
    const auto place = std::find_if(m_gaps.begin(), m_gaps.end(), [&](const auto &gap) { return gap.first < seconds; });
    m_gaps.emplace(place, seconds, atSeconds);
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
    for (const auto &[seconds, at] : m_gaps)
        out << "stall " << seconds << " at " << at << '\n';
    for (const auto &[kind, seconds] : m_notes)
        out << kind << ' ' << seconds << '\n';
    out.flush();
    file.commit();
}

} // namespace bitlens::app
