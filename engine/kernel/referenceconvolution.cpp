// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/referenceconvolution.h"

#include <algorithm>
#include <limits>

namespace bitlens::kernel {

namespace {

/// The source pixel that an enlarged pixel shows; -1 and beyond stay outside.
int sourcePixel(int at, int upsample) { return at < 0 ? at : at / upsample; }

std::size_t roundedUp(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

} // namespace

ReferenceConvolution::ReferenceConvolution(const ConvolutionSpec &spec)
    : m_kernel(spec.kernel),
      m_upsample(spec.upsample),
      m_outStride(spec.outStride()),
      m_fits32(false),
      m_sourceChannels(spec.sourceChannels),
      m_weights(static_cast<std::size_t>(spec.taps()) * static_cast<std::size_t>(spec.inChannels())
                    * static_cast<std::size_t>(spec.outStride()),
                0),
      m_correction(accumulatorCorrection(spec))
{
    const int in = spec.inChannels();
    for (int t = 0; t < spec.taps(); ++t)
        for (int c = 0; c < in; ++c)
            for (int o = 0; o < spec.outChannels; ++o)
                m_weights[static_cast<std::size_t>((t * in + c) * m_outStride + o)] =
                    static_cast<std::int16_t>(spec.weight(o, c, t));
    const bool corrected =
        std::any_of(spec.correction.begin(), spec.correction.end(), [](std::int32_t c) { return c != 0; });
    m_fits32 = !corrected && accumulatorBound(spec) <= std::numeric_limits<std::int32_t>::max();
}

std::size_t ReferenceConvolution::scratchBytes(int outputWidth) const
{
    const auto stride = static_cast<std::size_t>(m_outStride);
    return roundedUp(stride * sizeof(std::int64_t)) + stride * static_cast<std::size_t>(outputWidth) * sizeof(float);
}

void ReferenceConvolution::run(const ConvolutionRun &run, std::size_t begin, std::size_t end, std::byte *scratch) const
{
    auto *row =
        reinterpret_cast<float *>(scratch + roundedUp(static_cast<std::size_t>(m_outStride) * sizeof(std::int64_t)));
    for (std::size_t unit = begin; unit < end; ++unit) {
        const int y = static_cast<int>(unit);
        if (m_fits32)
            runRow(run, y, reinterpret_cast<std::int32_t *>(scratch), row);
        else
            runRow(run, y, reinterpret_cast<std::int64_t *>(scratch), row);
        run.epilogue->apply({y, 0, 1, run.width, row, static_cast<std::ptrdiff_t>(run.width) * m_outStride});
    }
}

template <typename Accumulator>
void ReferenceConvolution::runRow(const ConvolutionRun &run, int y, Accumulator *sums, float *row) const
{
    const int pad = m_kernel / 2;
    for (int x = 0; x < run.width; ++x) {
        for (int o = 0; o < m_outStride; ++o)
            sums[o] = static_cast<Accumulator>(m_correction[static_cast<std::size_t>(o)]);
        const std::int16_t *weights = m_weights.data();
        for (int ky = 0; ky < m_kernel; ++ky) {
            const int sourceY = sourcePixel(y + ky - pad, m_upsample);
            for (int kx = 0; kx < m_kernel; ++kx) {
                const int sourceX = sourcePixel(x + kx - pad, m_upsample);
                for (std::size_t source = 0; source < m_sourceChannels.size(); ++source) {
                    const std::int16_t *levels = run.levels[source].pixel(sourceY, sourceX);
                    for (int c = 0; c < m_sourceChannels[source]; ++c, weights += m_outStride) {
                        const Accumulator level = levels[c];
                        for (int o = 0; o < m_outStride; ++o)
                            sums[o] += level * weights[o];
                    }
                }
            }
        }
        for (int o = 0; o < m_outStride; ++o)
            *row++ = static_cast<float>(sums[o]);
    }
}

} // namespace bitlens::kernel
