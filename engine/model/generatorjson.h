// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bitlens::model {

/// The metadata key under which a safetensors file of this program holds its generator's description.
inline constexpr const char *kGeneratorMetadataKey = "bitlens_generator";

/// A generator's description without its numbers (weights, biases, slopes), as one line of JSON with "schema": 1.
/// The same generator always gives the same text.
std::string generatorToJson(const Generator &generator);

/// Inverse of generatorToJson. Weights, biases and slopes are left empty; `slopeCounts` (when given) receives how many
/// slopes each layer has. Structure and ranges are checked, call Generator::validate once the numbers are filled in.
/// Throws base::Error{BrokenFile} that names `file` and what was expected.
Generator generatorFromJson(const std::string &json, const std::string &file, std::vector<int> *slopeCounts = nullptr);

/// The program's own float container: a safetensors file with the tensors <layer path>.weight [out,in,k,k], .bias [out]
/// and .slopes [n], and the description in its metadata. Tensors are F16 where the generator's storage is FP16 and no
/// value changes by it, else F32: reading the file back gives the same bits.
std::vector<std::uint8_t> exportGenerator(const Generator &generator);

/// Inverse of exportGenerator: the description with the tensors of `state` filled in, validated. Throws
/// base::Error{BrokenFile} that names `file`, the key and the expected shape.
Generator generatorFromExport(const std::string &json, StateDict state, const std::string &file);

} // namespace bitlens::model
