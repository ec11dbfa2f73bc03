// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/remainingtime.h"

#include "ui/format.h"

#include <QCoreApplication>

#include <algorithm>
#include <utility>

namespace bitlens::ui {

namespace {
/// Before these an estimate would jump about.
constexpr double kSecondsBeforeEstimate = 1.0;
constexpr double kFractionBeforeEstimate = 0.03;
} // namespace

RemainingTime::RemainingTime(std::function<double()> clock) : m_clock(std::move(clock))
{
    m_timer.start();
    start();
}

double RemainingTime::now() const { return m_clock ? m_clock() : static_cast<double>(m_timer.elapsed()) / 1000.0; }

void RemainingTime::start() { m_begin = now(); }

std::optional<double> RemainingTime::seconds(double fraction) const
{
    const double spent = now() - m_begin;
    if (!(fraction >= kFractionBeforeEstimate) || spent < kSecondsBeforeEstimate)
        return std::nullopt;
    return spent * std::max(0.0, 1.0 - fraction) / fraction;
}

QString RemainingTime::text(double fraction) const
{
    const std::optional<double> left = seconds(fraction);
    return left ? QCoreApplication::translate("bitlens::ui::RemainingTime", "%1 left").arg(formatDuration(*left))
                : QString();
}

} // namespace bitlens::ui
