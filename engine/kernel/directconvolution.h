// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/alignedvector.h"
#include "engine/kernel/convolution.h"

#include <vector>

namespace bitlens::kernel {

/// Integer convolution of any size through 16-bit products of pairs of channels. Two forms:
/// Narrow: sums fit 32 bits, which suits() proves from the layer's weights and ranges;
/// Wide: weights are cut into two signed bytes, and 32-bit sums are widened before they can overflow; suits everything.
class DirectConvolution final : public Convolution {
public:
    enum class Form { Narrow, Wide };

    /// AVX-512 is for the narrow form.
    DirectConvolution(const ConvolutionSpec &spec, Form form, Instructions instructions);

    static bool suits(const ConvolutionSpec &spec, Form form);

    std::string name() const override;
    bool isInteger() const override { return true; }
    std::size_t weightBytes() const override { return m_weights.bytes() + m_highWeights.bytes(); }
    int border() const override { return m_kernel / 2; }
    std::size_t units(image::Size output) const override { return static_cast<std::size_t>(output.height); }
    std::size_t scratchBytes(int outputWidth) const override;
    void run(const ConvolutionRun &run, std::size_t begin, std::size_t end, std::byte *scratch) const override;

private:
    Form m_form;
    Instructions m_instructions;
    int m_kernel;
    int m_upsample;
    int m_outStride;
    int m_depth = 0;                       ///< elements that an output pixel multiplies
    std::vector<int> m_pixelStrides;       ///< per source
    AlignedVector<std::int16_t> m_weights; ///< [outStride / 16][depth / 2][16][2]; the low parts in the wide form
    AlignedVector<std::int16_t> m_highWeights;
    std::vector<double> m_correction;
};

} // namespace bitlens::kernel
