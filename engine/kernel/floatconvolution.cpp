// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/floatconvolution.h"

#include "engine/kernel/direct_avx2.h"
#include "engine/kernel/sourcerows.h"

#include <algorithm>
#include <numeric>

namespace bitlens::kernel {

namespace {

constexpr int kChunk = 48; ///< output pixels at once

std::size_t rounded(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

} // namespace

FloatConvolution::FloatConvolution(const ConvolutionSpec &spec)
    : m_kernel(spec.kernel), m_upsample(spec.upsample), m_outStride(spec.outStride())
{
    for (const int channels : spec.sourceChannels)
        m_pixelStrides.push_back(pixelStrideFor(channels));
    const int tapDepth = std::accumulate(m_pixelStrides.begin(), m_pixelStrides.end(), 0);
    m_depth = tapDepth * spec.taps();
    m_weights = AlignedVector<float>(static_cast<std::size_t>(m_outStride) * static_cast<std::size_t>(m_depth));
    const int in = spec.inChannels();
    for (int tap = 0; tap < spec.taps(); ++tap) {
        int element = tap * tapDepth;
        int channel = 0;
        for (std::size_t source = 0; source < m_pixelStrides.size(); ++source) {
            for (int c = 0; c < spec.sourceChannels[source]; ++c, ++channel)
                for (int o = 0; o < spec.outChannels; ++o)
                    m_weights[static_cast<std::size_t>(o / 16 * 16) * static_cast<std::size_t>(m_depth)
                              + static_cast<std::size_t>((element + c) * 16 + o % 16)] =
                        spec.floatWeights[static_cast<std::size_t>((o * in + channel) * spec.taps() + tap)];
            element += m_pixelStrides[source];
        }
    }
}

std::size_t FloatConvolution::scratchBytes(int outputWidth) const
{
    std::size_t bytes = rounded(segmentCount() * sizeof(DirectSegment<float>))
                        + static_cast<std::size_t>(kChunk) * static_cast<std::size_t>(m_outStride) * sizeof(float);
    for (const int stride : m_pixelStrides)
        bytes += rounded(SourceRows<float>::scratchCount(m_kernel, m_upsample, outputWidth, stride) * sizeof(float));
    return bytes;
}

void FloatConvolution::run(const ConvolutionRun &run, std::size_t begin, std::size_t end, std::byte *scratch) const
{
    auto *segments = reinterpret_cast<DirectSegment<float> *>(scratch);
    auto *values = reinterpret_cast<float *>(scratch + rounded(segmentCount() * sizeof(*segments)));
    std::byte *enlarged = reinterpret_cast<std::byte *>(values + static_cast<std::ptrdiff_t>(kChunk) * m_outStride);

    FloatProduct product;
    product.segments = segments;
    product.segmentCount = static_cast<int>(segmentCount());
    product.weights = m_weights.data();
    product.depth = m_depth;
    product.outStride = m_outStride;
    const int pad = m_kernel / 2;
    const std::size_t sources = m_pixelStrides.size();
    for (int y = static_cast<int>(begin); y < static_cast<int>(end); ++y) {
        std::byte *free = enlarged;
        for (std::size_t source = 0; source < sources; ++source) {
            const int stride = m_pixelStrides[source];
            const SourceRows<float> rows(run.values[source], m_kernel, m_upsample, reinterpret_cast<float *>(free));
            free += rounded(SourceRows<float>::scratchCount(m_kernel, m_upsample, run.width, stride) * sizeof(float));
            for (int row = 0; row < m_kernel; ++row) {
                const float *pixels = rows.row(y, row - pad);
                for (int column = 0; column < m_kernel; ++column)
                    segments[static_cast<std::size_t>(row * m_kernel + column) * sources + source] = {
                        pixels + static_cast<std::ptrdiff_t>(column) * stride, stride, stride};
            }
        }
        for (int x = 0; x < run.width; x += kChunk) {
            product.pixels = std::min(kChunk, run.width - x);
            directFusedAvx2(product, values);
            run.epilogue->apply(
                {y, x, 1, product.pixels, values, static_cast<std::ptrdiff_t>(product.pixels) * m_outStride});
            for (int s = 0; s < product.segmentCount; ++s)
                segments[s].data += static_cast<std::ptrdiff_t>(kChunk) * segments[s].pixelStride;
        }
    }
}

} // namespace bitlens::kernel
