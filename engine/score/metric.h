// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace bitlens::score {

/// A number that may be missing, with the reason why ("Ma model not installed", "flat image"). The reason is worded to
/// follow "n/a: ". A value may be +infinity (PSNR of equal pictures), never NaN.
struct Metric {
    std::optional<double> value;
    std::string reason; ///< set when value is not

    static Metric of(double number) { return {number, {}}; }
    static Metric notAvailable(std::string why) { return {std::nullopt, std::move(why)}; }
    /// A PSNR of +infinity dB: no sample differs. JSON has no infinity; writers must say "identical" instead.
    bool isInfinite() const { return value && std::isinf(*value); }
};

} // namespace bitlens::score
