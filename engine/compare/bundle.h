// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bitlens::compare {

/// Versions of the program and of what it computes with, by name: "bitlens", "libtorch", "kernels", "threads".
using Versions = std::map<std::string, std::string>;

/// What goes into a bundle beside the comparison itself.
struct BundleOptions {
    bool copyImage = true; ///< else only its path and hash
    bool copyModel = true; ///< else only its path or catalogue name, and hash
    std::string imagePath; ///< empty: it did not come from a file, and is copied
    std::string modelArgument;
    Versions versions;
    std::string figureName; ///< empty: none; else a plain file name, such as "figure.pdf"
    std::vector<std::uint8_t> figure;
    std::vector<std::string> inputs; ///< files that must not be overwritten
};

/// Writes all that is needed to make a comparison again: a folder, or a zip archive where `path` ends in ".zip", with
/// - bundle.json: "schema": 1, image, model, plan, versions, hashes of the results, and the report of `compare`;
/// - plan.json, ranges.json (the calibration that was used, bit for bit);
/// - input.png, model.safetensors where they are copied (and generator.safetensors, the FP32 side of a model whose
///   packed weights are others, as tuning makes them); fp32.png, quantized.png; the figure.
/// Picture hashes are SHA-256 of size, kind and samples; model hashes of the weights in this program's own container,
/// whatever file they came from. Both sides must have been run. Throws base::Error{NotWritable|InvalidArgument},
/// base::Cancelled.
void writeBundle(const Request &request, const Result &result, const BundleOptions &options, const std::string &path,
                 const base::Job &job);

/// One side's picture as a bundle recorded it.
struct BundledPicture {
    std::string hash;
    image::Image picture;
};

/// What a bundle holds, checked.
struct Bundle {
    /// Input, generator, plan, ranges as recorded; input or generator are null where they were not copied.
    Request request;
    std::string imagePath, imageHash;
    std::string modelArgument, modelHash;
    std::string generatorHash; ///< of the FP32 side where that has a file of its own; else empty
    std::string planRules;
    Versions versions;
    BundledPicture fp32, quantized;
};

struct BundleReadOptions {
    std::string imagePath;     ///< in place of the bundle's; empty: the bundle's
    std::string modelArgument; ///< likewise
    bool allowLarge = false;
};

/// Reads a bundle and what it refers to. Nothing in it is trusted: names, sizes, numbers and hashes are checked. Throws
/// base::Error naming the bundle and what was expected.
Bundle readBundle(const std::string &path, const BundleReadOptions &options);

/// SHA-256 of a picture's size, kind and samples.
std::string pictureHash(const image::Image &picture);
/// SHA-256 of a model's weights and structure; its name and the format of its file do not count.
std::string modelHash(const model::GeneratorPtr &generator, const quant::QuantizedModelPtr &packed);

} // namespace bitlens::compare
