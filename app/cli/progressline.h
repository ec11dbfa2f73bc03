// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/clock.h"

#include <string>

namespace bitlens::cli {

/// One line of progress with the remaining time, on standard error, only where that is a terminal. Redrawn in place.
class ProgressLine {
public:
    ProgressLine();
    ~ProgressLine();
    ProgressLine(const ProgressLine &) = delete;
    ProgressLine &operator=(const ProgressLine &) = delete;

    void show(double fraction, const std::string &what);
    /// Removes the line, so that other text can be written; the next show() starts anew.
    void clear();
    /// The next show() belongs to a new action: remaining time is estimated from here.
    void restart();

private:
    bool m_terminal;
    bool m_shown = false;
    double m_lastShown = 0.0;
    base::Stopwatch m_watch;
};

} // namespace bitlens::cli
