// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/directconvolution.h"

#include "engine/kernel/direct_avx2.h"
#include "engine/kernel/direct_avx512vnni.h"
#include "engine/kernel/sourcerows.h"

#include <algorithm>
#include <limits>

namespace bitlens::kernel {

namespace {

/// Output pixels per call of the inner loops: their values stay in the L1 cache until the epilogue has read them.
constexpr int kChunk = 48;

std::size_t rounded(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

} // namespace

bool DirectConvolution::suits(const ConvolutionSpec &spec, Form form)
{
    if (spec.isFloat())
        return false;
    if (form == Form::Wide)
        return true;
    return std::all_of(spec.correction.begin(), spec.correction.end(), [](std::int32_t c) { return c == 0; })
           && accumulatorBound(spec) <= std::numeric_limits<std::int32_t>::max();
}

std::string DirectConvolution::name() const
{
    if (m_form == Form::Wide)
        return "direct-i16-wide-avx2";
    return m_instructions == Instructions::Avx2 ? "direct-i16-avx2" : "direct-i16-avx512vnni";
}

DirectConvolution::DirectConvolution(const ConvolutionSpec &spec, Form form, Instructions instructions)
    : m_form(form),
      m_instructions(instructions),
      m_kernel(spec.kernel),
      m_upsample(spec.upsample),
      m_outStride(spec.outStride())
{
    for (const int channels : spec.sourceChannels) {
        m_pixelStrides.push_back(pixelStrideFor(channels));
        m_depth += m_pixelStrides.back() * spec.taps();
    }
    const std::size_t count = static_cast<std::size_t>(m_outStride) * static_cast<std::size_t>(m_depth);
    m_weights = AlignedVector<std::int16_t>(count);
    if (form == Form::Wide)
        m_highWeights = AlignedVector<std::int16_t>(count);
    // Elements in the order of run(): sources, rows, columns, channels.
    int firstChannel = 0;
    int firstElement = 0;
    for (std::size_t source = 0; source < m_pixelStrides.size(); ++source) {
        for (int tap = 0; tap < spec.taps(); ++tap) {
            for (int c = 0; c < spec.sourceChannels[source]; ++c) {
                const int element = firstElement + tap * m_pixelStrides[source] + c;
                for (int o = 0; o < spec.outChannels; ++o) {
                    const std::size_t place = static_cast<std::size_t>(o / 16 * 16) * static_cast<std::size_t>(m_depth)
                                              + static_cast<std::size_t>(element / 2 * 32 + o % 16 * 2 + element % 2);
                    const std::int32_t weight = spec.weight(o, firstChannel + c, tap);
                    const std::int32_t high = form == Form::Wide ? (weight + 128) >> 8 : 0;
                    m_weights[place] = static_cast<std::int16_t>(weight - 256 * high);
                    if (form == Form::Wide)
                        m_highWeights[place] = static_cast<std::int16_t>(high);
                }
            }
        }
        firstChannel += spec.sourceChannels[source];
        firstElement += spec.taps() * m_pixelStrides[source];
    }
    const std::vector<std::int64_t> corrections = accumulatorCorrection(spec);
    m_correction.assign(corrections.begin(), corrections.end());
}

std::size_t DirectConvolution::scratchBytes(int outputWidth) const
{
    std::size_t bytes =
        rounded(m_pixelStrides.size() * static_cast<std::size_t>(m_kernel) * sizeof(DirectSegment<std::int16_t>))
        + static_cast<std::size_t>(kChunk) * static_cast<std::size_t>(m_outStride) * sizeof(float);
    for (const int stride : m_pixelStrides)
        bytes += rounded(SourceRows<std::int16_t>::scratchCount(m_kernel, m_upsample, outputWidth, stride)
                         * sizeof(std::int16_t));
    return bytes;
}

void DirectConvolution::run(const ConvolutionRun &run, std::size_t begin, std::size_t end, std::byte *scratch) const
{
    auto *segments = reinterpret_cast<DirectSegment<std::int16_t> *>(scratch);
    const std::size_t segmentCount = m_pixelStrides.size() * static_cast<std::size_t>(m_kernel);
    auto *values = reinterpret_cast<float *>(scratch + rounded(segmentCount * sizeof(*segments)));
    std::byte *enlarged = reinterpret_cast<std::byte *>(values + static_cast<std::ptrdiff_t>(kChunk) * m_outStride);

    DirectProduct product;
    product.segments = segments;
    product.segmentCount = static_cast<int>(segmentCount);
    product.weights = m_weights.data();
    product.depth = m_depth;
    product.outStride = m_outStride;
    const int pad = m_kernel / 2;
    for (int y = static_cast<int>(begin); y < static_cast<int>(end); ++y) {
        std::byte *free = enlarged;
        DirectSegment<std::int16_t> *segment = segments;
        for (std::size_t source = 0; source < m_pixelStrides.size(); ++source) {
            const SourceRows<std::int16_t> rows(run.levels[source], m_kernel, m_upsample,
                                                reinterpret_cast<std::int16_t *>(free));
            free +=
                rounded(SourceRows<std::int16_t>::scratchCount(m_kernel, m_upsample, run.width, m_pixelStrides[source])
                        * sizeof(std::int16_t));
            for (int offset = -pad; offset <= pad; ++offset)
                *segment++ = {rows.row(y, offset), m_kernel * m_pixelStrides[source], m_pixelStrides[source]};
        }
        for (int x = 0; x < run.width; x += kChunk) {
            product.pixels = std::min(kChunk, run.width - x);
            if (m_form == Form::Wide)
                directWideAvx2(product, m_highWeights.data(), m_correction.data(), values);
            else if (m_instructions == Instructions::Avx512Vnni)
                directFloatsAvx512Vnni(product, values);
            else
                directFloatsAvx2(product, values);
            run.epilogue->apply(
                {y, x, 1, product.pixels, values, static_cast<std::ptrdiff_t>(product.pixels) * m_outStride});
            for (std::size_t s = 0; s < segmentCount; ++s)
                segments[s].data += static_cast<std::ptrdiff_t>(kChunk) * segments[s].pixelStride;
        }
    }
}

} // namespace bitlens::kernel
