// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/progressline.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace bitlens::cli {

namespace {

constexpr double kIntervalSeconds = 0.1;
constexpr int kBarWidth = 24;
/// Before this the remaining time is a guess.
constexpr double kEstimateAfterSeconds = 2.0;
constexpr double kEstimateAfterFraction = 0.02;
constexpr unsigned short kUsualColumns = 80;

std::size_t terminalColumns()
{
    winsize size{};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        size.ws_col = kUsualColumns;
    return size.ws_col;
}

std::string remainingText(double seconds)
{
    const auto whole = static_cast<long>(std::ceil(seconds));
    return whole < 60 ? fmt::format("{} s left", whole) : fmt::format("{}:{:02} min left", whole / 60, whole % 60);
}

} // namespace

ProgressLine::ProgressLine() : m_terminal(isatty(STDERR_FILENO) != 0) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(double fraction, const std::string &what)
{
    const double now = base::monotonicSeconds();
    if (!m_terminal || (m_shown && now - m_lastShown < kIntervalSeconds))
        return;
    m_shown = true;
    m_lastShown = now;
    const double clamped = std::clamp(fraction, 0.0, 1.0);
    const int filled = static_cast<int>(clamped * kBarWidth);
    std::string line = fmt::format("[{}{}] {:3.0f} %  {}", std::string(filled, '#'),
                                   std::string(kBarWidth - filled, '.'), 100.0 * clamped, what);
    const double elapsed = m_watch.seconds();
    if (elapsed > kEstimateAfterSeconds && clamped > kEstimateAfterFraction)
        line += ", " + remainingText(elapsed / clamped * (1.0 - clamped));
    line = line.substr(0, terminalColumns() - 1);
    std::fprintf(stderr, "\r%s\033[K", line.c_str());
    std::fflush(stderr);
}

void ProgressLine::clear()
{
    if (!m_shown)
        return;
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    m_shown = false;
}

void ProgressLine::restart() { m_watch = base::Stopwatch(); }

} // namespace bitlens::cli
