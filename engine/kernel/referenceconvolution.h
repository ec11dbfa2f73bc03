// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/convolution.h"

namespace bitlens::kernel {

/// The readable integer convolution: any size, any widths, 64-bit sums. What every other kernel is compared with.
class ReferenceConvolution final : public Convolution {
public:
    explicit ReferenceConvolution(const ConvolutionSpec &spec);

    std::string name() const override { return "reference"; }
    bool isInteger() const override { return true; }
    std::size_t weightBytes() const override { return m_weights.size() * sizeof(std::int16_t); }
    int border() const override { return m_kernel / 2; }
    std::size_t units(image::Size output) const override { return static_cast<std::size_t>(output.height); }
    std::size_t scratchBytes(int outputWidth) const override;
    void run(const ConvolutionRun &run, std::size_t begin, std::size_t end, std::byte *scratch) const override;

private:
    template <typename Accumulator>
    void runRow(const ConvolutionRun &run, int y, Accumulator *sums, float *row) const;

    int m_kernel;
    int m_upsample;
    int m_outStride;
    bool m_fits32; ///< no sum leaves 32 bits
    std::vector<int> m_sourceChannels;
    std::vector<std::int16_t> m_weights; ///< [tap][in][outStride]
    std::vector<std::int64_t> m_correction;
};

} // namespace bitlens::kernel
