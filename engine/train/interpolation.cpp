// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/interpolation.h"

#include "engine/base/error.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace bitlens::train {

namespace {

[[noreturn]] void refuse(const model::Generator &other, const std::string &why)
{
    throw base::Error(base::ErrorCode::InvalidArgument, other.source,
                      fmt::format("cannot be mixed with the trained model: {}", why));
}

std::vector<float> between(const std::vector<float> &from, const std::vector<float> &to, double share)
{
    std::vector<float> mixed(from.size());
    for (std::size_t i = 0; i < from.size(); ++i)
        mixed[i] =
            static_cast<float>((1.0 - share) * static_cast<double>(from[i]) + share * static_cast<double>(to[i]));
    return mixed;
}

bool isOfOneShape(const model::ConvLayer &a, const model::ConvLayer &b)
{
    return a.path == b.path && a.inputs == b.inputs && a.kernel == b.kernel && a.upsample == b.upsample
           && a.shuffle == b.shuffle && a.activation == b.activation && a.weight->size() == b.weight->size()
           && a.bias.size() == b.bias.size() && a.slopes.size() == b.slopes.size();
}

} // namespace

model::Generator interpolated(model::Generator generator, const model::Generator &other, double share)
{
    if (!(share >= 0.0 && share <= 1.0))
        refuse(other, fmt::format("its share of {} is not between 0 and 1", share));
    if (generator.layers.size() != other.layers.size())
        refuse(other, fmt::format("it has {} layers, not {}", other.layers.size(), generator.layers.size()));
    for (std::size_t i = 0; i < generator.layers.size(); ++i) {
        model::ConvLayer &layer = generator.layers[i];
        const model::ConvLayer &mate = other.layers[i];
        if (!isOfOneShape(layer, mate))
            refuse(other, fmt::format("layer {} is of another shape", mate.path));
        layer.weight = std::make_shared<const std::vector<float>>(between(*layer.weight, *mate.weight, share));
        layer.bias = between(layer.bias, mate.bias, share);
        layer.slopes = between(layer.slopes, mate.slopes, share);
    }
    return generator;
}

} // namespace bitlens::train
