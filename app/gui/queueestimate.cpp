// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/queueestimate.h"

#include <algorithm>

namespace bitlens::app {

namespace {
/// Before this share of a picture an estimate would jump about.
constexpr double kFractionBeforeEstimate = 0.03;
} // namespace

double queueWeight(const ui::QueueItem &item, const QList<ui::QueueItem> &items)
{
    if (item.pixels > 0.0)
        return item.pixels;
    double sum = 0.0;
    int known = 0;
    for (const ui::QueueItem &other : items)
        if (other.pixels > 0.0) {
            sum += other.pixels;
            ++known;
        }
    return known > 0 ? sum / known : 1.0;
}

double waitingWeight(const QList<ui::QueueItem> &items)
{
    ui::QueueItem unknown;
    const double usual = queueWeight(unknown, items);
    double sum = 0.0;
    for (const ui::QueueItem &item : items)
        if (item.state == ui::QueueItem::State::Waiting)
            sum += item.pixels > 0.0 ? item.pixels : usual;
    return sum;
}

void QueueEstimate::itemDone(double weight)
{
    ++m_done;
    m_doneWeight += weight;
    m_doneSeconds += m_itemSeconds;
}

void QueueEstimate::itemFailed(double weight)
{
    ++m_failed;
    m_failedWeight += weight;
}

double QueueEstimate::itemSecondsLeft(double fraction, double before) const
{
    return fraction >= kFractionBeforeEstimate ? m_itemSeconds * (1.0 - fraction) / fraction : before;
}

double QueueEstimate::fraction(double waiting, double running, double fraction) const
{
    const double through = m_doneWeight + m_failedWeight;
    const double all = through + waiting + running;
    return all > 0.0 ? (through + running * fraction) / all : 0.0;
}

double QueueEstimate::secondsLeft(double waiting, double running, double itemLeft) const
{
    double each = m_doneWeight > 0.0 ? m_doneSeconds / m_doneWeight : -1.0; // for one unit of weight
    if (each < 0.0 && running > 0.0 && itemLeft >= 0.0)
        each = (m_itemSeconds + itemLeft) / running;
    return each < 0.0 ? -1.0 : each * waiting + (running > 0.0 ? std::max(0.0, itemLeft) : 0.0);
}

} // namespace bitlens::app
