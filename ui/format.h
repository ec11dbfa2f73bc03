// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"

#include <QString>

#include <optional>

namespace bitlens::ui {

/// Numbers as people read them: decimal units, three significant digits where that means something, a real minus sign,
/// a no-break space before the unit. All in one place so that panels, figures and tooltips agree.
QString formatBytes(std::size_t bytes);                  ///< "812 B", "1.57 kB", "6.20 MB"
QString formatSeconds(double seconds);                   ///< "32.1 ms", "0.204 s", "12.5 s", "3 min 05 s"
QString formatDecibels(double decibels);                 ///< "53.1 dB"; infinite: "∞ dB"
QString formatSsim(double ssim);                         ///< "0.9987"; never rounds up to 1 unless it is 1
QString formatIndex(double index);                       ///< NIQE, Ma, PI: "2.31"
QString formatChange(double fraction);                   ///< -0.746: "−74.6 %"; 0.02: "+2.0 %"; "±0 %"
QString formatDifference(double difference, int digits); ///< "+0.02", "−0.20"
QString formatZoom(double zoom);                         ///< 1.0: "100 %"
QString formatPixels(int width, int height);             ///< "2040 × 1356"
QString formatBits(int bits);                            ///< "8", "FP32"
QString formatDuration(double seconds);                  ///< rough, for remaining time: "5 s", "2 min", "1 h 10 min"
/// "n/a" where a metric is missing.
QString notAvailable();

} // namespace bitlens::ui
