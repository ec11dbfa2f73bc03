// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/queuemodel.h"

#include <QList>

namespace bitlens::app {

/// What pictures weigh in time: their pixels. One whose size is not known weighs as the others do on average.
double queueWeight(const ui::QueueItem &item, const QList<ui::QueueItem> &items);
/// Of all that wait.
double waitingWeight(const QList<ui::QueueItem> &items);

/// How far the queue is and how long it will take: from the time that was spent on pictures, without that in which it
/// was held. Pictures count by weight, in any unit. Seconds that are not known are negative.
class QueueEstimate {
public:
    /// The queue starts anew.
    void start() { *this = {}; }
    void beginItem() { m_itemSeconds = 0.0; }
    /// Time spent on the item at hand.
    void addActive(double seconds) { m_itemSeconds += seconds; }
    void itemDone(double weight);
    void itemFailed(double weight);

    int done() const { return m_done; }
    int failed() const { return m_failed; }
    /// Of the item at hand, of which `fraction` is made; `before` while it is too early to tell.
    double itemSecondsLeft(double fraction, double before) const;
    /// Share of all since the start that is through, in [0,1]; `running`: weight of the running one (0: none), of which
    /// `fraction` is made.
    double fraction(double waiting, double running, double fraction) const;
    /// Until all are through; `itemLeft` of the running one.
    double secondsLeft(double waiting, double running, double itemLeft) const;

private:
    double m_itemSeconds = 0.0;
    double m_doneSeconds = 0.0;
    double m_doneWeight = 0.0;
    double m_failedWeight = 0.0;
    int m_done = 0;
    int m_failed = 0;
};

} // namespace bitlens::app
