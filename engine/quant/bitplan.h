// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"

#include <array>
#include <span>
#include <string>
#include <vector>

namespace bitlens::quant {

/// A bit-width of 32 stands for FP32.
inline constexpr int kFloatBits = 32;
inline constexpr std::array<int, 12> kWeightBitChoices{2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, kFloatBits};
inline constexpr std::array<int, 10> kActivationBitChoices{4, 5, 6, 7, 8, 10, 12, 14, 16, kFloatBits};
bool isWeightBits(int bits);
bool isActivationBits(int bits);

/// Bits of one layer's weights and of its input activation. FP32 on either makes the layer float.
struct LayerBits {
    int weight = 8;
    int activation = 8;
    bool isFloat() const { return weight == kFloatBits || activation == kFloatBits; }
    bool operator==(const LayerBits &) const = default;
};

/// One choice per layer of a generator, in the order of its layers. A value type.
class BitPlan {
public:
    BitPlan() = default;
    BitPlan(std::size_t layers, LayerBits bits) : m_layers(layers, bits) {}

    std::size_t size() const { return m_layers.size(); }
    const LayerBits &at(std::size_t layer) const { return m_layers.at(layer); }
    void set(std::size_t layer, LayerBits bits) { m_layers.at(layer) = bits; }
    bool operator==(const BitPlan &) const = default;
    /// First layer whose bits differ from `other`'s; size() when none does.
    std::size_t firstDifference(const BitPlan &other) const;
    bool isAllFloat() const;

    /// A short rule list that reads back to the same plan, e.g. "*=8/8,up2=8/12". FP32 is written "fp32"
    /// ("up2=fp32/fp32"). Fewest rules over stages, groups of stages and layers; layers of one name everywhere become
    /// one rule ("*/conv5").
    std::string toRules(const model::Generator &generator) const;
    /// {"schema":1,"generator":name,"layers":{path:[w,a],…}}
    std::string toJson(const model::Generator &generator) const;

    /// Rules "pattern=W/A", comma-separated, applied in order to a W8/A8 start; a pattern is "*", a stage, a group of
    /// stages ("body"), a layer path, or any of these with * and ? wildcards; W and A are allowed widths or "fp32".
    /// A pattern covers a layer when it matches its path or a leading part of it that ends before a "/"; * matches "/".
    /// Throws base::Error{InvalidArgument} that names the rule and what was expected.
    static BitPlan fromRules(const std::string &rules, const model::Generator &generator);
    /// Inverse of toJson; layers that are missing or unknown are errors that name them. `file` is for the message.
    static BitPlan fromJson(const std::string &json, const model::Generator &generator, const std::string &file);

private:
    std::vector<LayerBits> m_layers;
};

/// A named plan, and the sentence shown beside it.
struct Preset {
    std::string name;
    std::string description;
};

/// The presets in display order; "multi" is the default.
std::span<const Preset> presets();
inline constexpr const char *kDefaultPreset = "multi";

/// A preset's plan for a generator. paper-srgan and paper-esrgan are size-equivalent reconstructions that also fit
/// other depths by proportion. Throws base::Error{InvalidArgument} for an unknown name, naming the known ones.
BitPlan presetPlan(const std::string &name, const model::Generator &generator);

/// What `--plan` takes: a preset's name, an existing JSON file, or rules.
BitPlan planFromArgument(const std::string &argument, const model::Generator &generator);

} // namespace bitlens::quant
