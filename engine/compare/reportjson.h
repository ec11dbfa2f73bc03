// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"

#include <nlohmann/json.hpp>

namespace bitlens::compare {

/// The number of the layout of all JSON that the program writes: names may be added, none renamed within a number.
inline constexpr int kJsonSchema = 1;

/// Keeps the names in the order in which they are written.
using Json = nlohmann::ordered_json;

/// A measured number, or null. JSON has no infinity: the PSNR of equal pictures is null beside "identical": true.
Json metricJson(const Metric &metric);

/// The names of one side: seconds, bytes, backend, psnr_hr, ssim_hr, niqe, ma, pi; of the quantized one also psnr_fp32,
/// ssim_fp32 and identical.
Json sideJson(const SideReport &report, Side side);

Json reportJson(const Report &report);

} // namespace bitlens::compare
