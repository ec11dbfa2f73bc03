// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"
#include "engine/kernel/epilogue.h"
#include "engine/kernel/maplayout.h"
#include "engine/quant/bitplan.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bitlens::kernel {

/// What a kernel packs a layer from. Output channels are in packed order already (packedOutputOrder).
struct ConvolutionSpec {
    int outChannels = 0;
    int kernel = 3;                  ///< odd; height = width; zero padding kernel / 2
    int upsample = 1;                ///< nearest, of the sources, before the convolution
    std::vector<int> sourceChannels; ///< the concatenated feature maps; each is stored with pixelStrideFor of these
    quant::LayerBits bits;
    /// [out][in][kernel][kernel]: integer weights, or float ones for a float layer; the other span is empty.
    std::span<const std::int16_t> weights;
    std::span<const float> floatWeights;
    /// Per input channel: q - zeroPoint lies in [lowest, highest], and is level + correction (see LevelCoding).
    std::vector<std::int32_t> lowest;
    std::vector<std::int32_t> highest;
    std::vector<std::int32_t> correction;

    bool isFloat() const { return bits.isFloat(); }
    int inChannels() const;
    int taps() const { return kernel * kernel; }
    int outStride() const { return outStrideFor(outChannels); }
    std::int32_t weight(int out, int in, int tap) const
    {
        return weights[(static_cast<std::size_t>(out) * static_cast<std::size_t>(inChannels())
                        + static_cast<std::size_t>(in))
                           * static_cast<std::size_t>(taps())
                       + static_cast<std::size_t>(tap)];
    }
};

/// Between which numbers a sum of (q - z) * w lies, whatever the levels are; so does every part of it, because each
/// product's bounds are on both sides of 0.
struct SumRange {
    std::int64_t lowest = 0;  ///< <= 0
    std::int64_t highest = 0; ///< >= 0
};
/// Of one output channel over the input channels [begin, end), computed from the actual weights and ranges.
SumRange sumRange(const ConvolutionSpec &spec, int out, int begin, int end);
/// Largest possible |sum (q - z) * w| of any output channel and of any part of the sum: what overflow proofs start
/// from.
std::int64_t accumulatorBound(const ConvolutionSpec &spec);
/// Largest |q - z| over all input channels.
std::int32_t largestLevel(const ConvolutionSpec &spec);
/// sum over input channels of correction * sum of weights, per output channel: what levels of 16 bits leave out.
std::vector<std::int64_t> accumulatorCorrection(const ConvolutionSpec &spec);

/// One call of a convolution. All maps outlive it.
struct ConvolutionRun {
    std::span<const MapView<const std::int16_t>> levels; ///< sources of an integer kernel, borders filled
    std::span<const MapView<const float>> values;        ///< sources of a float kernel, borders filled
    int height = 0;                                      ///< of the output: source height times upsample
    int width = 0;
    const Epilogue *epilogue = nullptr;
};

/// What a packed convolution is computed with.
enum class Instructions { Avx2, Avx512Vnni };

/// A layer's convolution, packed once for one kernel. Immutable: threads may run disjoint units at the same time, each
/// with scratch memory of its own. No unit's result depends on how the units are divided.
class Convolution {
public:
    Convolution() = default;
    virtual ~Convolution() = default;
    Convolution(const Convolution &) = delete;
    Convolution &operator=(const Convolution &) = delete;

    /// For reports, e.g. "winograd-f43-avx2".
    virtual std::string name() const = 0;
    virtual bool isInteger() const = 0;

    /// Memory that the packed weights take.
    virtual std::size_t weightBytes() const = 0;
    /// Border that source maps need, in pixels.
    virtual int border() const = 0;
    /// Into how many pieces the output of that size is divided for threads.
    virtual std::size_t units(image::Size output) const = 0;
    /// Scratch bytes that a thread needs for one call of run(), for an output of that width.
    virtual std::size_t scratchBytes(int outputWidth) const = 0;

    /// Computes the units [begin, end) and hands their accumulators to the epilogue. `scratch` is 64-byte aligned and
    /// holds scratchBytes. Allocates nothing.
    virtual void run(const ConvolutionRun &run, std::size_t begin, std::size_t end, std::byte *scratch) const = 0;
};

} // namespace bitlens::kernel
