// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/calibration.h"
#include "engine/quant/quantizer.h"

#include <memory>
#include <string>
#include <vector>

namespace bitlens::quant {

/// One layer ready for an integer kernel. A float layer has empty weights and computes with the generator's.
struct QuantizedLayer {
    LayerBits bits;
    QuantizedWeights weights;
    std::vector<float> bias; ///< [out], float32, after any bias correction
};

/// A generator under a plan: everything that an integer runner, a fake-quantizing runner or a file writer needs.
/// Immutable once built; shared by pointer; safe to read from many threads.
class QuantizedModel {
public:
    model::GeneratorPtr generator;
    BitPlan plan;
    Calibration calibration;
    std::vector<QuantizedLayer> layers;

    /// How feature map `map` is quantized for a consumer with `bits` activation bits. The same (map, bits) always gives
    /// the same quantizer: a map is quantized once per width that its consumers ask for (rule 7).
    ActivationQuantizer activationQuantizer(int map, int bits) const;
    /// Scales of all input channels of a layer, in concatenation order (what rule 7 folds into its weights).
    std::vector<float> inputScales(int layer) const;
};

using QuantizedModelPtr = std::shared_ptr<const QuantizedModel>;

/// Quantizes a generator (rules 1 to 7). Throws base::Error{InvalidArgument} when plan or calibration do not fit it.
QuantizedModelPtr quantize(model::GeneratorPtr generator, const BitPlan &plan, const Calibration &calibration);

/// Bytes of the packed file that writePacked would write, without writing it: the one place that knows (rule 8).
std::size_t packedBytes(const QuantizedModel &model);
/// Bytes of the same file with everything in FP32: what a size change is measured against.
std::size_t floatBytes(const model::Generator &generator);
/// Bytes that one layer takes of packedBytes (weights, scales, bias, slopes; without the shared description).
std::size_t packedLayerBytes(const QuantizedModel &model, std::size_t layer);

/// The program's own container (safetensors, see docs): integer weights packed to their width, low bits first.
std::vector<std::uint8_t> pack(const QuantizedModel &model);
void writePacked(const QuantizedModel &model, const std::string &path);
/// Inverse of pack. True when safetensors metadata says that the file is ours is isPacked.
bool isPacked(std::span<const std::uint8_t> bytes);
QuantizedModelPtr unpack(std::span<const std::uint8_t> bytes, const std::string &file);

} // namespace bitlens::quant
