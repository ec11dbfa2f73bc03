// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/quant/bitplan.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/quant/planrules.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bitlens::quant {

namespace {

constexpr int kSchema = 1;
constexpr std::size_t kLargestPlanFile = std::size_t(16) << 20;

[[noreturn]] void refuse(const std::string &file, const std::string &detail)
{
    throw base::Error(base::ErrorCode::InvalidArgument, file, detail);
}

LayerBits bitsFromJson(const nlohmann::ordered_json &entry, const std::string &path, const std::string &file)
{
    const bool isPair =
        entry.is_array() && entry.size() == 2 && entry[0].is_number_integer() && entry[1].is_number_integer();
    if (!isPair)
        refuse(file, fmt::format("layer {}: expected [weight bits, activation bits]", path));
    const auto weight = entry[0].get<std::int64_t>();
    const auto activation = entry[1].get<std::int64_t>();
    const auto fits = [](std::int64_t bits) { return bits >= 0 && bits <= kFloatBits; };
    if (!fits(weight) || !isWeightBits(static_cast<int>(weight)))
        refuse(file, fmt::format("layer {}: {} is not a width of weights", path, weight));
    if (!fits(activation) || !isActivationBits(static_cast<int>(activation)))
        refuse(file, fmt::format("layer {}: {} is not a width of activations", path, activation));
    return {static_cast<int>(weight), static_cast<int>(activation)};
}

} // namespace

bool isWeightBits(int bits)
{
    return std::find(kWeightBitChoices.begin(), kWeightBitChoices.end(), bits) != kWeightBitChoices.end();
}

bool isActivationBits(int bits)
{
    return std::find(kActivationBitChoices.begin(), kActivationBitChoices.end(), bits) != kActivationBitChoices.end();
}

std::size_t BitPlan::firstDifference(const BitPlan &other) const
{
    const std::size_t common = std::min(size(), other.size());
    for (std::size_t i = 0; i < common; ++i)
        if (!(m_layers[i] == other.m_layers[i]))
            return i;
    return size() == other.size() ? size() : common;
}

bool BitPlan::isAllFloat() const
{
    return std::all_of(m_layers.begin(), m_layers.end(), [](const LayerBits &bits) { return bits.isFloat(); });
}

std::string BitPlan::toRules(const model::Generator &generator) const { return writeRules(*this, generator); }

std::string BitPlan::toJson(const model::Generator &generator) const
{
    if (size() != generator.layers.size())
        refuse({}, fmt::format("a plan of {} layers does not fit a generator of {}", size(), generator.layers.size()));
    nlohmann::ordered_json layers = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < size(); ++i)
        layers[generator.layers[i].path] = {m_layers[i].weight, m_layers[i].activation};
    const nlohmann::ordered_json plan{{"schema", kSchema}, {"generator", generator.name}, {"layers", layers}};
    return plan.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

BitPlan BitPlan::fromRules(const std::string &rules, const model::Generator &generator)
{
    return parseRules(rules, generator);
}

BitPlan BitPlan::fromJson(const std::string &json, const model::Generator &generator, const std::string &file)
{
    const auto root = nlohmann::ordered_json::parse(json, nullptr, false);
    if (root.is_discarded() || !root.is_object())
        refuse(file, "not a JSON bit plan");
    if (const auto schema = root.find("schema"); schema == root.end() || *schema != kSchema)
        refuse(file, fmt::format("bit plan of another schema, expected \"schema\":{}", kSchema));
    const auto layers = root.find("layers");
    if (layers == root.end() || !layers->is_object())
        refuse(file, "the bit plan has no \"layers\"");
    for (const auto &[path, entry] : layers->items())
        if (generator.findLayer(path) < 0)
            refuse(file, fmt::format("layer {} does not exist in {}", path, generator.name));
    BitPlan plan(generator.layers.size(), LayerBits{});
    for (std::size_t i = 0; i < plan.size(); ++i) {
        const std::string &path = generator.layers[i].path;
        const auto entry = layers->find(path);
        if (entry == layers->end())
            refuse(file, fmt::format("layer {} of {} is missing", path, generator.name));
        plan.set(i, bitsFromJson(*entry, path, file));
    }
    return plan;
}

BitPlan planFromArgument(const std::string &argument, const model::Generator &generator)
{
    const auto known = presets();
    if (std::any_of(known.begin(), known.end(), [&](const Preset &preset) { return preset.name == argument; }))
        return presetPlan(argument, generator);
    std::error_code ignored;
    if (std::filesystem::is_regular_file(argument, ignored)) {
        const std::vector<std::uint8_t> bytes = base::readFile(argument, kLargestPlanFile);
        return BitPlan::fromJson(std::string(bytes.begin(), bytes.end()), generator, argument);
    }
    if (argument.find('=') == std::string::npos)
        return presetPlan(argument, generator); // refuses, naming the presets
    return BitPlan::fromRules(argument, generator);
}

} // namespace bitlens::quant
