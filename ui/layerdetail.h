// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QString>

#include <cstddef>

namespace bitlens::ui {

/// What is known of one layer on the quantized side, for the line below the bit plan.
struct LayerDetail {
    enum class Arithmetic {
        Unknown,
        Integer,   ///< integer kernel
        Simulated, ///< quantized, but computed in float
        Float,     ///< FP32 in the plan
    };
    QString kernel; ///< empty: nothing was run yet
    Arithmetic arithmetic = Arithmetic::Unknown;
    std::size_t bytes = 0;  ///< in the packed file
    double sizeShare = 0.0; ///< of all layers, in [0,1]
    double seconds = 0.0;   ///< 0: not measured
    double timeShare = 0.0;
};

} // namespace bitlens::ui
