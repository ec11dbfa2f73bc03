// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"
#include "engine/quant/bitplan.h"

#include <optional>
#include <string>
#include <vector>

namespace bitlens::search {

enum class Method { Measured, Estimated };
std::string methodName(Method method); ///< "measured", "estimated"

/// What is quantized while everything else stays FP32: one layer, or a whole stage.
struct Target {
    int stage = 0;
    int layer = -1; ///< index in the generator; -1: the whole stage
    bool isStage() const { return layer < 0; }
    bool operator==(const Target &) const = default;
};

/// The error of the final picture when only `target` is quantized. Of `bits`, FP32 (quant::kFloatBits) on one side
/// means that only the other is quantized, in exact float arithmetic otherwise.
struct Sensitivity {
    Target target;
    quant::LayerBits bits;
    /// Mean squared error to the FP32 picture: luma (Y of BT.601, as fractions of 255), clamped, not rounded to 8 bit,
    /// `scale` pixels shaved.
    double squaredError = 0.0;
    /// NIQE of the picture minus that of the FP32 picture, where it was asked for.
    std::optional<double> niqeChange;
    Method method = Method::Measured;
    /// PI of the picture minus that of the FP32 picture, where it was asked for and Ma's model is there.
    std::optional<double> piChange = std::nullopt;

    /// PSNR to the FP32 picture in dB; missing when nothing differs.
    std::optional<double> psnrFp32() const;
};

/// dB of a mean squared error of values in [0,1]; missing for 0.
std::optional<double> decibels(double squaredError);

/// What identifies the conditions that sensitivities belong to: results of other conditions are not comparable.
struct Conditions {
    std::string model;       ///< SHA-256 of the generator's description and numbers
    std::string pictures;    ///< SHA-256 of the pictures
    std::string calibration; ///< SHA-256 of the ranges
    bool operator==(const Conditions &) const = default;
};

/// How far an estimate has come, to go on from: see estimateSensitivity.
struct EstimateProgress {
    int probes = 0;           ///< per picture
    std::size_t pictures = 0; ///< that are in the sums, the first ones
    std::vector<double> sums; ///< empty: none has been begun
    bool operator==(const EstimateProgress &) const = default;
};

/// Numbers in EstimateProgress::sums for a generator.
std::size_t estimateSumCount(const model::Generator &generator);

/// All sensitivities found so far, in the order in which they were found. A value type.
struct SensitivityReport {
    model::GeneratorPtr generator;
    Conditions conditions;
    std::string calibration; ///< for people
    int pictures = 0;        ///< number of crops
    int side = 0;            ///< of the crops, in input pixels
    std::vector<Sensitivity> entries;
    EstimateProgress estimate;

    /// nullptr when it has not been found.
    const Sensitivity *find(const Target &target, quant::LayerBits bits, Method method) const;

    /// {"schema":1,"model","method","pictures","side","calibration","conditions":{…},"entries":[{"stage","layer",
    /// "weight_bits","activation_bits","psnr_fp32","squared_error","niqe_change","pi_change","method"}],"estimate":
    /// {"probes","pictures","sums"}}; layer is null for a stage, bits are 32 where that side is FP32, psnr_fp32 is null
    /// where nothing differs; "estimate" is there once one was begun.
    std::string toJson() const;
    /// The entries as a table with a heading; fields that are null in JSON are empty.
    std::string toCsv() const;
    /// Inverse of toJson for a generator. Throws base::Error{BrokenFile} naming `file` and what was expected.
    static SensitivityReport fromJson(const std::string &json, const model::GeneratorPtr &generator,
                                      const std::string &file);
};

/// Whether the error of every layer is known at every width of its weights alone and of its activations alone, measured
/// or estimated: what an allocation chooses from.
bool coversAllWidths(const SensitivityReport &report);

/// The layers of a target, in order.
std::vector<std::size_t> layersOf(const model::Generator &generator, const Target &target);
/// Every stage, or every layer, in the generator's order.
std::vector<Target> allTargets(const model::Generator &generator, bool byStage);

} // namespace bitlens::search
