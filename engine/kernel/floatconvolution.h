// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/alignedvector.h"
#include "engine/kernel/convolution.h"

#include <vector>

namespace bitlens::kernel {

/// The convolution of a float layer with fused multiply-adds, in the order of FloatReferenceConvolution: equal to it.
class FloatConvolution final : public Convolution {
public:
    explicit FloatConvolution(const ConvolutionSpec &spec);

    std::string name() const override { return "float-fma-avx2"; }
    bool isInteger() const override { return false; }
    std::size_t weightBytes() const override { return m_weights.bytes(); }
    int border() const override { return m_kernel / 2; }
    std::size_t units(image::Size output) const override { return static_cast<std::size_t>(output.height); }
    std::size_t scratchBytes(int outputWidth) const override;
    void run(const ConvolutionRun &run, std::size_t begin, std::size_t end, std::byte *scratch) const override;

private:
    std::size_t segmentCount() const { return m_pixelStrides.size() * static_cast<std::size_t>(m_kernel * m_kernel); }

    int m_kernel;
    int m_upsample;
    int m_outStride;
    int m_depth = 0;
    std::vector<int> m_pixelStrides;
    AlignedVector<float> m_weights; ///< [outStride / 16][depth][16]; depth: rows, columns, sources, channels
};

} // namespace bitlens::kernel
