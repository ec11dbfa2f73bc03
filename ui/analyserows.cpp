// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/shortcutrows.h"

#include <QCoreApplication>

namespace bitlens::ui {

namespace {
QString tr(const char *text) { return QCoreApplication::translate("bitlens::ui::Shortcuts", text); }
} // namespace

QList<ActionInfo> analyseRows()
{
    return {
        {.id = ActionId::ScoreRegion,
         .group = ActionGroup::Analyse,
         .text = tr("Score the &visible part"),
         .shortcuts = {QKeySequence(Qt::CTRL | Qt::Key_I)},
         .help = tr("NIQE, Ma, PI and PSNR of what the view shows, beside those of the whole picture"),
         .checkable = true},
        {.id = ActionId::SelectRegion,
         .group = ActionGroup::Analyse,
         .text = tr("Select &region"),
         .shortcuts = {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_I)},
         .help =
             tr("Drag a rectangle on the picture: its scores stand beside those of the whole; arrows move it, Shift "
                "with arrows resizes it, Escape takes it away"),
         .checkable = true},
        {.id = ActionId::MeasureLatency,
         .group = ActionGroup::Analyse,
         .text = tr("Measure &latency"),
         .shortcuts = {QKeySequence(Qt::CTRL | Qt::Key_B)},
         .help = tr("Run both sides by turns several times: median, spread, and the share of each stage")},
        {.id = ActionId::ShowActivations,
         .group = ActionGroup::Analyse,
         .text = tr("&Activations"),
         .shortcuts = {QKeySequence(Qt::Key_F6)},
         .help = tr("Histograms of the selected layer, FP32 and quantized, with clip markers that can be dragged"),
         .checkable = true,
         .startsSection = true},
        {.id = ActionId::ShowTriedPlans,
         .group = ActionGroup::Analyse,
         .text = tr("&Tried plans"),
         .shortcuts = {QKeySequence(Qt::Key_F10)},
         .help = tr("Every plan that was run on this picture: loss against size or time"),
         .checkable = true},
        {.id = ActionId::ShowSensitivity,
         .group = ActionGroup::Analyse,
         .text = tr("&Sensitivity"),
         .shortcuts = {QKeySequence(Qt::Key_F4)},
         .help = tr("Which layers and stages quantization hurts: bars, and a map of layers by bit-widths"),
         .checkable = true},
        {.id = ActionId::ShowAllocation,
         .group = ActionGroup::Analyse,
         .text = tr("All&ocate…"),
         .shortcuts = {QKeySequence(Qt::Key_F3)},
         .help = tr("Choose the bits of every layer for a budget of size, time or loss"),
         .checkable = true},
        {.id = ActionId::ShowTuning,
         .group = ActionGroup::Analyse,
         .text = tr("T&une…"),
         .shortcuts = {QKeySequence(Qt::Key_F8)},
         .help = tr("Train the quantized model on photographs so that it comes nearer to FP32"),
         .checkable = true},
        {.id = ActionId::Blame,
         .group = ActionGroup::Analyse,
         .text = tr("&Blame"),
         .shortcuts = {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_B)},
         .help = tr("Click a pixel or drag a region: which layers' quantization causes the error there"),
         .icon = Icon::Blame,
         .checkable = true},
    };
}

} // namespace bitlens::ui
