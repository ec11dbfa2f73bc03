// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/calibration.h"
#include "engine/quant/quantizer.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace bitlens::quant {

/// One layer ready for an integer kernel. A float layer has empty weights and computes with the generator's.
struct QuantizedLayer {
    LayerBits bits;
    QuantizedWeights weights;
    std::vector<float> bias; ///< [out], float32, after any bias correction
    /// The same object in all models that share this layer's numbers (weights, and how its inputs are quantized): what
    /// caches of packed weights and activations go by. Null: not known to be the same as anything. Whoever changes a
    /// copy's numbers clears it.
    std::shared_ptr<const void> identity = {};
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

/// Quantizes a generator (rules 1 to 7); where the calibration knows the maps' means, biases of layers with
/// weights of less than 8 bits are corrected for what rounding adds on average. Throws base::Error{InvalidArgument}
/// when plan or calibration do not fit it. Layers whose bits and input ranges are those of `previous`, a model of the
/// same generator, are taken from it.
QuantizedModelPtr quantize(model::GeneratorPtr generator, const BitPlan &plan, const Calibration &calibration,
                           const QuantizedModel *previous = nullptr);

/// Whether a layer's biases are corrected: it has few weight bits, and the means of its inputs are known.
bool isBiasCorrected(const QuantizedModel &model, std::size_t layer);
/// Sets a layer's biases to what quantize() makes of them, for its present weights.
void correctBias(QuantizedModel &model, std::size_t layer);

/// Bytes of the packed file that writePacked would write, without writing it: the one place that knows (rule 8).
std::size_t packedBytes(const QuantizedModel &model);
/// Bytes of the same file with everything in FP32: what a size change is measured against.
std::size_t floatBytes(const model::Generator &generator);
/// Bytes that one layer takes of packedBytes (weights, scales, bias, slopes; without the shared description).
std::size_t packedLayerBytes(const QuantizedModel &model, std::size_t layer);

/// The program's own container, a safetensors file. Quantized layers: <path>.weight U8 (the weights in order, each in
/// exactly as many bits as its width, two's complement, low bits first; unused bits of the last byte are 0) and
/// <path>.scale F32 [out]. Float layers: <path>.weight F32 [out,in,k,k]. Both: <path>.bias F32 [out] and, where there
/// are any, <path>.slopes F32 [n]. "ranges" F32: for each feature map low, high, then the channels' lows and highs
/// where there are any. Metadata: the generator's description (model::kGeneratorMetadataKey), and under
/// kPackedMetadataKey the plan, the channel exponents and the calibration's description as JSON with "schema": 1.
std::vector<std::uint8_t> pack(const QuantizedModel &model);
inline constexpr const char *kPackedMetadataKey = "bitlens_quantized";
/// Writes it atomically. Throws base::Error{NotWritable}.
void writePacked(const QuantizedModel &model, const std::string &path);
/// True when safetensors metadata says that pack made the file. `bytes` may be just its start, header included.
bool isPacked(std::span<const std::uint8_t> bytes);
/// Inverse of pack: layers, plan and ranges are the same, bit for bit. The generator's float weights are what the
/// integers stand for (storage says Quantized); those of float layers are the original ones. Nothing in the file is
/// trusted: sizes, widths, ranges and finiteness are checked. Throws base::Error{BrokenFile} naming `file` and what was
/// expected.
QuantizedModelPtr unpack(std::span<const std::uint8_t> bytes, const std::string &file);

} // namespace bitlens::quant
