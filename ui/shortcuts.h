// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/icons.h"

#include <QKeySequence>
#include <QList>
#include <QString>

namespace bitlens::ui {

enum class ActionId {
    None, ///< a key that a widget handles itself
    OpenFile,
    PasteImage,
    OpenSample,
    OpenReference,
    OpenRecent,
    ShowQueue,
    SaveSession,
    Settings,
    SaveQuantized,
    SaveFp32,
    Quit,
    Undo,
    Redo,
    ResetPlan,
    CopyPlan,
    PastePlan,
    ViewSplit,
    ViewSideBySide,
    ViewDifference,
    ViewFlip,
    TurnDivider,
    PaneBicubic,
    PaneFp32,
    PaneQuantized,
    PaneReference,
    MoreGain,
    LessGain,
    FalseColour,
    Fit,
    ActualSize,
    ZoomIn,
    ZoomOut,
    FocusPlan,
    FocusPicture,
    TogglePanels,
    FullScreen,
    ThemeSystem,
    ThemeLight,
    ThemeDark,
    OpenModel,
    Recompute,
    InstallMaModel,
    DownloadMaModel,
    ScoreRegion,
    SelectRegion,
    MeasureLatency,
    ShowActivations,
    ShowTriedPlans,
    ShowTuning,
    ShowSensitivity,
    ShowAllocation,
    Blame,
    SavePlan,
    OpenPlan,
    ChoosePlan,
    OnlyThisLayer,
    Cancel,
    ExportFigure,
    ExportView,
    ExportCrops,
    ExportFlip,
    ExportNumbers,
    ExportBundle,
    ShowHelp,
    About,
};

enum class ActionGroup { File, Edit, View, Model, Analyse, Export, Help, Picture, BitPlan, Panels };

/// One row of the program's table of actions and keys. Rows of the groups Picture, BitPlan and Panels are keys that a
/// widget handles itself; they have no menu and appear in the help only.
struct ActionInfo {
    ActionId id{};
    ActionGroup group{};
    QString text{};                  ///< in menus, with mnemonic
    QList<QKeySequence> shortcuts{}; ///< the first is the one shown
    QString keys{};                  ///< for keys without an action: how they are written in the help
    QString help{};                  ///< one sentence: tooltip and help page
    Icon icon = Icon::None;
    bool checkable = false;
    bool startsSection = false; ///< a separator stands before it in its menu
};

/// The one table, in the order of menus and help. Translated at the time of the call.
QList<ActionInfo> actionTable();
QString actionGroupTitle(ActionGroup group); ///< "File", …, with no mnemonic
/// The shortcut as it is shown to people, or the row's `keys`.
QString shortcutText(const ActionInfo &info);

} // namespace bitlens::ui
