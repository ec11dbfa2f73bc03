// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/queueestimate.h"

#include <algorithm>

namespace bitlens::app {

namespace {
/// Before this share of a picture an estimate would jump about.
constexpr double kFractionBeforeEstimate = 0.03;
} // namespace

void QueueEstimate::itemDone()
{
    ++m_done;
    m_doneSeconds += m_itemSeconds;
}

double QueueEstimate::itemSecondsLeft(double fraction, double before) const
{
    return fraction >= kFractionBeforeEstimate ? m_itemSeconds * (1.0 - fraction) / fraction : before;
}

double QueueEstimate::fraction(int waiting, bool running, double fraction) const
{
    const double through = m_done + m_failed;
    const double all = through + waiting + (running ? 1.0 : 0.0);
    return all > 0.0 ? (through + (running ? fraction : 0.0)) / all : 0.0;
}

double QueueEstimate::secondsLeft(int waiting, bool running, double itemLeft) const
{
    double each = m_done > 0 ? m_doneSeconds / m_done : -1.0;
    if (each < 0.0 && running && itemLeft >= 0.0)
        each = m_itemSeconds + itemLeft;
    return each < 0.0 ? -1.0 : each * waiting + (running ? std::max(0.0, itemLeft) : 0.0);
}

} // namespace bitlens::app
