// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

namespace bitlens::app {

/// How far the queue is and how long it will take: from the time that was spent on pictures, without that in which it
/// was held. Seconds that are not known are negative.
class QueueEstimate {
public:
    /// The queue starts anew.
    void start() { *this = {}; }
    void beginItem() { m_itemSeconds = 0.0; }
    /// Time spent on the item at hand.
    void addActive(double seconds) { m_itemSeconds += seconds; }
    void itemDone();
    void itemFailed() { ++m_failed; }

    int done() const { return m_done; }
    int failed() const { return m_failed; }
    /// Of the item at hand, of which `fraction` is made; `before` while it is too early to tell.
    double itemSecondsLeft(double fraction, double before) const;
    /// Share of all pictures since the start that is through, in [0,1]; `fraction` of the running one, if there is one.
    double fraction(int waiting, bool running, double fraction) const;
    /// Until all are through; `itemLeft` of the running one.
    double secondsLeft(int waiting, bool running, double itemLeft) const;

private:
    double m_itemSeconds = 0.0;
    double m_doneSeconds = 0.0;
    int m_done = 0;
    int m_failed = 0;
};

} // namespace bitlens::app
