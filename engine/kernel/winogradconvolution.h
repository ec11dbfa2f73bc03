// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/alignedvector.h"
#include "engine/kernel/convolution.h"
#include "engine/kernel/winograd_avx2.h"
#include "engine/kernel/winogradproof.h"

#include <vector>

namespace bitlens::kernel {

/// Exact integer 3x3 convolution by Winograd's method with integer matrices (Lavin and Gray 2015, scaled): products in
/// 16 bits, sums modulo 2^32, an exact division at the end. Four forms:
/// F43: 4x4 outputs a tile, |q - z| <= 327, |w| <= 227, sums below 2^25 (8-bit data and weights);
/// F23: 2x2 outputs a tile, |q - z| <= 8191, |w| <= 3640, sums below 2^29 (up to 12-bit activations and weights);
/// F23Groups: the same where the sums of all channels together could be larger: they are cut into groups of channels
/// that satisfy it each, and the groups' sums are added in float64, where they are exact;
/// F43Parts: data or weights of more bits are cut into two signed bytes each, so that every partial convolution is an
/// F43 one; the parts are added in float64, where they are exact (up to 16-bit activations and weights).
/// suits() proves the bounds from the layer's actual weights and ranges (winogradproof.h).
class WinogradConvolution final : public Convolution {
public:
    enum class Form { F43, F43Parts, F23, F23Groups };

    WinogradConvolution(const ConvolutionSpec &spec, Form form, Instructions instructions);

    static bool suits(const ConvolutionSpec &spec, Form form);

    std::string name() const override;
    bool isInteger() const override { return true; }
    std::size_t weightBytes() const override;
    int border() const override { return 1; }
    std::size_t units(image::Size output) const override;
    std::size_t scratchBytes(int outputWidth) const override;
    void run(const ConvolutionRun &run, std::size_t begin, std::size_t end, std::byte *scratch) const override;

private:
    /// One term of the result: a product over `depth` transformed channels from `firstChannel`.
    struct Plane {
        int firstChannel = 0;
        int depth = 0;
        AlignedVector<std::int16_t> weights; ///< [position][outStride / 16][depth / 2][16][2]
    };
    struct Scratch {
        std::int16_t *v = nullptr;    ///< [position][tile][m_rowChannels]
        std::int32_t *m = nullptr;    ///< [plane][position][tile][outStride]
        std::int32_t *sums = nullptr; ///< [plane][pixel][outStride], of one tile
        float *values = nullptr;      ///< [pixel][outStride], of one tile
    };

    int tileSide() const { return m_form == Form::F23 || m_form == Form::F23Groups ? 2 : 4; }
    int positions() const { return (tileSide() + 2) * (tileSide() + 2); }
    /// Elements from one position's transformed data or sums to the next's: one cache line more than they take, so that
    /// a tile's positions do not all fall into the same few sets of the cache.
    std::ptrdiff_t dataStride() const;
    std::ptrdiff_t sumStride() const;
    std::size_t dataBytes() const;
    std::size_t sumBytes() const;
    void makePartPlanes(const ConvolutionSpec &spec);
    /// Weights of one group of channels, times data from `firstChannel` of a tile's transformed channels.
    void addPlane(const ConvolutionSpec &spec, const ChannelGroup &group, int firstChannel,
                  const std::vector<int> &weightParts, double factor);
    /// G' g G'^T of one part of a filter's weights, to to[position * positionStride].
    void transformFilter(const std::int16_t *filter, int part, std::int16_t *to, std::size_t positionStride) const;
    Scratch divide(std::byte *scratch) const;
    /// `count` tiles from tile number `first` on, row by row.
    void transformBlock(const ConvolutionRun &run, int first, int count, std::int16_t *v) const;
    /// `count` tiles beside each other, the first at output pixel (y, x), of every source.
    void transformTiles(const ConvolutionRun &run, int y, int x, int count, std::int16_t *v) const;
    void finishTile(const ConvolutionRun &run, int y, int x, int tile, const Scratch &scratch) const;

    Form m_form;
    Instructions m_instructions;
    const WinogradFunctions *m_functions;
    int m_upsample;
    int m_outStride;
    int m_inStride = 0; ///< channels of all sources, padding included
    int m_dataParts = 1;
    int m_rowChannels = 0;   ///< transformed channels of a tile: inStride times data parts
    int m_blockTiles = 0;    ///< tiles that are transformed together
    bool m_combines = false; ///< float64 sum of planes and correction
    std::vector<Plane> m_planes;
    std::vector<double> m_factors; ///< of the planes: powers of 256
    std::vector<double> m_correction;
};

} // namespace bitlens::kernel
