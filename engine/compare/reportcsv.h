// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/benchmark.h"
#include "engine/compare/comparison.h"

#include <string>

namespace bitlens::compare {

/// Every readout as comma-separated values (RFC 4180, decimal points): a row each with the columns readout, unit, fp32,
/// quantized, difference (quantized - fp32). Names as in the report's JSON; what was not measured is empty, the PSNR of
/// equal pictures "inf". With a latency measurement also latency_plan, latency_median, latency_min and latency_max, and
/// layer_seconds/<path of the layer>.
std::string reportCsv(const Report &report, const Benchmark *latency = nullptr);

/// Every readout as JSON: that of the report, with a latency measurement its JSON as "latency", and the ranges that
/// somebody chose as "chosen_ranges": {"<feature map>": [low, high]}.
std::string numbersJson(const Report &report, const Benchmark *latency, const quant::RangeChoices &chosenRanges);

} // namespace bitlens::compare
