// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QString>
#include <QStringList>

namespace bitlens::ui {
class CompareView;
}

namespace bitlens::app {

/// How a picture is looked at, as settings and session files keep it: by names, which stay what they are when an
/// enumeration grows.
struct ViewChoices {
    QString mode; ///< key of ui::CompareView::Mode; empty: none was chosen
    bool sidesAboveEachOther = false;
    double divider = 0.5;     ///< [0,1]
    QStringList panes;        ///< keys of ui::CompareView::Pane, side by side from the left; empty: none were chosen
    int gain = 0;             ///< of the difference, 1 … 32; 0: none was chosen
    bool falseColour = false; ///< of the difference
    bool operator==(const ViewChoices &) const = default;
};

/// What the view has now.
ViewChoices viewChoicesOf(const ui::CompareView &view);
/// Gives them to the view; what was not chosen, or is not known to this version, stays as it is.
void applyViewChoices(const ViewChoices &choices, ui::CompareView *view);

} // namespace bitlens::app
