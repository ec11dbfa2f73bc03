// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/winogradconvolution.h"

#include "engine/kernel/winograd_avx512vnni.h"

#include <algorithm>
#include <cstdlib>

namespace bitlens::kernel {

namespace {

constexpr std::size_t kAlignment = 64;
constexpr int kUnitTiles = 6; ///< what the inner loop takes at once
constexpr int kMostBlockTiles = 24;
constexpr std::size_t kBlockBytes = std::size_t{512} << 10; ///< transformed data of a block: half of a core's L2 cache

constexpr int kForward43[6][3] = {{6, 0, 0}, {-4, -4, -4}, {-4, 4, -4}, {1, 2, 4}, {1, -2, 4}, {0, 0, 6}};
constexpr int kForward23[4][3] = {{2, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 2}};

// Growth of data and weights through the transforms, and where the exact division ends.
constexpr std::int64_t kMost16 = 32767;
constexpr std::int64_t kDataGrowth43 = 100;
constexpr std::int64_t kWeightGrowth43 = 144;
constexpr std::int64_t kDataGrowth23 = 4;
constexpr std::int64_t kWeightGrowth23 = 9;
constexpr std::int64_t kSumLimit43 = std::int64_t{1} << 25;
constexpr std::int64_t kSumLimit23 = std::int64_t{1} << 29;
constexpr std::int64_t kPartLimit = 128; ///< of a signed byte cut off a larger number; its high twin has the same

int highPart(int value) { return (value + 128) >> 8; }
int lowPart(int value) { return value - 256 * highPart(value); }

/// Which part of a weight a plane multiplies with.
enum WeightPart { kWhole, kLow, kHigh };

int partOf(int weight, int part)
{
    if (part == kWhole)
        return weight;
    return part == kLow ? lowPart(weight) : highPart(weight);
}

bool needsDataParts(const ConvolutionSpec &spec) { return kDataGrowth43 * largestLevel(spec) > kMost16; }

bool isCorrected(const ConvolutionSpec &spec)
{
    return std::any_of(spec.correction.begin(), spec.correction.end(), [](std::int32_t c) { return c != 0; });
}

std::int64_t largestWeight(const ConvolutionSpec &spec)
{
    std::int64_t largest = 0;
    for (const std::int16_t weight : spec.weights)
        largest = std::max<std::int64_t>(largest, std::abs(std::int32_t{weight}));
    return largest;
}

bool needsWeightParts(const ConvolutionSpec &spec) { return kWeightGrowth43 * largestWeight(spec) > kMost16; }

/// Largest sum of |part of weight| over an output channel's inputs.
std::int64_t largestPartSum(const ConvolutionSpec &spec, bool weightParts)
{
    const auto filter = static_cast<std::size_t>(spec.inChannels() * spec.taps());
    std::int64_t largest = 0;
    for (int o = 0; o < spec.outChannels; ++o) {
        const std::int16_t *weights = spec.weights.data() + static_cast<std::size_t>(o) * filter;
        std::int64_t low = 0;
        std::int64_t high = 0;
        for (std::size_t i = 0; i < filter; ++i) {
            low += std::abs(weightParts ? lowPart(weights[i]) : weights[i]);
            high += std::abs(weightParts ? highPart(weights[i]) : 0);
        }
        largest = std::max(largest, low + high); // the middle plane adds both
    }
    return largest;
}

bool partsFit(const ConvolutionSpec &spec)
{
    const bool dataParts = needsDataParts(spec);
    const bool weightParts = needsWeightParts(spec);
    if (!dataParts && !weightParts)
        return false; // F43 is for these; where its sums are too large, so are these
    const std::int64_t largest = dataParts ? kPartLimit : std::int64_t{largestLevel(spec)};
    return largest * largestPartSum(spec, weightParts) < kSumLimit43;
}

std::size_t rounded(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

} // namespace

bool WinogradConvolution::suits(const ConvolutionSpec &spec, Form form)
{
    const bool wholeVectors = std::all_of(spec.sourceChannels.begin(), spec.sourceChannels.end(),
                                          [](int channels) { return pixelStrideFor(channels) % 16 == 0; });
    if (spec.isFloat() || spec.kernel != 3 || !wholeVectors)
        return false;
    switch (form) {
    case Form::F43:
        return !isCorrected(spec) && !needsDataParts(spec) && !needsWeightParts(spec)
               && accumulatorBound(spec) < kSumLimit43;
    case Form::F23:
        return !isCorrected(spec) && kDataGrowth23 * largestLevel(spec) <= kMost16
               && kWeightGrowth23 * largestWeight(spec) <= kMost16 && accumulatorBound(spec) < kSumLimit23;
    case Form::F43Parts:
        return partsFit(spec);
    }
    return false;
}

WinogradConvolution::WinogradConvolution(const ConvolutionSpec &spec, Form form, Instructions instructions)
    : m_form(form),
      m_instructions(instructions),
      m_input(winogradInput43Avx2),
      m_multiply(winogradMultiplyAvx2),
      m_output(winogradOutput43Avx2),
      m_upsample(spec.upsample),
      m_outStride(spec.outStride())
{
    if (instructions == Instructions::Avx512Vnni) {
        m_input = winogradInput43Avx512Vnni;
        m_multiply = winogradMultiplyAvx512Vnni;
        m_output = winogradOutput43Avx512Vnni;
    }
    if (form == Form::F23) {
        m_input = winogradInput23Avx2;
        m_output = winogradOutput23Avx2;
    }
    for (const int channels : spec.sourceChannels)
        m_inStride += pixelStrideFor(channels);
    const bool parts = form == Form::F43Parts;
    const bool dataParts = parts && needsDataParts(spec);
    const bool weightParts = parts && needsWeightParts(spec);
    m_dataParts = dataParts ? 2 : 1;
    m_rowChannels = m_inStride * m_dataParts;
    m_combines = parts;
    // A tile's transformed channels are its high parts, then its low parts.
    const int low = dataParts ? m_inStride : 0;
    if (dataParts && weightParts) {
        m_planes.push_back(makePlane(spec, low, {kLow}));
        m_planes.push_back(makePlane(spec, 0, {kLow, kHigh}));
        m_planes.push_back(makePlane(spec, 0, {kHigh}));
    } else if (dataParts) {
        m_planes.push_back(makePlane(spec, low, {kWhole}));
        m_planes.push_back(makePlane(spec, 0, {kWhole}));
    } else if (weightParts) {
        m_planes.push_back(makePlane(spec, 0, {kLow}));
        m_planes.push_back(makePlane(spec, 0, {kHigh}));
    } else {
        m_planes.push_back(makePlane(spec, 0, {kWhole}));
    }
    const std::vector<std::int64_t> corrections = accumulatorCorrection(spec);
    m_correction.assign(corrections.begin(), corrections.end());

    const std::size_t tileBytes = static_cast<std::size_t>(positions())
                                  * (static_cast<std::size_t>(m_rowChannels) * sizeof(std::int16_t)
                                     + static_cast<std::size_t>(m_outStride) * m_planes.size() * sizeof(std::int32_t));
    const int fitting = static_cast<int>(kBlockBytes / tileBytes) / kUnitTiles * kUnitTiles;
    m_blockTiles = std::clamp(fitting, kUnitTiles, kMostBlockTiles);
}

WinogradConvolution::Plane WinogradConvolution::makePlane(const ConvolutionSpec &spec, int firstChannel,
                                                          const std::vector<int> &weightParts) const
{
    Plane plane;
    plane.firstChannel = firstChannel;
    plane.depth = m_inStride * static_cast<int>(weightParts.size());
    const auto matrix = static_cast<std::size_t>(m_outStride) * static_cast<std::size_t>(plane.depth);
    plane.weights = AlignedVector<std::int16_t>(matrix * static_cast<std::size_t>(positions()));

    const int side = tileSide() + 2;
    const auto forward = [this](int row, int column) {
        return m_form == Form::F23 ? kForward23[row][column] : kForward43[row][column];
    };
    const int in = spec.inChannels();
    for (int o = 0; o < spec.outChannels; ++o) {
        const std::int16_t *filter =
            spec.weights.data() + static_cast<std::size_t>(o) * static_cast<std::size_t>(in * 9);
        int padded = 0;
        for (const int channels : spec.sourceChannels) {
            for (int c = 0; c < channels; ++c, filter += 9) {
                for (std::size_t part = 0; part < weightParts.size(); ++part) {
                    int half[6][3];
                    for (int i = 0; i < side; ++i)
                        for (int j = 0; j < 3; ++j) {
                            half[i][j] = 0;
                            for (int k = 0; k < 3; ++k)
                                half[i][j] += forward(i, k) * partOf(filter[k * 3 + j], weightParts[part]);
                        }
                    const std::size_t channel =
                        static_cast<std::size_t>(padded + c) + part * static_cast<std::size_t>(m_inStride);
                    const std::size_t place =
                        static_cast<std::size_t>(o / 16 * 16) * static_cast<std::size_t>(plane.depth) + channel / 2 * 32
                        + static_cast<std::size_t>(o % 16) * 2 + channel % 2;
                    for (int i = 0; i < side; ++i)
                        for (int j = 0; j < side; ++j) {
                            int sum = 0;
                            for (int k = 0; k < 3; ++k)
                                sum += half[i][k] * forward(j, k);
                            plane.weights[static_cast<std::size_t>(i * side + j) * matrix + place] =
                                static_cast<std::int16_t>(sum);
                        }
                }
            }
            padded += pixelStrideFor(channels);
        }
    }
    return plane;
}

std::string WinogradConvolution::name() const
{
    const char *form = m_form == Form::F43 ? "f43" : m_form == Form::F23 ? "f23" : "f43-parts";
    return std::string("winograd-") + form + (m_instructions == Instructions::Avx2 ? "-avx2" : "-avx512vnni");
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
        for (int t = 0; t < count; ++t)
            transformTile(run, (first + t) / across * side, (first + t) % across * side,
                          scratch.v + static_cast<std::ptrdiff_t>(t) * m_rowChannels);
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
                m_multiply(product);
            }
        }
        for (int t = 0; t < count; ++t)
            finishTile(run, (first + t) / across * side, (first + t) % across * side, t, scratch);
    }
}

