// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/shortcuts.h"

#include "ui/shortcutrows.h"

#include <QCoreApplication>

namespace bitlens::ui {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("bitlens::ui::Shortcuts", text); }

QKeySequence keys(QKeyCombination combination) { return QKeySequence(combination); }

QList<ActionInfo> fileRows()
{
    return {
        {.id = ActionId::OpenFile,
         .group = ActionGroup::File,
         .text = tr("&Open…"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_O)},
         .help = tr("Open pictures, a model, a plan or a session"),
         .icon = Icon::Open},
        {.id = ActionId::PasteImage,
         .group = ActionGroup::File,
         .text = tr("&Paste picture"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_V)},
         .help = tr("Enlarge the picture on the clipboard"),
         .icon = Icon::Paste},
        {.id = ActionId::OpenSample,
         .group = ActionGroup::File,
         .text = tr("Open &sample"),
         .shortcuts = {keys(Qt::CTRL | Qt::SHIFT | Qt::Key_O)},
         .help = tr("Open the sample picture that comes with the program"),
         .icon = Icon::Sample},
        {.id = ActionId::OpenReference,
         .group = ActionGroup::File,
         .text = tr("Open &reference…"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_R)},
         .help = tr("Open the true high-resolution picture that both results are measured against"),
         .icon = Icon::Picture},
        {.id = ActionId::OpenRecent,
         .group = ActionGroup::File,
         .text = tr("Open re&cent"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_H)},
         .help = tr("Pictures, models and sessions that were opened last")},
        {.id = ActionId::ShowQueue,
         .group = ActionGroup::File,
         .text = tr("Enlarge &many pictures"),
         .shortcuts = {keys(Qt::Key_F7)},
         .help = tr("Show the queue, which enlarges many pictures or a folder one after the other"),
         .icon = Icon::Queue},
        {.id = ActionId::SaveQuantized,
         .group = ActionGroup::File,
         .text = tr("Save &quantized result…"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_S)},
         .help = tr("Save the picture that the quantized model made"),
         .icon = Icon::Save,
         .startsSection = true},
        {.id = ActionId::SaveFp32,
         .group = ActionGroup::File,
         .text = tr("Save &FP32 result…"),
         .shortcuts = {keys(Qt::CTRL | Qt::SHIFT | Qt::Key_S)},
         .help = tr("Save the picture that the FP32 model made"),
         .icon = Icon::Save},
        {.id = ActionId::SaveSession,
         .group = ActionGroup::File,
         .text = tr("Sa&ve session…"),
         .shortcuts = {keys(Qt::CTRL | Qt::ALT | Qt::Key_S)},
         .help = tr("Save which picture, model and plan are open, to go on with them later")},
        {.id = ActionId::Settings,
         .group = ActionGroup::File,
         .text = tr("Se&ttings…"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_Comma)},
         .help = tr("Threads, memory, colours, and what the program begins with"),
         .icon = Icon::Settings,
         .startsSection = true},
        {.id = ActionId::Quit,
         .group = ActionGroup::File,
         .text = tr("&Quit"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_Q)},
         .help = tr("Close the program"),
         .startsSection = true},
    };
}

QList<ActionInfo> editRows()
{
    return {
        {.id = ActionId::Undo,
         .group = ActionGroup::Edit,
         .text = tr("&Undo"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_Z)},
         .help = tr("Take the last change of the plan back"),
         .icon = Icon::Undo},
        {.id = ActionId::Redo,
         .group = ActionGroup::Edit,
         .text = tr("&Redo"),
         .shortcuts = {keys(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), keys(Qt::CTRL | Qt::Key_Y)},
         .help = tr("Make the change again that was taken back"),
         .icon = Icon::Redo},
        {.id = ActionId::ResetPlan,
         .group = ActionGroup::Edit,
         .text = tr("Rese&t plan"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_Backspace)},
         .help = tr("Go back to the preset that was chosen last"),
         .icon = Icon::Reset},
        {.id = ActionId::CopyPlan,
         .group = ActionGroup::Edit,
         .text = tr("&Copy plan"),
         .shortcuts = {keys(Qt::CTRL | Qt::SHIFT | Qt::Key_C)},
         .help = tr("Copy the bit plan as text"),
         .icon = Icon::Copy,
         .startsSection = true},
        {.id = ActionId::PastePlan,
         .group = ActionGroup::Edit,
         .text = tr("Paste p&lan"),
         .shortcuts = {keys(Qt::CTRL | Qt::SHIFT | Qt::Key_V)},
         .help = tr("Use the bit plan on the clipboard"),
         .icon = Icon::Paste},
        {.id = ActionId::ChoosePlan,
         .group = ActionGroup::Edit,
         .text = tr("C&hoose plan…"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_P)},
         .help = tr("Open the list of presets, tried plans and plan files in the toolbar")},
        {.id = ActionId::OpenPlan,
         .group = ActionGroup::Edit,
         .text = tr("Op&en plan…"),
         .shortcuts = {keys(Qt::CTRL | Qt::ALT | Qt::Key_O)},
         .help = tr("Use the bit plan in a file")},
        {.id = ActionId::SavePlan,
         .group = ActionGroup::Edit,
         .text = tr("&Save plan…"),
         .shortcuts = {keys(Qt::CTRL | Qt::ALT | Qt::Key_P)},
         .help = tr("Write the bit plan to a file")},
        {.id = ActionId::OnlyThisLayer,
         .group = ActionGroup::Edit,
         .text = tr("&Only this layer quantized"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_L)},
         .help = tr("Everything else in FP32, to see what the selected layer or stage alone does; undo goes back")},
    };
}

