// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/shortcutrows.h"

#include <QCoreApplication>

namespace bitlens::ui {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("bitlens::ui::Shortcuts", text); }

ActionInfo keyRow(ActionGroup group, const QString &written, const QString &help)
{
    return {.id = ActionId::None, .group = group, .keys = written, .help = help};
}

QList<ActionInfo> pictureRows()
{
    const ActionGroup group = ActionGroup::Picture;
    return {
        keyRow(group, tr("Hold Space"), tr("Swap FP32 and quantized while the key is down")),
        keyRow(group, tr("Hold B"), tr("Blink: the previous plan's result while the key is down")),
        keyRow(group, tr("← →"), tr("Move the divider (with Ctrl in large steps)")),
        keyRow(group, tr("Home, End"), tr("Move the divider to the edge")),
        keyRow(group, tr("Shift + arrows"), tr("Move the picture")),
        keyRow(group, tr("+ −"), tr("Zoom in and out")),
        keyRow(group, tr("F, 1"), tr("Fit to the window; actual size")),
        keyRow(group, tr("[ ]"), tr("Less or more magnification of the difference")),
        keyRow(group, tr("C"), tr("Difference in false colour, or as it is")),
        keyRow(group, tr("Enter"), tr("While blaming: the selected region, or the whole visible part")),
        keyRow(group, tr("Arrows, Shift + arrows"),
               tr("While selecting a region: move it, resize it (with Ctrl by 10 "
                  "pixels)")),
        keyRow(group, tr("Tab"), tr("Hide the panels, or show them again")),
        keyRow(group, tr("Wheel"), tr("Zoom at the cursor")),
        keyRow(group, tr("Drag"), tr("Move the picture, or the divider where it is")),
        keyRow(group, tr("Double click"), tr("Actual size at the cursor, or back to fit")),
    };
}

QList<ActionInfo> bitPlanRows()
{
    const ActionGroup group = ActionGroup::BitPlan;
    return {
        keyRow(group, tr("↑ ↓"), tr("Go through stages and layers")),
        keyRow(group, tr("Tab"), tr("Go between weights (W) and activations (A)")),
        keyRow(group, tr("← →"), tr("Fewer or more bits; open and close on a name")),
        keyRow(group, tr("Digits"), tr("Type a width, such as 8 or 12; 32 is FP32")),
        keyRow(group, tr("+ −"), tr("More or fewer bits")),
        keyRow(group, tr("Home, End"), tr("Fewest bits; FP32")),
        keyRow(group, tr("Enter, Space"), tr("Open or close the stage")),
        keyRow(group, tr("Esc"), tr("While dragging a slider: give the drag up")),
    };
}

QList<ActionInfo> panelRows()
{
    const ActionGroup group = ActionGroup::Panels;
    return {
        keyRow(group, tr("Tab"), tr("Go to the next control")),
        keyRow(group, tr("Arrows"), tr("Tried plans: go from plan to plan; blame: from layer to layer")),
        keyRow(group, tr("Enter, Space"),
               tr("Tried plans: bring the plan back; blame: show the layer in the bit plan; a readout: explain it")),
        keyRow(group, tr("Del"), tr("Queue: take the selected pictures off the list")),
        keyRow(group, tr("Esc"), tr("Activations: give up a clip marker that is being dragged")),
    };
}

} // namespace

QList<ActionInfo> keyRows() { return pictureRows() + bitPlanRows() + panelRows(); }

} // namespace bitlens::ui
