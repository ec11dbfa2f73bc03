// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"
#include "engine/model/generator.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace bitlens::test {

/// A map of doubles for the slow, readable interpreter below.
struct PlainMap {
    int channels = 0;
    int height = 0;
    int width = 0;
    std::vector<double> values;

    PlainMap(int c, int h, int w) : channels(c), height(h), width(w), values(static_cast<std::size_t>(c * h * w)) {}
    double &at(int c, int y, int x) { return values[static_cast<std::size_t>((c * height + y) * width + x)]; }
    double at(int c, int y, int x) const { return values[static_cast<std::size_t>((c * height + y) * width + x)]; }
};

inline double bilinear(const PlainMap &map, int c, double y, double x)
{
    y = std::max(0.0, y);
    x = std::max(0.0, x);
    const int top = std::min(static_cast<int>(y), map.height - 1);
    const int left = std::min(static_cast<int>(x), map.width - 1);
    const int bottom = std::min(top + 1, map.height - 1);
    const int right = std::min(left + 1, map.width - 1);
    const double v = y - top;
    const double u = x - left;
    return (1 - v) * ((1 - u) * map.at(c, top, left) + u * map.at(c, top, right))
           + v * ((1 - u) * map.at(c, bottom, left) + u * map.at(c, bottom, right));
}

/// One layer as generator.h describes it, in double precision, loop by loop.
inline PlainMap plainLayer(const model::ConvLayer &layer, const std::vector<PlainMap> &maps)
{
    const PlainMap &first = maps[static_cast<std::size_t>(layer.inputs.front())];
    const int up = layer.upsample;
    PlainMap input(layer.inChannels, first.height * up, first.width * up);
    int channel = 0;
    for (const int number : layer.inputs) {
        const PlainMap &map = maps[static_cast<std::size_t>(number)];
        for (int c = 0; c < map.channels; ++c, ++channel)
            for (int y = 0; y < input.height; ++y)
                for (int x = 0; x < input.width; ++x)
                    input.at(channel, y, x) = map.at(c, y / up, x / up);
    }
    const int shuffle = layer.shuffle;
    PlainMap result(layer.mapChannels(), input.height * shuffle, input.width * shuffle);
    const int half = layer.kernel / 2;
    for (int o = 0; o < layer.outChannels; ++o) {
        for (int y = 0; y < input.height; ++y) {
            for (int x = 0; x < input.width; ++x) {
                double sum = layer.bias[static_cast<std::size_t>(o)];
                const float *weight =
                    layer.weight->data() + static_cast<std::size_t>(o * layer.inChannels * layer.kernel * layer.kernel);
                for (int c = 0; c < layer.inChannels; ++c)
                    for (int dy = -half; dy <= half; ++dy)
                        for (int dx = -half; dx <= half; ++dx, ++weight)
                            if (y + dy >= 0 && y + dy < input.height && x + dx >= 0 && x + dx < input.width)
                                sum += static_cast<double>(*weight) * input.at(c, y + dy, x + dx);
                if (layer.activation == model::ActivationKind::Relu)
                    sum = std::max(sum, 0.0);
                else if (layer.activation != model::ActivationKind::None && sum < 0.0)
                    sum *= layer.slopes[layer.slopes.size() == 1 ? 0 : static_cast<std::size_t>(o)];
                const int place = o % (shuffle * shuffle);
                result.at(o / (shuffle * shuffle), y * shuffle + place / shuffle, x * shuffle + place % shuffle) = sum;
            }
        }
    }
    for (const model::Residual &residual : layer.residuals) {
        const PlainMap &source = maps[static_cast<std::size_t>(residual.source)];
        const int factor = result.height / source.height;
        for (int c = 0; c < result.channels; ++c)
            for (int y = 0; y < result.height; ++y)
                for (int x = 0; x < result.width; ++x) {
                    const double added = residual.resample == model::Residual::Resample::Bilinear
                                             ? bilinear(source, c, (y + 0.5) / factor - 0.5, (x + 0.5) / factor - 0.5)
                                             : source.at(c, y / factor, x / factor);
                    result.at(c, y, x) = result.at(c, y, x) * residual.scale + added;
                }
    }
    return result;
}

/// All feature maps of a picture whose sides are multiples of the generator's unshuffle factor; the last one is the
/// picture, output transform applied.
inline std::vector<PlainMap> plainMaps(const model::Generator &generator, const image::Planes &picture)
{
    const int u = generator.inputUnshuffle;
    PlainMap input(3 * u * u, picture.height() / u, picture.width() / u);
    for (int c = 0; c < input.channels; ++c)
        for (int y = 0; y < input.height; ++y)
            for (int x = 0; x < input.width; ++x)
                input.at(c, y, x) =
                    static_cast<double>(picture.line(c / (u * u), y * u + c % (u * u) / u)[x * u + c % u]);
    std::vector<PlainMap> maps{input};
    for (const model::ConvLayer &layer : generator.layers)
        maps.push_back(plainLayer(layer, maps));
    for (double &value : maps.back().values) {
        if (generator.output == model::OutputTransform::TanhToUnit)
            value = (std::tanh(value) + 1) / 2;
        else if (generator.output == model::OutputTransform::LinearToUnit)
            value = (value + 1) / 2;
    }
    return maps;
}

/// Smooth shapes with some noise, in [0,1]: like a photo in what matters for ranges.
inline image::Planes syntheticPicture(int height, int width, unsigned seed = 4)
{
    std::mt19937 random(seed);
    image::Planes picture(3, height, width);
    for (int c = 0; c < 3; ++c) {
        float *plane = picture.mutablePlane(c);
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                const float noise = static_cast<float>(random() % 1000) / 1000.0F - 0.5F;
                const float wave =
                    std::sin(0.21F * static_cast<float>(x + c)) * std::cos(0.13F * static_cast<float>(y));
                plane[y * width + x] = std::clamp(0.5F + 0.35F * wave + 0.2F * noise, 0.0F, 1.0F);
            }
    }
    return picture;
}

} // namespace bitlens::test
