// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <chrono>

namespace bitlens::base {

/// Seconds of a monotonic clock since an arbitrary start.
inline double monotonicSeconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Measures wall time from its construction, in seconds.
class Stopwatch {
public:
    Stopwatch() : m_start(monotonicSeconds()) {}
    double seconds() const { return monotonicSeconds() - m_start; }

private:
    double m_start;
};

} // namespace bitlens::base
