// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/quant/bitplan.h"

#include "engine/base/error.h"
#include "engine/quant/allocatedplans.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace bitlens::quant {

namespace {

/// Where a layer stands, told from its stage's name: the vocabulary that the readers use.
class Places {
public:
    explicit Places(const model::Generator &generator) : m_generator(generator)
    {
        for (const model::Stage &stage : generator.stages)
            m_blocks += isBlock(stage.name) ? 1 : 0;
        int block = -1;
        for (const model::Stage &stage : generator.stages) {
            block += isBlock(stage.name) ? 1 : 0;
            for (int i = 0; i < stage.layerCount; ++i)
                m_block.push_back(isBlock(stage.name) ? block : -1);
        }
    }

    int blocks() const { return m_blocks; }
    /// Number of the body block that a layer belongs to, or -1.
    int blockOf(std::size_t layer) const { return m_block.at(layer); }
    bool isTrunk(std::size_t layer) const { return stageName(layer).starts_with("trunk"); }
    bool isHead(std::size_t layer) const { return stageName(layer).starts_with("head"); }
    /// After the trunk: upsamplers, high-resolution convolution, tail.
    bool isAfterTrunk(std::size_t layer) const { return m_block.at(layer) < 0 && !isTrunk(layer) && !isHead(layer); }
    /// The convolution of a dense block that feeds the residual stream.
    bool closesDenseBlock(std::size_t layer) const
    {
        const model::ConvLayer &conv = m_generator.layers[layer];
        return conv.inputs.size() > 1 && !conv.residuals.empty();
    }

private:
    static bool isBlock(std::string_view name) { return name.starts_with("body"); }
    std::string_view stageName(std::size_t layer) const
    {
        return m_generator.stages.at(static_cast<std::size_t>(m_generator.stageOf(static_cast<int>(layer)))).name;
    }

    const model::Generator &m_generator;
    int m_blocks = 0;
    std::vector<int> m_block;
};

constexpr LayerBits kInt8{8, 8};
constexpr LayerBits kInt16{16, 16};
constexpr LayerBits kWideActivation{8, 12};

/// `part` of `whole` published for another depth, in proportion; at least one.
int proportion(int blocks, int part, int whole)
{
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(blocks) * part / whole)));
}

BitPlan int8Plan(const model::Generator &generator) { return {generator.layers.size(), kInt8}; }

BitPlan floatPlan(const model::Generator &generator)
{
    return {generator.layers.size(), LayerBits{kFloatBits, kFloatBits}};
}

/// What allocation found, where it was measured. For generators of another shape a rule: plain residual networks lose
/// in the activations of the upsamplers and the tail; dense networks lose in the weights that feed the residual stream,
/// and a little in all activations. There 10 bits measured as good as 12 (46.8 dB to FP32 on Set5), and they stay
/// within what one 32-bit sum of F(2,3) proves exact.
BitPlan multiPlan(const model::Generator &generator)
{
    if (const std::optional<BitPlan> allocated = allocatedPlan(generator))
        return *allocated;
    const Places places(generator);
    BitPlan plan = int8Plan(generator);
    bool isDense = false;
    for (std::size_t i = 0; i < plan.size(); ++i)
        isDense = isDense || places.closesDenseBlock(i);
    for (std::size_t i = 0; i < plan.size(); ++i) {
        if (isDense)
            plan.set(i, places.closesDenseBlock(i) ? LayerBits{10, 12} : kWideActivation);
        else if (places.isAfterTrunk(i))
            plan.set(i, kWideActivation);
    }
    return plan;
}

/// INT16 on the last 5 of 16 blocks and the trunk end, INT8 elsewhere.
BitPlan paperSrganPlan(const model::Generator &generator)
{
    const Places places(generator);
    const int firstWide = places.blocks() - proportion(places.blocks(), 5, 16);
    BitPlan plan = int8Plan(generator);
    for (std::size_t i = 0; i < plan.size(); ++i)
        if (places.isTrunk(i) || places.blockOf(i) >= std::max(firstWide, 0))
            plan.set(i, kInt16);
    return plan;
}

/// INT16 on the last 7 of 23 blocks and on everything after the trunk, INT8 elsewhere.
BitPlan paperEsrganPlan(const model::Generator &generator)
{
    const Places places(generator);
    const int firstWide = places.blocks() - proportion(places.blocks(), 7, 23);
    BitPlan plan = int8Plan(generator);
    for (std::size_t i = 0; i < plan.size(); ++i)
        if (places.isAfterTrunk(i) || places.blockOf(i) >= std::max(firstWide, 0))
            plan.set(i, kInt16);
    return plan;
}

/// Four-bit weights in the body, W8 A12 elsewhere.
BitPlan w4Plan(const model::Generator &generator)
{
    const Places places(generator);
    BitPlan plan = int8Plan(generator);
    for (std::size_t i = 0; i < plan.size(); ++i)
        plan.set(i, places.blockOf(i) >= 0 ? LayerBits{4, 8} : kWideActivation);
    return plan;
}

struct PresetEntry {
    const char *name;
    const char *description;
    BitPlan (*plan)(const model::Generator &);
};

// The one list of presets: what the window's menu, --plan and the help show, in this order.
constexpr std::array<PresetEntry, 6> kPresets{{
    {"fp32", "Everything in 32-bit float: the reference.", floatPlan},
    {"int8", "8-bit weights and activations everywhere: smallest of the safe plans, fastest.", int8Plan},
    {"multi",
     "As small as 8-bit weights: more bits where measurements found layers sensitive, fewer elsewhere. The default.",
     multiPlan},
    {"paper-srgan", "INT8, with INT16 on 5 of 16 blocks and the trunk end: as large as the published mixed SRGAN.",
     paperSrganPlan},
    {"paper-esrgan", "INT8, with INT16 on 7 of 23 blocks and the upsamplers: as large as the published mixed ESRGAN.",
     paperEsrganPlan},
    {"w4", "4-bit weights in the body: meant for use after quantization-aware training.", w4Plan},
}};

const std::vector<Preset> &presetList()
{
    static const std::vector<Preset> list = [] {
        std::vector<Preset> made;
        for (const PresetEntry &entry : kPresets)
            made.push_back({entry.name, entry.description});
        return made;
    }();
    return list;
}

} // namespace

std::span<const Preset> presets() { return presetList(); }

BitPlan presetPlan(const std::string &name, const model::Generator &generator)
{
    const auto found =
        std::find_if(kPresets.begin(), kPresets.end(), [&](const PresetEntry &entry) { return name == entry.name; });
    if (found != kPresets.end())
        return found->plan(generator);
    std::string known;
    for (const PresetEntry &entry : kPresets)
        known += (known.empty() ? "" : ", ") + std::string(entry.name);
    throw base::Error(base::ErrorCode::InvalidArgument, {},
                      fmt::format("\"{}\" is not a preset, file or rule list; presets are {}", name, known));
}

} // namespace bitlens::quant
