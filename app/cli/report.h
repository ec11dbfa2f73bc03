// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"
#include "engine/compare/evaluation.h"
#include "engine/compare/regionscores.h"

#include <string>

namespace bitlens::cli {

/// A report for people: a heading and a table of FP32 against quantized; no final line break.
std::string reportText(const compare::Report &report);

/// The scores of a region, to follow reportText.
std::string regionText(const compare::RegionScores &region);

/// One line of a table of an evaluation, and the table's heading.
std::string evaluationHeading();
std::string evaluationLine(const compare::EvaluationRow &row);

} // namespace bitlens::cli
