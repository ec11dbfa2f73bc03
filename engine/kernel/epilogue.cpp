// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/epilogue.h"

#include "engine/base/cpu.h"
#include "engine/kernel/epilogue_avx2.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bitlens::kernel {

namespace {

float activated(const EpilogueParameters &parameters, float y, int channel)
{
    switch (parameters.activation) {
    case model::ActivationKind::None:
        return y;
    case model::ActivationKind::Relu:
        return y > 0.0F ? y : 0.0F;
    case model::ActivationKind::LeakyRelu:
    case model::ActivationKind::PRelu:
        break;
    }
    return y > 0.0F ? y : y * parameters.slope[static_cast<std::size_t>(channel)];
}

/// Position of an enlarged pixel's centre between two source pixels (torch, align_corners=False).
struct Between {
    int first = 0;
    int second = 0;
    float share = 0.0F; ///< of the second
};

Between between(int at, int factor, int size)
{
    const float place = std::max(0.0F, (static_cast<float>(at) + 0.5F) / static_cast<float>(factor) - 0.5F);
    const int first = std::min(static_cast<int>(place), size - 1);
    return {first, std::min(first + 1, size - 1), place - static_cast<float>(first)};
}

/// Everything after the activation for one value of the finished map.
void finish(const EpilogueTargets &targets, float y, int row, int column, int channel)
{
    for (const ResidualSource &residual : targets.residuals)
        y = y * residual.scale + residualValue(residual, row, column, channel);
    if (targets.values.data)
        targets.values.pixel(row, column)[channel] = y;
    for (const LevelTarget &target : targets.levels)
        target.map.pixel(row, column)[channel] = target.coding->level(y, channel);
}

void clearPadding(const EpilogueTargets &targets, int row, int column, int channels)
{
    const auto clear = [&](const auto &map) {
        for (int c = channels; c < map.layout.pixelStride; ++c)
            map.pixel(row, column)[c] = 0;
    };
    if (targets.values.data)
        clear(targets.values);
    for (const LevelTarget &target : targets.levels)
        clear(target.map);
}

/// True when every map has whole vectors of channels and no residual source is enlarged.
bool suitsVectors(const EpilogueParameters &parameters, const EpilogueTargets &targets)
{
    const int stride = pixelStrideFor(parameters.mapChannels());
    if (stride % 16 != 0 || (parameters.shuffle > 1 && stride != parameters.mapChannels()))
        return false;
    if (targets.residuals.size() > kMostVectorTargets || targets.levels.size() > kMostVectorTargets)
        return false;
    return std::all_of(targets.residuals.begin(), targets.residuals.end(), [](const ResidualSource &residual) {
        return residual.resample == model::Residual::Resample::None || residual.factor == 1;
    });
}

} // namespace

float residualValue(const ResidualSource &residual, int y, int x, int channel)
{
    const MapView<const float> &map = residual.map;
    if (residual.resample != model::Residual::Resample::Bilinear)
        return map.pixel(y / residual.factor, x / residual.factor)[channel];
    const Between rows = between(y, residual.factor, map.layout.height);
    const Between columns = between(x, residual.factor, map.layout.width);
    const auto line = [&](int row) {
        return map.pixel(row, columns.first)[channel] * (1.0F - columns.share)
               + map.pixel(row, columns.second)[channel] * columns.share;
    };
    return line(rows.first) * (1.0F - rows.share) + line(rows.second) * rows.share;
}

void applyReference(const EpilogueParameters &parameters, const EpilogueTargets &targets, const AccumulatorBlock &block)
{
    const int shuffle = parameters.shuffle;
    const int channels = parameters.mapChannels();
    for (int row = 0; row < block.rows; ++row) {
        for (int column = 0; column < block.columns; ++column) {
            const float *values = block.values + row * block.rowStride + column * parameters.outStride();
            for (int part = 0; part < shuffle * shuffle; ++part) {
                const int y = (block.y + row) * shuffle + part / shuffle;
                const int x = (block.x + column) * shuffle + part % shuffle;
                for (int c = 0; c < channels; ++c) {
                    const int packed = part * channels + c;
                    const auto at = static_cast<std::size_t>(packed);
                    const float sum = values[at] * parameters.multiplier[at] + parameters.bias[at];
                    finish(targets, activated(parameters, sum, packed), y, x, c);
                }
                clearPadding(targets, y, x, channels);
            }
        }
    }
}

std::vector<int> packedOutputOrder(int outChannels, int shuffle)
{
    const int parts = shuffle * shuffle;
    const int channels = outChannels / parts;
    std::vector<int> order(static_cast<std::size_t>(outChannels));
    for (int part = 0; part < parts; ++part)
        for (int c = 0; c < channels; ++c)
            order[static_cast<std::size_t>(part * channels + c)] = c * parts + part;
    return order;
}

Epilogue::Epilogue(const EpilogueParameters &parameters, EpilogueTargets targets, bool useVectors)
    : m_parameters(&parameters), m_targets(std::move(targets)), m_function(applyReference)
{
    if (useVectors && base::cpuFeatures().avx2 && suitsVectors(parameters, m_targets))
        m_function = applyEpilogueAvx2;
}

} // namespace bitlens::kernel
