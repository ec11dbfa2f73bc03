// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/benchmark.h"
#include "engine/compare/comparison.h"
#include "engine/compare/regionscores.h"

#include <string>

namespace bitlens::compare {

/// Every readout as comma-separated values (RFC 4180, decimal points): a row each with the columns readout, unit, fp32,
/// quantized, difference (quantized - fp32). Names as in the report's JSON; what was not measured is empty, the PSNR of
/// equal pictures "inf". With a latency measurement also latency_plan, latency_median, latency_min and latency_max, and
/// layer_seconds/<path of the layer>. With the scores of a region also region_x, region_y, region_width, region_height,
/// and those scores with "region_" before their names.
std::string reportCsv(const Report &report, const Benchmark *latency = nullptr, const RegionScores *region = nullptr);

/// Every readout as JSON: that of the report, with a latency measurement its JSON as "latency", and the ranges that
/// somebody chose as "chosen_ranges": {"<feature map>": [low, high]}, and the scores of a region as "region": {x, y,
/// width, height, fp32{psnr_hr, ssim_hr, niqe, ma, pi}, quantized{the same, psnr_fp32, ssim_fp32, identical}}.
std::string numbersJson(const Report &report, const Benchmark *latency, const quant::RangeChoices &chosenRanges,
                        const RegionScores *region = nullptr);

} // namespace bitlens::compare
