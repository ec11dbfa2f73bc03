// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/compare/analysissetting.h"
#include "engine/score/mamodel.h"
#include "engine/search/measure.h"
#include "engine/search/sensitivity.h"
#include "engine/search/sensitivityfile.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bitlens::train {
class Ranks;
}

namespace bitlens::compare {

struct SensitivityRequest {
    AnalysisSetting setting;
    search::Method method = search::Method::Measured;
    bool byStage = false;               ///< measured only: an estimate is always by layer
    std::vector<quant::LayerBits> bits; ///< measured only; empty: search::defaultBits
    bool niqe = false;                  ///< measured only; the crops must have search::niqeProbeSide
    score::MaModelPtr maModel;          ///< for the change of PI beside that of NIQE; null: without
    int probes = 2;                     ///< estimated only
    std::string resumeFile;             ///< see search::SensitivityFile; empty: nothing is kept
    search::SensitivityFile::Purpose filePurpose = search::SensitivityFile::Purpose::Results;
    /// Who shares the work; null: one process alone. Rank 0 keeps the file; all ranks get all results. They must be
    /// given the same model, pictures and ranges (see sharedCalibration).
    std::shared_ptr<const train::Ranks> ranks;
};

/// What a report says of its setting, without entries.
search::SensitivityReport emptyReport(const AnalysisSetting &setting);

/// The analysis that window and command line share. `onFound` is called with each sensitivity as it is found, those of
/// the file first. An estimate that the file has whole is returned at once, one that it has in part is gone on with.
/// What was found is in the file also when the analysis is cancelled or fails, or a rank is lost. Throws base::Error,
/// base::Cancelled.
search::SensitivityReport analyseSensitivity(const SensitivityRequest &request, const base::ThreadPool &pool,
                                             const base::Job &job, const search::SensitivityFunction &onFound = {});

} // namespace bitlens::compare
