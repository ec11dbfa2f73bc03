// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"

#include <functional>
#include <string>
#include <vector>

namespace bitlens::compare {

/// A test picture and what it was made from.
struct EvaluationPair {
    std::string name; ///< file name of the large picture
    std::string low;  ///< path
    std::string high; ///< path
};

/// The pairs of a folder: every image in folder/HR with the one of the same name (whatever its extension, and with or
/// without "x<scale>" at its end) in folder/LRx<scale>, by name. Throws base::Error{NotFound} when a folder is missing,
/// empty, or a partner is.
std::vector<EvaluationPair> evaluationPairs(const std::string &folder, int scale);

struct EvaluationRequest {
    std::string folder;
    model::GeneratorPtr generator;
    quant::BitPlan plan;
    std::string planName;
    quant::QuantizedModelPtr packed;                       ///< see Request
    std::shared_ptr<const quant::Calibration> calibration; ///< null: each picture's own
    std::size_t memoryBudget = 0;
    bool runFloat = true;
    bool runQuantized = true;
    bool blindScores = true; ///< NIQE, Ma and PI too
    std::shared_ptr<const score::MaModel> maModel;
    /// The model that `packed` was made from, for the FP32 side: a packed file has its rounded weights only. Null:
    /// `generator`.
    model::GeneratorPtr original;
};

/// One picture's numbers, or the means of all: of those pictures where a number could be had.
struct EvaluationRow {
    std::string file;
    SideReport fp32, quantized;
    Metric bicubicPsnrHr, bicubicSsimHr; ///< of MATLAB's bicubic enlargement, to judge the others by
};

struct Evaluation {
    std::string folder, model, plan;
    std::string fp32Model; ///< of the FP32 side
    int scale = 4;
    std::vector<EvaluationRow> images;
    EvaluationRow mean;
    /// model, fp32_model, images[{file, fp32{…}, quantized{…}, bicubic{…}}], mean{…} with the names of Report::toJson;
    /// "schema":1.
    std::string toJson() const;
    /// One line per image and one of the means; empty fields where not measured.
    std::string toCsv() const;
};

/// Called after each picture, in order.
using EvaluationRowFunction = std::function<void(const EvaluationRow &row)>;

/// Runs a comparison on each pair of a folder. Throws like Comparison::run, and base::Error{InvalidArgument} when
/// `original` has other layers than `generator`.
Evaluation evaluate(Comparison &comparison, const EvaluationRequest &request, const base::ThreadPool &pool,
                    const base::Job &job, const EvaluationRowFunction &onRow = {});

} // namespace bitlens::compare
