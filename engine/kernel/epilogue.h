// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/levelcoding.h"
#include "engine/kernel/maplayout.h"
#include "engine/model/generator.h"

#include <cstddef>
#include <vector>

namespace bitlens::kernel {

/// Accumulators of a rectangle of convolution outputs, converted to float32 (rule 5: float(acc), one rounding).
struct AccumulatorBlock {
    int y = 0; ///< of the first output pixel, before the pixel shuffle
    int x = 0;
    int rows = 0;
    int columns = 0;
    const float *values = nullptr; ///< rows x columns x outStride; 32-byte aligned
    std::ptrdiff_t rowStride = 0;  ///< elements
};

/// What happens to an accumulator: everything of a layer that is not the convolution. Output channels are in packed
/// order (see packedOutputOrder). Vectors have outStride entries, 0 in padding channels.
struct EpilogueParameters {
    int outChannels = 0;
    int shuffle = 1;
    std::vector<float> multiplier; ///< m of rule 5; 1 for float layers
    std::vector<float> bias;
    model::ActivationKind activation = model::ActivationKind::None;
    std::vector<float> slope; ///< negative side; empty for None and Relu
    int mapChannels() const { return outChannels / (shuffle * shuffle); }
    int outStride() const { return outStrideFor(outChannels); }
};

/// A residual sum y = y * scale + source on the finished (shuffled) map.
struct ResidualSource {
    MapView<const float> map;
    float scale = 1.0F;
    model::Residual::Resample resample = model::Residual::Resample::None;
    int factor = 1; ///< pixels of y per pixel of the source, per side
};

/// The quantized copy of the result for consumers of one activation width.
struct LevelTarget {
    MapView<std::int16_t> map;
    const LevelCoding *coding = nullptr;
};

/// Where results go; the maps outlive the epilogue's calls.
struct EpilogueTargets {
    std::vector<ResidualSource> residuals;
    MapView<float> values; ///< data is null when nobody reads float32 values
    std::vector<LevelTarget> levels;
};

/// The end of a layer, fused into its convolution: y = float(acc) * multiplier + bias (a separate multiplication and
/// addition), activation, pixel shuffle, residual sums, float32 store, quantization for each consumer. Immutable;
/// threads may apply it to different blocks at the same time.
class Epilogue {
public:
    using Function = void (*)(const EpilogueParameters &, const EpilogueTargets &, const AccumulatorBlock &);

    /// The parameters outlive the epilogue. `useVectors`: take the processor's vector instructions where they suit; the
    /// results are the same.
    Epilogue(const EpilogueParameters &parameters, EpilogueTargets targets, bool useVectors);

    int outStride() const { return m_parameters->outStride(); }
    void apply(const AccumulatorBlock &block) const { m_function(*m_parameters, m_targets, block); }

private:
    const EpilogueParameters *m_parameters;
    EpilogueTargets m_targets;
    Function m_function;
};

/// The readable twin: one value at a time.
void applyReference(const EpilogueParameters &parameters, const EpilogueTargets &targets,
                    const AccumulatorBlock &block);

/// Original output channel of each packed one: packed channel (dy*r+dx)*C' + c is the original c*r*r + dy*r + dx, so
/// that the channels of each shuffled pixel lie side by side. The identity for shuffle 1.
std::vector<int> packedOutputOrder(int outChannels, int shuffle);

/// The value of an enlarged residual source at (y, x) of the result, channel `channel`.
float residualValue(const ResidualSource &residual, int y, int x, int channel);

} // namespace bitlens::kernel