QList<ActionInfo> viewRows()
{
    return {
        {.id = ActionId::ViewSplit,
         .group = ActionGroup::View,
         .text = tr("&Split"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_1)},
         .help = tr("FP32 and quantized on the two sides of a divider"),
         .icon = Icon::Split,
         .checkable = true},
        {.id = ActionId::ViewSideBySide,
         .group = ActionGroup::View,
         .text = tr("Side &by side"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_2)},
         .help = tr("Both pictures whole, zoom and position locked"),
         .icon = Icon::SideBySide,
         .checkable = true},
        {.id = ActionId::ViewDifference,
         .group = ActionGroup::View,
         .text = tr("&Difference"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_3)},
         .help = tr("How far the quantized picture is from the FP32 one, magnified"),
         .icon = Icon::Difference,
         .checkable = true},
        {.id = ActionId::ViewFlip,
         .group = ActionGroup::View,
         .text = tr("F&lip"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_4)},
         .help = tr("FP32 alone; hold Space to see quantized in its place"),
         .icon = Icon::Flip,
         .checkable = true},
        {.id = ActionId::TurnDivider,
         .group = ActionGroup::View,
         .text = tr("&Turn divider"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_T)},
         .help = tr("Divide left and right, or above and below"),
         .icon = Icon::Turn,
         .startsSection = true},
        {.id = ActionId::PaneBicubic,
         .group = ActionGroup::View,
         .text = tr("Side by side: bi&cubic"),
         .shortcuts = {keys(Qt::ALT | Qt::Key_1)},
         .help = tr("Show the input's bicubic enlargement among the pictures side by side"),
         .checkable = true,
         .startsSection = true},
        {.id = ActionId::PaneFp32,
         .group = ActionGroup::View,
         .text = tr("Side by side: &FP32"),
         .shortcuts = {keys(Qt::ALT | Qt::Key_2)},
         .help = tr("Show the FP32 result among the pictures side by side"),
         .checkable = true},
        {.id = ActionId::PaneQuantized,
         .group = ActionGroup::View,
         .text = tr("Side by side: &quantized"),
         .shortcuts = {keys(Qt::ALT | Qt::Key_3)},
         .help = tr("Show the quantized result among the pictures side by side"),
         .checkable = true},
        {.id = ActionId::PaneReference,
         .group = ActionGroup::View,
         .text = tr("Side by side: &reference (HR)"),
         .shortcuts = {keys(Qt::ALT | Qt::Key_4)},
         .help = tr("Show the true high-resolution picture, where one is open, among the pictures side by side"),
         .checkable = true},
        {.id = ActionId::MoreGain,
         .group = ActionGroup::View,
         .text = tr("&Magnify the difference more"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_BracketRight)},
         .help = tr("Twice the magnification of the difference, up to 32 times"),
         .startsSection = true},
        {.id = ActionId::LessGain,
         .group = ActionGroup::View,
         .text = tr("Magnify the difference &less"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_BracketLeft)},
         .help = tr("Half the magnification of the difference")},
        {.id = ActionId::FalseColour,
         .group = ActionGroup::View,
         .text = tr("Difference in fal&se colour"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_5)},
         .help = tr("Show how large the difference is as a colour, with a legend"),
         .checkable = true},
        {.id = ActionId::Fit,
         .group = ActionGroup::View,
         .text = tr("Fit to &window"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_9)},
         .help = tr("Show the whole picture"),
         .icon = Icon::Fit,
         .startsSection = true},
        {.id = ActionId::ActualSize,
         .group = ActionGroup::View,
         .text = tr("&Actual size"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_0)},
         .help = tr("One pixel of the picture on one pixel of the screen"),
         .icon = Icon::ActualSize},
        {.id = ActionId::ZoomIn,
         .group = ActionGroup::View,
         .text = tr("Zoom &in"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_Plus), keys(Qt::CTRL | Qt::Key_Equal)},
         .help = tr("Enlarge what is shown"),
         .icon = Icon::ZoomIn},
        {.id = ActionId::ZoomOut,
         .group = ActionGroup::View,
         .text = tr("Zoom &out"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_Minus)},
         .help = tr("Show more of the picture"),
         .icon = Icon::ZoomOut},
        {.id = ActionId::FocusPlan,
         .group = ActionGroup::View,
         .text = tr("Go to t&he bit plan"),
         .shortcuts = {keys(Qt::Key_F2)},
         .help = tr("Give the keyboard to the bit plan"),
         .startsSection = true},
        {.id = ActionId::FocusPicture,
         .group = ActionGroup::View,
         .text = tr("Go to the pictur&e"),
         .shortcuts = {keys(Qt::SHIFT | Qt::Key_F2)},
         .help = tr("Give the keyboard to the picture")},
        {.id = ActionId::TogglePanels,
         .group = ActionGroup::View,
         .text = tr("Hide &panels"),
         .shortcuts = {keys(Qt::Key_F9)},
         .help = tr("Leave the whole window to the picture"),
         .icon = Icon::Panels,
         .checkable = true},
        {.id = ActionId::FullScreen,
         .group = ActionGroup::View,
         .text = tr("F&ull screen"),
         .shortcuts = {keys(Qt::Key_F11)},
         .help = tr("Leave the whole screen to the window"),
         .checkable = true},
        {.id = ActionId::ThemeSystem,
         .group = ActionGroup::View,
         .text = tr("Colours of the s&ystem"),
         .shortcuts = {keys(Qt::CTRL | Qt::ALT | Qt::Key_1)},
         .help = tr("Light or dark, as the desktop is"),
         .icon = Icon::Theme,
         .checkable = true,
         .startsSection = true},
        {.id = ActionId::ThemeLight,
         .group = ActionGroup::View,
         .text = tr("Li&ght colours"),
         .shortcuts = {keys(Qt::CTRL | Qt::ALT | Qt::Key_2)},
         .help = tr("Dark text on light ground"),
         .checkable = true},
        {.id = ActionId::ThemeDark,
         .group = ActionGroup::View,
         .text = tr("Dar&k colours"),
         .shortcuts = {keys(Qt::CTRL | Qt::ALT | Qt::Key_3)},
         .help = tr("Light text on dark ground"),
         .checkable = true},
    };
}

