// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace bitlens::model {

/// A dense tensor as read from a file, converted to float32. Shape outermost first.
struct Tensor {
    std::vector<std::int64_t> shape;
    std::vector<float> values;
    WeightStorage storage = WeightStorage::Float32;
    std::string shapeText() const; ///< "[64,3,9,9]"
};

/// Named tensors in file order. Integer tensors that no generator needs (num_batches_tracked) are kept with one value.
struct StateDict {
    std::vector<std::pair<std::string, Tensor>> entries;
    std::map<std::string, std::string> metadata; ///< safetensors' __metadata__
    const Tensor *find(const std::string &key) const;
};

/// Reads any known weight file into a generator: safetensors, torch zip, torch legacy (by content), ncnn (either of the
/// .param/.bin pair; the other is looked for beside it). Never executes anything. Throws base::Error: UnknownFormat,
/// BrokenFile, or UnknownGenerator with the first keys seen; every message names the file, and the key and shape
/// expected. Files of this program's own quantized format are refused here (UnknownGenerator is not thrown: see
/// quant::isPacked).
GeneratorPtr readGenerator(const std::string &path);

/// Just the tensors. For tests, LPIPS heads and tools.
StateDict readStateDict(const std::string &path);

} // namespace bitlens::model
