// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/calibration.h"
#include "engine/search/sensitivity.h"
#include "engine/search/workshare.h"

#include <functional>
#include <memory>

namespace bitlens::train {
class Ranks;
}

namespace bitlens::compare {

/// How an analysis is divided among ranks; `ranks` must outlive it.
search::WorkShare workShare(const train::Ranks &ranks);

/// The calibration that rank 0 makes, the same bits on all ranks (their own might differ in the last bits). Throws
/// train::RankLost, and what `make` throws.
std::shared_ptr<const quant::Calibration>
sharedCalibration(const train::Ranks &ranks, const model::Generator &generator,
                  const std::function<std::shared_ptr<const quant::Calibration>()> &make);

/// Rank 0's report, `own` without entries elsewhere. Throws base::Error{InvalidArgument} on all ranks when the
/// conditions of one differ from those of rank 0, and train::RankLost.
search::SensitivityReport sharedReport(const train::Ranks &ranks, const search::SensitivityReport &own);

} // namespace bitlens::compare
