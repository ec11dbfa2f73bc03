// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"

#include <QString>

#include <array>
#include <optional>

namespace bitlens::ui {

/// The readouts in the order in which they are shown.
enum class Readout { Size, Time, PsnrFp32, SsimFp32, PsnrHr, SsimHr, Niqe, Ma, Pi };
inline constexpr std::array kReadouts{Readout::Size,     Readout::Time,   Readout::PsnrFp32,
                                      Readout::SsimFp32, Readout::PsnrHr, Readout::SsimHr,
                                      Readout::Niqe,     Readout::Ma,     Readout::Pi};

/// One number of one side, ready to be shown.
struct ReadoutValue {
    QString text;   ///< with unit; "n/a" when missing for a reason, "–" when not known yet
    QString reason; ///< why it is missing
    std::optional<double> number;
};

/// From FP32 to quantized.
struct ReadoutChange {
    enum class Verdict { Same, Better, Worse };
    QString text; ///< with sign and unit; empty when there is nothing to compare
    Verdict verdict = Verdict::Same;
};

QString readoutName(Readout readout);
/// Stable and untranslated, as names of widgets begin: "psnrFp32".
QString readoutKey(Readout readout);
/// What it means, which direction is better, and where it comes from.
QString readoutHelp(Readout readout);
/// Compares quantized with the FP32 output: has no FP32 value.
bool isFidelity(Readout readout);
/// Needs a high-resolution reference.
bool needsReference(Readout readout);
bool isPerceptual(Readout readout);
ReadoutValue readoutValue(Readout readout, const compare::SideReport &report);
ReadoutChange readoutChange(Readout readout, const compare::SideReport &fp32, const compare::SideReport &quantized);

} // namespace bitlens::ui
