// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"

#include <string>

namespace bitlens::compare {

/// Every readout as comma-separated values (RFC 4180, decimal points): a row each with the columns readout, unit, fp32,
/// quantized, difference (quantized - fp32). Names as in the report's JSON; what was not measured is empty, the PSNR of
/// equal pictures "inf".
std::string reportCsv(const Report &report);

} // namespace bitlens::compare
