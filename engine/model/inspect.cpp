// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/inspect.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bitlens::model {

namespace {

using nlohmann::ordered_json;

/// 16697987 -> "16 697 987".
std::string grouped(std::size_t number)
{
    std::string text = std::to_string(number);
    for (int i = static_cast<int>(text.size()) - 3; i > 0; i -= 3)
        text.insert(static_cast<std::size_t>(i), " ");
    return text;
}

std::string activationText(const ConvLayer &layer)
{
    switch (layer.activation) {
    case ActivationKind::None:
        return "";
    case ActivationKind::Relu:
        return "ReLU";
    case ActivationKind::LeakyRelu:
        return fmt::format("leaky ReLU {}", layer.slopes.empty() ? 0.0F : layer.slopes.front());
    case ActivationKind::PRelu:
        return layer.slopes.size() == 1 ? "PReLU, shared" : "PReLU, per channel";
    }
    return "";
}

/// What happens to the size of the maps and to the sum, in words.
std::string remarks(const ConvLayer &layer)
{
    std::string text = activationText(layer);
    const auto add = [&text](const std::string &more) { text += (text.empty() ? "" : "; ") + more; };
    if (layer.upsample > 1)
        add(fmt::format("input enlarged {}x", layer.upsample));
    if (layer.shuffle > 1)
        add(fmt::format("pixel shuffle {}", layer.shuffle));
    for (const Residual &residual : layer.residuals)
        add(residual.source == 0 ? std::string("+ picture") : fmt::format("+ map {}", residual.source));
    return text;
}

} // namespace

std::string inspectJson(const Generator &generator)
{
    ordered_json document{{"schema", 1},
                          {"name", generator.name},
                          {"architecture", familyName(generator.family)},
                          {"scale", generator.scale},
                          {"parameters", generator.parameterCount()},
                          {"storage", weightStorageName(generator.storage)},
                          {"macs_per_input_pixel", generator.macsPerInputPixel()},
                          {"receptive_radius", generator.receptiveRadius()},
                          {"stages", ordered_json::array()}};
    for (const Stage &stage : generator.stages) {
        ordered_json layers = ordered_json::array();
        for (int i = stage.firstLayer; i < stage.firstLayer + stage.layerCount; ++i) {
            const ConvLayer &layer = generator.layers.at(static_cast<std::size_t>(i));
            layers.push_back({{"name", layer.name},
                              {"kernel", layer.kernel},
                              {"in", layer.inChannels},
                              {"out", layer.outChannels},
                              {"parameters", layer.parameterCount()}});
        }
        document["stages"].push_back({{"name", stage.name}, {"layers", std::move(layers)}});
    }
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

std::string inspectText(const Generator &generator)
{
    std::string text = fmt::format("{}: {}, x{}, {} parameters in {} layers, stored as {}\n", generator.name,
                                   familyName(generator.family), generator.scale, grouped(generator.parameterCount()),
                                   generator.layers.size(), weightStorageName(generator.storage));
    text +=
        fmt::format("{:.0f} multiply-accumulates per input pixel; an output pixel sees {} input pixels around it\n\n",
                    generator.macsPerInputPixel(), generator.receptiveRadius());
    std::size_t width = 5;
    for (const ConvLayer &layer : generator.layers)
        width = std::max(width, layer.path.size());
    text += fmt::format("{:<{}}  {:>6}  {:>5}  {:>5}  {:>10}  {}\n", "layer", width, "kernel", "in", "out",
                        "parameters", "then");
    for (const ConvLayer &layer : generator.layers) {
        std::string line = fmt::format("{:<{}}  {:>6}  {:>5}  {:>5}  {:>10}  {}", layer.path, width,
                                       fmt::format("{0}x{0}", layer.kernel), layer.inChannels, layer.outChannels,
                                       grouped(layer.parameterCount()), remarks(layer));
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

} // namespace bitlens::model
