// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/cli/environment.h"

#include "engine/model/generator.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/calibration.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/quant/rangesearch.h"

#include <cstddef>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace bitlens::cli {

/// The options that most commands share: which model under which plan, and what it may use.
struct ModelOptions {
    std::string model;              ///< catalogue name or file; empty: the default model
    std::string plan;               ///< preset, JSON file or rules; empty: the command's default
    std::string calibrate;          ///< folder of images, or one image; empty: the input itself
    std::string ranges = "min-max"; ///< how they are taken from `calibrate`, see quant::rangeMethodName
    bool cache = true;              ///< ranges found before are taken from the disk, and kept there
    std::size_t memory = 0;
    int threads = 0;

    void addModel(CLI::App &command);
    void addPlan(CLI::App &command, const std::string &whenMissing);
    /// `whenMissing`: what holds without the option, for the help.
    void addCalibrate(CLI::App &command, const std::string &whenMissing = "default: the input");
    /// For commands that calibrate for one plan.
    void addRanges(CLI::App &command);
    /// The method that is asked for. Throws UsageError where there is nothing to apply it to.
    quant::RangeMethod rangeMethod() const;
    void addMemory(CLI::App &command);
    void addThreads(CLI::App &command);
};

/// What the options come to.
struct ModelChoice {
    model::GeneratorPtr generator;
    quant::BitPlan plan;
    std::string planName;
    std::shared_ptr<const quant::Calibration> calibration; ///< null: from the input
    quant::QuantizedModelPtr packed;                       ///< where the model's file is quantized already
};

/// Finds and reads the model and the plan. `defaultPlan` is used when none is asked for (a packed file brings its own).
/// Throws UsageError for a plan that cannot be read, base::Error for a model that cannot be found or read.
ModelChoice chooseModel(const ModelOptions &options, const std::string &defaultPlan);

/// The FP32 model that a packed one was made from, by catalogue name or file. Throws base::Error, also when that is a
/// packed file itself.
model::GeneratorPtr chooseOriginal(const std::string &argument);

/// Calibrates on the folder that is asked for, if any.
void calibrateChoice(ModelChoice &choice, const ModelOptions &options, Environment &environment);

} // namespace bitlens::cli
