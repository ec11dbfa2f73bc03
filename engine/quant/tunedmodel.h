// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"
#include "engine/quant/quantizedmodel.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bitlens::quant {

/// A quantized model with `generator` as its FP32 side, in place of the one it has (after unpack: what its integers
/// stand for). Throws base::Error{InvalidArgument} when the two are not of the same structure.
QuantizedModelPtr withGenerator(const QuantizedModel &quantized, model::GeneratorPtr generator);

/// The bytes of pack, and under kTunedMetadataKey what pack leaves out: the means of the feature maps' channels, which
/// the biases of other plans are corrected by. Any reader of packed files reads it.
std::vector<std::uint8_t> tunedBytes(const QuantizedModel &model);
inline constexpr const char *kTunedMetadataKey = "bitlens_tuned";

/// Inverse of tunedBytes with `generator` as its FP32 side: weights, scales, biases, plan, ranges and means are the
/// same, bit for bit. Also reads plain packed files, which have no means. Throws base::Error{BrokenFile} naming `file`,
/// also when the two are not of the same structure.
QuantizedModelPtr tunedFromBytes(std::span<const std::uint8_t> bytes, const std::string &file,
                                 model::GeneratorPtr generator);

} // namespace bitlens::quant