QList<ActionInfo> modelRows()
{
    return {
        {.id = ActionId::OpenModel,
         .group = ActionGroup::Model,
         .text = tr("&Open model…"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_M)},
         .help = tr("Load a generator from a .pth, .safetensors or .param file"),
         .icon = Icon::Model},
        {.id = ActionId::Recompute,
         .group = ActionGroup::Model,
         .text = tr("&Compute again"),
         .shortcuts = {keys(Qt::Key_F5)},
         .help = tr("Run both sides again and measure the time anew"),
         .icon = Icon::Sample},
        {.id = ActionId::InstallMaModel,
         .group = ActionGroup::Model,
         .text = tr("&Install Ma model…"),
         .shortcuts = {keys(Qt::CTRL | Qt::ALT | Qt::Key_I)},
         .help = tr("Name the file model.mat that the Ma and PI scores need; it is kept"),
         .startsSection = true},
        {.id = ActionId::DownloadMaModel,
         .group = ActionGroup::Model,
         .text = tr("&Download Ma model"),
         .shortcuts = {keys(Qt::CTRL | Qt::ALT | Qt::Key_D)},
         .help = tr("Fetch the file that the Ma and PI scores need from its authors")},
        {.id = ActionId::Cancel,
         .group = ActionGroup::Model,
         .text = tr("Ca&ncel"),
         .shortcuts = {keys(Qt::Key_Escape)},
         .help = tr("Stop the computation that is under way"),
         .icon = Icon::Cancel},
    };
}

QList<ActionInfo> helpRows()
{
    return {
        {.id = ActionId::ShowHelp,
         .group = ActionGroup::Help,
         .text = tr("&Help and keys"),
         .shortcuts = {keys(Qt::Key_F1)},
         .help = tr("How to compare, and every key"),
         .icon = Icon::Help},
        {.id = ActionId::About,
         .group = ActionGroup::Help,
         .text = tr("&About Bitlens"),
         .shortcuts = {keys(Qt::SHIFT | Qt::Key_F1)},
         .help = tr("Version, libraries and licences"),
         .icon = Icon::Info},
    };
}

} // namespace

QList<ActionInfo> actionTable()
{
    return fileRows() + editRows() + viewRows() + modelRows() + analyseRows() + exportRows() + helpRows() + keyRows();
}

QString actionGroupTitle(ActionGroup group)
{
    switch (group) {
    case ActionGroup::File:
        return tr("File");
    case ActionGroup::Edit:
        return tr("Edit");
    case ActionGroup::View:
        return tr("View");
    case ActionGroup::Model:
        return tr("Model");
    case ActionGroup::Analyse:
        return tr("Analyse");
    case ActionGroup::Export:
        return tr("Export");
    case ActionGroup::Help:
        return tr("Help");
    case ActionGroup::Picture:
        return tr("On the picture");
    case ActionGroup::BitPlan:
        return tr("In the bit plan");
    case ActionGroup::Panels:
        return tr("In the panels");
    }
    return {};
}

QString shortcutText(const ActionInfo &info)
{
    if (info.shortcuts.isEmpty())
        return info.keys;
    return info.shortcuts.first().toString(QKeySequence::NativeText);
}

} // namespace bitlens::ui
