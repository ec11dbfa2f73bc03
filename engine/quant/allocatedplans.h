// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/bitplan.h"

#include <optional>

namespace bitlens::quant {

/// The plan that `bitlens allocate` found at its default budget (no larger than W8 everywhere) for a generator of this
/// shape (stages, blocks): what "multi" is. Missing where no such generator was measured. The plans are data, see
/// tests/bench/multi_plans.sh.
std::optional<BitPlan> allocatedPlan(const model::Generator &generator);

} // namespace bitlens::quant
