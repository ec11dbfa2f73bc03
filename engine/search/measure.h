// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/image/image.h"
#include "engine/quant/calibration.h"
#include "engine/score/mamodel.h"
#include "engine/search/sensitivity.h"
#include "engine/search/workshare.h"

#include <functional>
#include <memory>
#include <vector>

namespace bitlens::search {

/// Called with each sensitivity as it is found, on the calling thread.
using SensitivityFunction = std::function<void(const Sensitivity &found)>;

struct MeasureRequest {
    model::GeneratorPtr generator;
    std::shared_ptr<const quant::Calibration> calibration;
    std::vector<image::Planes> pictures; ///< crops of one size, see probePictures
    bool byStage = false;
    /// FP32 on one side: only the other is quantized. Both FP32 is left out.
    std::vector<quant::LayerBits> bits;
    bool niqe = false; ///< the change of NIQE too, on crops of at least niqeProbeSide
    /// Found before under the same conditions: taken over where they answer what is asked.
    std::vector<Sensitivity> known;
    WorkShare share = {};                ///< among processes that were given the same request
    score::MaModelPtr maModel = nullptr; ///< for the change of PI beside that of NIQE; null: without
};

/// Measures one target at a time. The cheap answers come first: one width after another, and within it from the last
/// layer to the first, because only layers from the quantized one on are run. Progress per answer. Entries come back
/// in the order in which they were found, those of `known` that were asked for first. Changes
/// of NIQE and PI are means over those crops that have them on both sides. Throws base::Error{InvalidArgument} for
/// widths that do not exist, and where NIQE is asked for and no crop has one, with the reason; base::Error,
/// base::Cancelled.
std::vector<Sensitivity> measureSensitivity(const MeasureRequest &request, const base::ThreadPool &pool,
                                            const base::Job &job, const SensitivityFunction &onFound = {});

/// The question of measureSensitivity for each choice of widths that a list like "8,4/fp32,fp32/8,8/12" names: "8" is
/// weights and activations both, "fp32" leaves a side in FP32. Throws base::Error{InvalidArgument} naming the item.
std::vector<quant::LayerBits> parseBits(const std::string &text);

/// What is measured when nobody chooses: W8 A8, then weights and activations alone at 8 and 4 bits.
std::vector<quant::LayerBits> defaultBits();

} // namespace bitlens::search
