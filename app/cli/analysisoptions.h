// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/cli/modelchoice.h"

#include "engine/compare/sensitivityanalysis.h"

#include <string>

namespace bitlens::cli {

/// The options that sensitivity and allocate share: the model, and the pictures it is analysed on.
struct AnalysisOptions {
    ModelOptions model;
    std::string modelArgument; ///< the same as model.model, without --model
    std::string images;        ///< folder or image
    int crops = 0;             ///< 0: what suits the generator
    int side = 0;              ///< likewise

    void addTo(CLI::App &command);
};

/// Reads model and pictures; ranges come from --calibrate, else from the pictures, and with `ranks` from rank 0. With
/// `forNiqe`, crops are large enough for NIQE. Throws UsageError, base::Error.
compare::AnalysisSetting analysisSetting(const AnalysisOptions &options, Environment &environment,
                                         const train::Ranks *ranks = nullptr, bool forNiqe = false);

/// "8 crops of 48x48 from 8 of 436 images".
std::string picturesText(const compare::AnalysisSetting &setting);

} // namespace bitlens::cli
