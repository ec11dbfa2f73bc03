// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/floatreferenceconvolution.h"

#include <algorithm>
#include <cmath>

namespace bitlens::kernel {

FloatReferenceConvolution::FloatReferenceConvolution(const ConvolutionSpec &spec)
    : m_kernel(spec.kernel),
      m_upsample(spec.upsample),
      m_outStride(spec.outStride()),
      m_sourceChannels(spec.sourceChannels),
      m_weights(static_cast<std::size_t>(spec.taps()) * static_cast<std::size_t>(spec.inChannels())
                    * static_cast<std::size_t>(spec.outStride()),
                0.0F)
{
    const int in = spec.inChannels();
    const int taps = spec.taps();
    for (int t = 0; t < taps; ++t)
        for (int c = 0; c < in; ++c)
            for (int o = 0; o < spec.outChannels; ++o)
                m_weights[static_cast<std::size_t>((t * in + c) * m_outStride + o)] =
                    spec.floatWeights[static_cast<std::size_t>((o * in + c) * taps + t)];
}

std::size_t FloatReferenceConvolution::scratchBytes(int outputWidth) const
{
    return static_cast<std::size_t>(m_outStride) * static_cast<std::size_t>(outputWidth) * sizeof(float);
}

void FloatReferenceConvolution::run(const ConvolutionRun &run, std::size_t begin, std::size_t end,
                                    std::byte *scratch) const
{
    const int pad = m_kernel / 2;
    const auto sourcePixel = [this](int at) { return at < 0 ? at : at / m_upsample; };
    auto *row = reinterpret_cast<float *>(scratch);
    for (std::size_t unit = begin; unit < end; ++unit) {
        const int y = static_cast<int>(unit);
        std::fill_n(row, static_cast<std::size_t>(run.width) * static_cast<std::size_t>(m_outStride), 0.0F);
        for (int x = 0; x < run.width; ++x) {
            float *sums = row + static_cast<std::ptrdiff_t>(x) * m_outStride;
            const float *weights = m_weights.data();
            for (int ky = 0; ky < m_kernel; ++ky) {
                for (int kx = 0; kx < m_kernel; ++kx) {
                    for (std::size_t source = 0; source < m_sourceChannels.size(); ++source) {
                        const float *values =
                            run.values[source].pixel(sourcePixel(y + ky - pad), sourcePixel(x + kx - pad));
                        for (int c = 0; c < m_sourceChannels[source]; ++c, weights += m_outStride)
                            for (int o = 0; o < m_outStride; ++o)
                                sums[o] = std::fma(values[c], weights[o], sums[o]);
                    }
                }
            }
        }
        run.epilogue->apply({y, 0, 1, run.width, row, static_cast<std::ptrdiff_t>(run.width) * m_outStride});
    }
}

} // namespace bitlens::kernel
