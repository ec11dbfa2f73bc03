// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/runner.h"

#include <fmt/format.h>

namespace bitlens::run {

namespace {

/// The pixel that position `at` of a side of `size` pixels shows when the side is continued by reflection.
int reflected(int at, int size)
{
    if (size == 1)
        return 0;
    const int period = 2 * (size - 1);
    const int place = at % period;
    return place < size ? place : period - place;
}

} // namespace

image::Planes networkInput(const model::Generator &generator, const image::Planes &picture)
{
    if (picture.channels() != 3)
        throw base::Error(base::ErrorCode::InvalidArgument, {},
                          fmt::format("a generator takes 3 colour planes, not {}", picture.channels()));
    const int unshuffle = generator.inputUnshuffle;
    if (unshuffle == 1)
        return picture;
    const int height = (picture.height() + unshuffle - 1) / unshuffle;
    const int width = (picture.width() + unshuffle - 1) / unshuffle;
    image::Planes input(3 * unshuffle * unshuffle, height, width);
    float *out = input.mutableData();
    for (int channel = 0; channel < 3; ++channel) {
        for (int dy = 0; dy < unshuffle; ++dy) {
            for (int dx = 0; dx < unshuffle; ++dx) {
                for (int y = 0; y < height; ++y) {
                    const float *line = picture.line(channel, reflected(y * unshuffle + dy, picture.height()));
                    for (int x = 0; x < width; ++x)
                        *out++ = line[reflected(x * unshuffle + dx, picture.width())];
                }
            }
        }
    }
    return input;
}

std::vector<int> lastReaders(const model::Generator &generator)
{
    std::vector<int> last(generator.layers.size() + 1, -1);
    for (std::size_t i = 0; i < generator.layers.size(); ++i) {
        for (const int map : generator.layers[i].inputs)
            last[static_cast<std::size_t>(map)] = static_cast<int>(i);
        for (const model::Residual &residual : generator.layers[i].residuals)
            last[static_cast<std::size_t>(residual.source)] = static_cast<int>(i);
    }
    last.back() = static_cast<int>(generator.layers.size());
    return last;
}

double layerMacs(const model::Generator &generator, std::size_t layer, image::Size networkInput)
{
    const model::ConvLayer &conv = generator.layers.at(layer);
    const double perSide = generator.mapScale(conv.inputs.front()) * conv.upsample;
    return static_cast<double>(conv.weightCount()) * perSide * perSide * static_cast<double>(networkInput.pixels());
}

} // namespace bitlens::run
