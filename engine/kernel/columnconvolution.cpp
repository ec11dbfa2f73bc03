// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/columnconvolution.h"

#include "engine/kernel/direct_avx2.h"
#include "engine/kernel/direct_avx512vnni.h"

#include <algorithm>
#include <limits>

namespace bitlens::kernel {

namespace {

constexpr int kChunk = 96; ///< output pixels at once: their column sums stay in the L1 cache

std::size_t rounded(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

} // namespace

bool ColumnConvolution::suits(const ConvolutionSpec &spec)
{
    if (spec.isFloat() || spec.upsample != 1 || spec.kernel == 1)
        return false;
    const bool fuller = outStrideFor(spec.kernel * spec.outChannels) < spec.kernel * spec.outStride();
    return fuller && std::all_of(spec.correction.begin(), spec.correction.end(), [](std::int32_t c) { return c == 0; })
           && accumulatorBound(spec) <= std::numeric_limits<std::int32_t>::max();
}

ColumnConvolution::ColumnConvolution(const ConvolutionSpec &spec, Instructions instructions)
    : m_instructions(instructions),
      m_kernel(spec.kernel),
      m_outChannels(spec.outChannels),
      m_outStride(spec.outStride()),
      m_sumStride(outStrideFor(spec.kernel * spec.outChannels))
{
    for (const int channels : spec.sourceChannels) {
        m_pixelStrides.push_back(pixelStrideFor(channels));
        m_depth += m_pixelStrides.back() * m_kernel;
    }
    m_weights = AlignedVector<std::int16_t>(static_cast<std::size_t>(m_sumStride) * static_cast<std::size_t>(m_depth));
    int firstChannel = 0;
    int firstElement = 0;
    for (std::size_t source = 0; source < m_pixelStrides.size(); ++source) {
        for (int tap = 0; tap < spec.taps(); ++tap) {
            for (int c = 0; c < spec.sourceChannels[source]; ++c) {
                const int element = firstElement + tap / m_kernel * m_pixelStrides[source] + c;
                for (int o = 0; o < m_outChannels; ++o) {
                    const int column = tap % m_kernel * m_outChannels + o;
                    m_weights[static_cast<std::size_t>(column / 16 * 16) * static_cast<std::size_t>(m_depth)
                              + static_cast<std::size_t>(element / 2 * 32 + column % 16 * 2 + element % 2)] =
                        static_cast<std::int16_t>(spec.weight(o, firstChannel + c, tap));
                }
            }
        }
        firstChannel += spec.sourceChannels[source];
        firstElement += m_kernel * m_pixelStrides[source];
    }
}

std::size_t ColumnConvolution::scratchBytes(int) const
{
    return rounded(m_pixelStrides.size() * static_cast<std::size_t>(m_kernel) * sizeof(DirectSegment<std::int16_t>))
           + static_cast<std::size_t>(kChunk) * static_cast<std::size_t>(m_outStride) * sizeof(float)
           + (static_cast<std::size_t>(kChunk + m_kernel) * static_cast<std::size_t>(m_sumStride))
                 * sizeof(std::int32_t);
}

void ColumnConvolution::run(const ConvolutionRun &run, std::size_t begin, std::size_t end, std::byte *scratch) const
{
    auto *segments = reinterpret_cast<DirectSegment<std::int16_t> *>(scratch);
    const std::size_t segmentCount = m_pixelStrides.size() * static_cast<std::size_t>(m_kernel);
    auto *values = reinterpret_cast<float *>(scratch + rounded(segmentCount * sizeof(*segments)));
    auto *sums = reinterpret_cast<std::int32_t *>(values + static_cast<std::ptrdiff_t>(kChunk) * m_outStride);

    DirectProduct product;
    product.segments = segments;
    product.segmentCount = static_cast<int>(segmentCount);
    product.weights = m_weights.data();
    product.depth = m_depth;
    product.outStride = m_sumStride;
    const int pad = m_kernel / 2;
    for (int y = static_cast<int>(begin); y < static_cast<int>(end); ++y) {
        for (int x = 0; x < run.width; x += kChunk) {
            const int pixels = std::min(kChunk, run.width - x);
            DirectSegment<std::int16_t> *segment = segments;
            for (std::size_t source = 0; source < m_pixelStrides.size(); ++source)
                for (int row = 0; row < m_kernel; ++row)
                    *segment++ = {run.levels[source].pixel(y + row - pad, x - pad), m_pixelStrides[source],
                                  m_pixelStrides[source]};
            product.pixels = pixels + m_kernel - 1;
            if (m_instructions == Instructions::Avx512Vnni)
                directSumsAvx512Vnni(product, sums);
            else
                directSumsAvx2(product, sums);
            addColumnsAvx2({sums, m_kernel, m_sumStride, m_outChannels, m_outStride, pixels}, values);
            run.epilogue->apply({y, x, 1, pixels, values, static_cast<std::ptrdiff_t>(pixels) * m_outStride});
        }
    }
}

} // namespace bitlens::kernel
