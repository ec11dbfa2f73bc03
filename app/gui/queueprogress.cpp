// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/queueprogress.h"

#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "app/gui/queuehold.h"
#include "app/gui/queuetask.h"
#include "ui/queuepanel.h"

#include <utility>

namespace bitlens::app {

using ui::QueueItem;
using State = ui::QueueItem::State;

namespace {
constexpr int kBeatMilliseconds = 200;
} // namespace

QueueProgress::QueueProgress(const Parts &parts, std::shared_ptr<QueueHold> hold, QObject *parent)
    : QObject(parent), m_parts(parts), m_hold(std::move(hold))
{
    m_beat.setInterval(kBeatMilliseconds);
    connect(&m_beat, &QTimer::timeout, this, &QueueProgress::beat);
}

std::optional<QueueItem> QueueProgress::item(quint64 id) const
{
    const int row = m_parts.panel->model()->rowOf(id);
    if (row < 0)
        return std::nullopt;
    return m_parts.panel->model()->items().at(row);
}

double QueueProgress::runningWeight() const
{
    const auto running = item(m_running);
    return running ? queueWeight(*running, m_parts.panel->model()->items()) : 0.0;
}

void QueueProgress::beginItem(quint64 id)
{
    m_running = id;
    m_held = false;
    m_estimate.beginItem();
    m_sinceBeat.start();
    m_beat.start();
}

void QueueProgress::setFraction(double fraction, const QString &what)
{
    auto running = item(m_running);
    if (!running)
        return;
    running->fraction = fraction;
    running->activity = what.left(1).toUpper() + what.mid(1);
    running->secondsLeft = m_estimate.itemSecondsLeft(fraction, running->secondsLeft);
    m_parts.panel->model()->update(*running);
    show();
}

void QueueProgress::setHeld(bool held)
{
    beat(); // counts what was active until now
    m_held = held;
}

void QueueProgress::itemDone()
{
    if (item(m_running))
        m_estimate.itemDone(runningWeight());
}

void QueueProgress::itemFailed()
{
    if (item(m_running))
        m_estimate.itemFailed(runningWeight());
}

void QueueProgress::endItem()
{
    m_running = 0;
    m_held = false;
    m_beat.stop();
}

void QueueProgress::beat()
{
    const double seconds = static_cast<double>(m_sinceBeat.restart()) / 1000.0;
    if (!m_held)
        m_estimate.addActive(seconds);
    const bool busy = m_parts.comparisons->isBusy();
    m_hold->setYielding(busy);
    m_parts.panel->setHoldReason(busy && m_held ? tr("waits for the picture in the window") : QString());
}

void QueueProgress::show()
{
    const double waiting = waitingWeight(m_parts.panel->model()->items());
    const auto running = item(m_running);
    const double weight = runningWeight();
    m_parts.panel->setOverall(m_estimate.fraction(waiting, weight, running ? running->fraction : 0.0),
                              m_estimate.secondsLeft(waiting, weight, running ? running->secondsLeft : -1.0));
}

void QueueProgress::findSizes()
{
    QList<QueueItem> unknown;
    for (const QueueItem &listed : m_parts.panel->model()->items())
        if (listed.pixels <= 0.0 && listed.state == State::Waiting)
            unknown << listed;
    if (unknown.isEmpty())
        return;
    m_parts.engine->requestTask(queueSizesTask(unknown, [this](const QHash<quint64, double> &pixels) {
        for (auto found = pixels.begin(); found != pixels.end(); ++found)
            if (auto listed = item(found.key())) {
                listed->pixels = found.value();
                m_parts.panel->model()->update(*listed);
            }
    }));
}

} // namespace bitlens::app