void WinogradConvolution::transformTile(const ConvolutionRun &run, int y, int x, std::int16_t *v) const
{
    const int side = tileSide() + 2;
    for (const MapView<const std::int16_t> &source : run.levels) {
        WinogradPixels pixels;
        pixels.data = source.data;
        pixels.channels = source.layout.pixelStride;
        for (int i = 0; i < side; ++i) {
            // Beyond the border pixel only outputs that are cut off look.
            const int row = y + i - 1;
            const int column = x + i - 1;
            const int sourceRow = row < 0 ? -1 : std::min(row / m_upsample, source.layout.height);
            const int sourceColumn = column < 0 ? -1 : std::min(column / m_upsample, source.layout.width);
            pixels.rows[i] = source.layout.offset(sourceRow, 0);
            pixels.columns[i] = static_cast<std::ptrdiff_t>(sourceColumn) * source.layout.pixelStride;
        }
        if (m_dataParts == 2)
            winogradInput43PartsAvx2(pixels, v, v + m_inStride, dataStride());
        else
            m_input(pixels, v, dataStride());
        v += pixels.channels;
    }
}

void WinogradConvolution::finishTile(const ConvolutionRun &run, int y, int x, int tile, const Scratch &scratch) const
{
    const std::int32_t *m = scratch.m + static_cast<std::ptrdiff_t>(tile) * m_outStride;
    const int side = tileSide();
    if (!m_combines) {
        m_output(m, sumStride(), m_outStride, scratch.values);
    } else {
        WinogradPlanes planes;
        planes.sums = scratch.sums;
        planes.planes = static_cast<int>(m_planes.size());
        planes.pixels = side * side;
        planes.outStride = m_outStride;
        planes.planeStride = static_cast<std::ptrdiff_t>(planes.pixels) * m_outStride;
        planes.correction = m_correction.data();
        for (int plane = 0; plane < planes.planes; ++plane)
            winogradSums43Avx2(m + plane * 36 * sumStride(), sumStride(), m_outStride,
                               scratch.sums + plane * planes.planeStride);
        winogradCombineAvx2(planes, scratch.values);
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
