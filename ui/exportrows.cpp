// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/shortcutrows.h"

#include <QCoreApplication>

namespace bitlens::ui {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("bitlens::ui::Shortcuts", text); }

QKeySequence keys(QKeyCombination combination) { return QKeySequence(combination); }

} // namespace

QList<ActionInfo> exportRows()
{
    return {
        {.id = ActionId::ExportFigure,
         .group = ActionGroup::Export,
         .text = tr("Comparison &figure…"),
         .shortcuts = {keys(Qt::CTRL | Qt::Key_E)},
         .help = tr("Compose a figure with enlarged parts, numbers and the bit plan: PNG, PDF or SVG"),
         .icon = Icon::Picture},
        {.id = ActionId::ExportView,
         .group = ActionGroup::Export,
         .text = tr("Current &view…"),
         .shortcuts = {keys(Qt::CTRL | Qt::SHIFT | Qt::Key_E)},
         .help = tr("Save the compare view as it stands on the screen"),
         .icon = Icon::Save,
         .startsSection = true},
        {.id = ActionId::ExportCrops,
         .group = ActionGroup::Export,
         .text = tr("Visible part as &crops…"),
         .shortcuts = {keys(Qt::CTRL | Qt::ALT | Qt::Key_C)},
         .help = tr("Save what is visible of FP32, quantized and HR, pixel for pixel"),
         .icon = Icon::SideBySide},
        {.id = ActionId::ExportFlip,
         .group = ActionGroup::Export,
         .text = tr("&Animated flip…"),
         .shortcuts = {keys(Qt::CTRL | Qt::ALT | Qt::Key_A)},
         .help = tr("Save what is visible of both sides by turns, as an animated PNG"),
         .icon = Icon::Flip},
        {.id = ActionId::ExportNumbers,
         .group = ActionGroup::Export,
         .text = tr("&Numbers…"),
         .shortcuts = {keys(Qt::CTRL | Qt::ALT | Qt::Key_N)},
         .help = tr("Save every readout as CSV or JSON"),
         .icon = Icon::Copy,
         .startsSection = true},
        {.id = ActionId::ExportBundle,
         .group = ActionGroup::Export,
         .text = tr("&Bundle…"),
         .shortcuts = {keys(Qt::CTRL | Qt::ALT | Qt::Key_B)},
         .help =
             tr("Save picture, model, plan and ranges together, for “bitlens replay” to make the same pixels again"),
         .icon = Icon::Model},
    };
}

} // namespace bitlens::ui
