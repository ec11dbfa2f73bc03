// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/convolution.h"

namespace bitlens::kernel {

/// The readable convolution of a float layer. An output is the chain of fused multiply-adds (one rounding each) over
/// rows, columns, sources and channels of the kernel, in this order, from 0: faster twins keep the order, so their
/// results are equal.
class FloatReferenceConvolution final : public Convolution {
public:
    explicit FloatReferenceConvolution(const ConvolutionSpec &spec);

    std::string name() const override { return "float-reference"; }
    bool isInteger() const override { return false; }
    std::size_t weightBytes() const override { return m_weights.size() * sizeof(float); }
    int border() const override { return m_kernel / 2; }
    std::size_t units(image::Size output) const override { return static_cast<std::size_t>(output.height); }
    std::size_t scratchBytes(int outputWidth) const override;
    void run(const ConvolutionRun &run, std::size_t begin, std::size_t end, std::byte *scratch) const override;

private:
    int m_kernel;
    int m_upsample;
    int m_outStride;
    std::vector<int> m_sourceChannels;
    std::vector<float> m_weights; ///< [tap][in][outStride]
};

} // namespace bitlens::kernel
