// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/alignedvector.h"
#include "engine/kernel/convolution.h"

#include <vector>

namespace bitlens::kernel {

/// Integer convolution with few output channels (a tail has 3): every column of the kernel is an output channel of its
/// own in a convolution one pixel wide, so that vectors are full; an output adds the columns' sums of its neighbours.
/// Sums are proven to fit 32 bits.
class ColumnConvolution final : public Convolution {
public:
    ColumnConvolution(const ConvolutionSpec &spec, Instructions instructions);

    static bool suits(const ConvolutionSpec &spec);

    std::string name() const override
    {
        return m_instructions == Instructions::Avx2 ? "columns-i16-avx2" : "columns-i16-avx512vnni";
    }
    bool isInteger() const override { return true; }
    std::size_t weightBytes() const override { return m_weights.bytes(); }
    int border() const override { return m_kernel / 2; }
    std::size_t units(image::Size output) const override { return static_cast<std::size_t>(output.height); }
    std::size_t scratchBytes(int outputWidth) const override;
    void run(const ConvolutionRun &run, std::size_t begin, std::size_t end, std::byte *scratch) const override;

private:
    Instructions m_instructions;
    int m_kernel;
    int m_outChannels;
    int m_outStride;
    int m_sumStride; ///< columns times outputs, whole vectors
    int m_depth = 0;
    std::vector<int> m_pixelStrides;
    AlignedVector<std::int16_t> m_weights; ///< [sumStride / 16][depth / 2][16][2]
};

} // namespace bitlens::kernel
