// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QString>

namespace bitlens::ui {

/// A plan of a figure, as the dialog lists it.
struct FigurePlanRow {
    enum class State {
        Shown,   ///< the plan of the window's result
        Ready,   ///< its picture is there
        Missing, ///< its picture has to be computed first
        Waiting, ///< will be computed
        Running, ///< is being computed
        Failed,
    };
    QString name;
    QString rules; ///< written out
    State state = State::Ready;
    double fraction = 0.0; ///< of the work, while it is being computed
    QString error;         ///< why it failed
    bool operator==(const FigurePlanRow &) const = default;
};

/// A plan that can be added to a figure.
struct FigurePlanChoice {
    QString name;
    QString argument;   ///< a preset's name, or rules
    bool tried = false; ///< of this session, else a preset
    bool operator==(const FigurePlanChoice &) const = default;
};

} // namespace bitlens::ui
