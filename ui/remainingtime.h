// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QElapsedTimer>
#include <QString>

#include <functional>
#include <optional>

namespace bitlens::ui {

/// How long work goes on, from how far it has come since its start. One for each piece of work.
class RemainingTime {
public:
    /// `clock`: seconds since any fixed moment; for tests. Empty: real time.
    explicit RemainingTime(std::function<double()> clock = {});

    /// Work begins now.
    void start();
    /// Seconds until all is done when `fraction` in [0,1] is; nothing while it is too early to tell.
    std::optional<double> seconds(double fraction) const;
    /// "12 s left"; empty while it is too early to tell.
    QString text(double fraction) const;

private:
    double now() const;

    std::function<double()> m_clock;
    QElapsedTimer m_timer;
    double m_begin = 0.0;
};

} // namespace bitlens::ui
