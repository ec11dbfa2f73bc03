// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/winogradconvolution.h"

#include "engine/kernel/winograd_avx512vnni.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>

namespace bitlens::kernel {

namespace {

constexpr std::size_t kAlignment = 64;
constexpr int kUnitTiles = 6; ///< what the inner loop takes at once
constexpr int kMostBlockTiles = 24;
constexpr std::size_t kBlockBytes = std::size_t{512} << 10; ///< transformed data of a block: half of a core's L2 cache

constexpr int kForward43[6][3] = {{6, 0, 0}, {-4, -4, -4}, {-4, 4, -4}, {1, 2, 4}, {1, -2, 4}, {0, 0, 6}};
constexpr int kForward23[4][3] = {{2, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 2}};

/// Which part of a weight a plane multiplies with.
enum WeightPart { kWhole, kLow, kHigh };

int partOf(int weight, int part)
{
    if (part == kWhole)
        return weight;
    return part == kLow ? lowPart(weight) : highPart(weight);
}

std::size_t rounded(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

} // namespace

bool WinogradConvolution::suits(const ConvolutionSpec &spec, Form form)
{
    if (!isWinogradLayer(spec))
        return false;
    switch (form) {
    case Form::F43:
        return fitsF43(spec);
    case Form::F23:
        return f23Groups(spec).size() == 1;
    case Form::F23Groups:
        return f23Groups(spec).size() > 1;
    case Form::F43Parts:
        return fitsF43Parts(spec);
    }
    return false;
}

WinogradConvolution::WinogradConvolution(const ConvolutionSpec &spec, Form form, Instructions instructions)
    : m_form(form),
      m_instructions(instructions),
      m_functions(instructions == Instructions::Avx512Vnni ? &kWinogradAvx512Vnni : &kWinogradAvx2),
      m_upsample(spec.upsample),
      m_outStride(spec.outStride())
{
    for (const int channels : spec.sourceChannels)
        m_inStride += pixelStrideFor(channels);
    m_combines = form == Form::F43Parts || form == Form::F23Groups;
    if (form == Form::F43Parts)
        makePartPlanes(spec);
    else if (form == Form::F43)
        addPlane(spec, {0, m_inStride}, 0, {kWhole}, 1.0);
    else
        for (const ChannelGroup &group : f23Groups(spec))
            addPlane(spec, group, group.first, {kWhole}, 1.0);
    m_rowChannels = m_inStride * m_dataParts;
    const std::vector<std::int64_t> corrections = accumulatorCorrection(spec);
    m_correction.assign(corrections.begin(), corrections.end());

    const std::size_t tileBytes = static_cast<std::size_t>(positions())
                                  * (static_cast<std::size_t>(m_rowChannels) * sizeof(std::int16_t)
                                     + static_cast<std::size_t>(m_outStride) * m_planes.size() * sizeof(std::int32_t));
    const int fitting = static_cast<int>(kBlockBytes / tileBytes) / kUnitTiles * kUnitTiles;
    m_blockTiles = std::clamp(fitting, kUnitTiles, kMostBlockTiles);
}

void WinogradConvolution::makePartPlanes(const ConvolutionSpec &spec)
{
    const bool dataParts = needsDataParts(spec);
    const bool weightParts = needsWeightParts(spec);
    m_dataParts = dataParts ? 2 : 1;
    const ChannelGroup all{0, m_inStride};
    // A tile's transformed channels are its high parts, then its low parts.
    const int low = dataParts ? m_inStride : 0;
    if (dataParts && weightParts) {
        addPlane(spec, all, low, {kLow}, 1.0);
        addPlane(spec, all, 0, {kLow, kHigh}, 256.0);
        addPlane(spec, all, 0, {kHigh}, 65536.0);
    } else if (dataParts) {
        addPlane(spec, all, low, {kWhole}, 1.0);
        addPlane(spec, all, 0, {kWhole}, 256.0);
    } else {
        addPlane(spec, all, 0, {kLow}, 1.0);
        addPlane(spec, all, 0, {kHigh}, 256.0);
    }
}

void WinogradConvolution::addPlane(const ConvolutionSpec &spec, const ChannelGroup &group, int firstChannel,
                                   const std::vector<int> &weightParts, double factor)
{
    Plane plane;
    plane.firstChannel = firstChannel;
    plane.depth = group.count * static_cast<int>(weightParts.size());
    const auto matrix = static_cast<std::size_t>(m_outStride) * static_cast<std::size_t>(plane.depth);
    plane.weights = AlignedVector<std::int16_t>(matrix * static_cast<std::size_t>(positions()));
    const int in = spec.inChannels();
    for (int o = 0; o < spec.outChannels; ++o) {
        const std::int16_t *filter =
            spec.weights.data() + static_cast<std::size_t>(o) * static_cast<std::size_t>(in * 9);
        int padded = 0;
        for (const int channels : spec.sourceChannels) {
            for (int c = 0; c < channels; ++c, filter += 9) {
                const int inGroup = padded + c - group.first;
                if (inGroup < 0 || inGroup >= group.count)
                    continue;
                for (std::size_t part = 0; part < weightParts.size(); ++part) {
                    const std::size_t channel =
                        static_cast<std::size_t>(inGroup) + part * static_cast<std::size_t>(group.count);
                    const std::size_t place =
                        static_cast<std::size_t>(o / 16 * 16) * static_cast<std::size_t>(plane.depth) + channel / 2 * 32
                        + static_cast<std::size_t>(o % 16) * 2 + channel % 2;
                    transformFilter(filter, weightParts[part], plane.weights.data() + place, matrix);
                }
            }
            padded += pixelStrideFor(channels);
        }
    }
    m_planes.push_back(std::move(plane));
    m_factors.push_back(factor);
}

void WinogradConvolution::transformFilter(const std::int16_t *filter, int part, std::int16_t *to,
                                          std::size_t positionStride) const
{
    const int side = tileSide() + 2;
    const auto forward = [this](int row, int column) {
        return tileSide() == 2 ? kForward23[row][column] : kForward43[row][column];
    };
    int half[6][3];
    for (int i = 0; i < side; ++i)
        for (int j = 0; j < 3; ++j) {
            half[i][j] = 0;
            for (int k = 0; k < 3; ++k)
                half[i][j] += forward(i, k) * partOf(filter[k * 3 + j], part);
        }
    for (int i = 0; i < side; ++i)
        for (int j = 0; j < side; ++j) {
            int sum = 0;
            for (int k = 0; k < 3; ++k)
                sum += half[i][k] * forward(j, k);
            to[static_cast<std::size_t>(i * side + j) * positionStride] = static_cast<std::int16_t>(sum);
        }
}

std::string WinogradConvolution::name() const
{
    const char *form = "f43";
    if (m_form == Form::F43Parts)
        form = "f43-parts";
    else if (m_form == Form::F23)
        form = "f23";
    else if (m_form == Form::F23Groups)
        form = "f23-groups";
    return std::string("winograd-") + form + (m_instructions == Instructions::Avx2 ? "-avx2" : "-avx512vnni");
}

std::size_t WinogradConvolution::weightBytes() const
{
    return std::accumulate(m_planes.begin(), m_planes.end(), std::size_t{0},
                           [](std::size_t sum, const Plane &plane) { return sum + plane.weights.bytes(); });
}

std::size_t WinogradConvolution::units(image::Size output) const
{
    const auto across = [this](int pixels) { return static_cast<std::size_t>((pixels + tileSide() - 1) / tileSide()); };
    return (across(output.height) * across(output.width) + kUnitTiles - 1) / kUnitTiles;
}

std::ptrdiff_t WinogradConvolution::dataStride() const
{
    return static_cast<std::ptrdiff_t>(m_blockTiles) * m_rowChannels
           + static_cast<std::ptrdiff_t>(kAlignment / sizeof(std::int16_t));
}

std::ptrdiff_t WinogradConvolution::sumStride() const
{
    return static_cast<std::ptrdiff_t>(m_blockTiles) * m_outStride
           + static_cast<std::ptrdiff_t>(kAlignment / sizeof(std::int32_t));
}

std::size_t WinogradConvolution::dataBytes() const
{
    return rounded(static_cast<std::size_t>(dataStride() * positions()) * sizeof(std::int16_t));
}

std::size_t WinogradConvolution::sumBytes() const
{
    return rounded(m_planes.size() * static_cast<std::size_t>(sumStride() * positions()) * sizeof(std::int32_t));
}

std::size_t WinogradConvolution::scratchBytes(int) const
{
    const std::size_t pixels = static_cast<std::size_t>(tileSide() * tileSide());
    return dataBytes() + sumBytes()
           + (m_planes.size() + 1) * pixels * static_cast<std::size_t>(m_outStride) * sizeof(float);
}

WinogradConvolution::Scratch WinogradConvolution::divide(std::byte *scratch) const
{
    const std::size_t pixels = static_cast<std::size_t>(tileSide() * tileSide());
    Scratch divided;
    divided.v = reinterpret_cast<std::int16_t *>(scratch);
    scratch += dataBytes();
    divided.m = reinterpret_cast<std::int32_t *>(scratch);
    scratch += sumBytes();
    divided.sums = reinterpret_cast<std::int32_t *>(scratch);
    scratch += m_planes.size() * pixels * static_cast<std::size_t>(m_outStride) * sizeof(std::int32_t);
    divided.values = reinterpret_cast<float *>(scratch);
    return divided;
}

void WinogradConvolution::run(const ConvolutionRun &run, std::size_t begin, std::size_t end, std::byte *memory) const
{
    const Scratch scratch = divide(memory);
    const int side = tileSide();
    const int across = (run.width + side - 1) / side;
    const int tiles = across * ((run.height + side - 1) / side);
    const int last = std::min(tiles, static_cast<int>(end) * kUnitTiles);
    for (int first = static_cast<int>(begin) * kUnitTiles; first < last; first += m_blockTiles) {
        const int count = std::min(m_blockTiles, last - first);
        transformBlock(run, first, count, scratch.v);
        std::int32_t *m = scratch.m;
        for (const Plane &plane : m_planes) {
            WinogradProduct product;
            product.tileStride = m_rowChannels;
            product.tiles = count;
            product.depth = plane.depth;
            product.outStride = m_outStride;
            for (int position = 0; position < positions(); ++position, m += sumStride()) {
                product.v = scratch.v + position * dataStride() + plane.firstChannel;
                product.weights =
                    plane.weights.data() + static_cast<std::ptrdiff_t>(position) * m_outStride * plane.depth;
                product.m = m;
                m_functions->multiply(product);
            }
        }
        for (int t = 0; t < count; ++t)
            finishTile(run, (first + t) / across * side, (first + t) % across * side, t, scratch);
    }
}

void WinogradConvolution::transformBlock(const ConvolutionRun &run, int first, int count, std::int16_t *v) const
{
    const int side = tileSide();
    const int across = (run.width + side - 1) / side;
    while (count > 0) {
        const int column = first % across;
        const int tiles = std::min(count, across - column);
        transformTiles(run, first / across * side, column * side, tiles, v);
        first += tiles;
        count -= tiles;
        v += static_cast<std::ptrdiff_t>(tiles) * m_rowChannels;
    }
}

void WinogradConvolution::transformTiles(const ConvolutionRun &run, int y, int x, int count, std::int16_t *v) const
{
    const int side = tileSide();
    std::array<std::ptrdiff_t, kMostBlockTiles * 4 + 2> columns;
    // Beyond the border pixel only outputs that are cut off look.
    const auto sourcePixel = [this](int at, int size) {
        return at < 0 ? -1 : std::min(m_upsample == 1 ? at : at / m_upsample, size);
    };
    for (const MapView<const std::int16_t> &source : run.levels) {
        WinogradPixels pixels;
        pixels.data = source.data;
        pixels.channels = source.layout.pixelStride;
        pixels.columns = columns.data();
        pixels.tiles = count;
        for (int i = 0; i < side + 2; ++i)
            pixels.rows[i] = source.layout.offset(sourcePixel(y + i - 1, source.layout.height), 0);
        for (int i = 0; i < count * side + 2; ++i)
            columns[static_cast<std::size_t>(i)] =
                static_cast<std::ptrdiff_t>(sourcePixel(x + i - 1, source.layout.width)) * source.layout.pixelStride;
        WinogradData data{v, dataStride(), m_rowChannels};
        if (m_dataParts == 2) {
            m_functions->input43High(pixels, data);
            data.v += m_inStride;
            m_functions->input43Low(pixels, data);
        } else {
            (side == 2 ? m_functions->input23 : m_functions->input43)(pixels, data);
        }
        v += pixels.channels;
    }
}

void WinogradConvolution::finishTile(const ConvolutionRun &run, int y, int x, int tile, const Scratch &scratch) const
{
    const std::int32_t *m = scratch.m + static_cast<std::ptrdiff_t>(tile) * m_outStride;
    const int side = tileSide();
    if (!m_combines) {
        (side == 2 ? m_functions->output23 : m_functions->output43)(m, sumStride(), m_outStride, scratch.values);
    } else {
        WinogradPlanes planes;
        planes.sums = scratch.sums;
        planes.planes = static_cast<int>(m_planes.size());
        planes.pixels = side * side;
        planes.outStride = m_outStride;
        planes.planeStride = static_cast<std::ptrdiff_t>(planes.pixels) * m_outStride;
        planes.factors = m_factors.data();
        planes.correction = m_correction.data();
        for (int plane = 0; plane < planes.planes; ++plane)
            (side == 2 ? m_functions->sums23 : m_functions->sums43)(m + plane * positions() * sumStride(), sumStride(),
                                                                    m_outStride,
                                                                    scratch.sums + plane * planes.planeStride);
        m_functions->combine(planes, scratch.values);
    }
    AccumulatorBlock block;
    block.y = y;
    block.x = x;
    block.rows = std::min(side, run.height - y);
    block.columns = std::min(side, run.width - x);
    block.values = scratch.values;
    block.rowStride = static_cast<std::ptrdiff_t>(side) * m_outStride;
    run.epilogue->apply(block);
}

} // namespace bitlens::kernel
