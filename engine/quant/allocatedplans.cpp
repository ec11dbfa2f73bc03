// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/quant/allocatedplans.h"

#include "engine/base/error.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace bitlens::quant {

namespace {

/// A plan by stages: one line each, its name and then weights/activations of its layers in order.
constexpr std::string_view kPlans[] = {
#include "engine/quant/allocatedplans.inc"
};

/// Where a layer of another generator finds no counterpart: 8-bit weights and activations that cost no size.
constexpr LayerBits kElsewhere{8, 12};

struct StageBits {
    std::string_view name;
    std::vector<LayerBits> layers;
};
using ReferencePlan = std::vector<StageBits>;

bool isBlock(std::string_view stage) { return stage.starts_with("body"); }

/// Takes the text up to `end` off the front of `text`.
std::string_view takeUntil(std::string_view &text, char end)
{
    const std::size_t at = std::min(text.find(end), text.size());
    const std::string_view taken = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return taken;
}

int number(std::string_view text)
{
    int value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc())
        throw base::Error(base::ErrorCode::Internal, {}, "a plan that comes with the program cannot be read");
    return value;
}

ReferencePlan readPlan(std::string_view text)
{
    ReferencePlan plan;
    while (!text.empty()) {
        std::string_view line = takeUntil(text, '\n');
        if (line.empty())
            continue;
        StageBits stage{takeUntil(line, ' '), {}};
        while (!line.empty()) {
            std::string_view bits = takeUntil(line, ' ');
            const int weight = number(takeUntil(bits, '/'));
            stage.layers.push_back({weight, number(bits)});
        }
        plan.push_back(std::move(stage));
    }
    return plan;
}

std::vector<StageBits> blocksOf(const ReferencePlan &plan)
{
    std::vector<StageBits> blocks;
    std::copy_if(plan.begin(), plan.end(), std::back_inserter(blocks),
                 [](const StageBits &stage) { return isBlock(stage.name); });
    return blocks;
}

/// Layers of each body block, and how many blocks there are; the same number in all blocks, else there is none.
std::pair<int, int> bodyOf(const model::Generator &generator)
{
    int layers = 0;
    int blocks = 0;
    for (const model::Stage &stage : generator.stages) {
        if (!isBlock(stage.name))
            continue;
        if (blocks > 0 && stage.layerCount != layers)
            return {0, 0};
        layers = stage.layerCount;
        ++blocks;
    }
    return {layers, blocks};
}

/// The reference of as many blocks, and layers in a block; empty when there is none. Others do not carry over: spread
/// over 16 blocks, the plan of 5 gains nothing on W8 A12.
ReferencePlan matchingPlan(int layers, int blocks)
{
    for (const std::string_view text : kPlans) {
        ReferencePlan plan = readPlan(text);
        const std::vector<StageBits> own = blocksOf(plan);
        if (static_cast<int>(own.size()) == blocks && blocks > 0
            && static_cast<int>(own.front().layers.size()) == layers)
            return plan;
    }
    return {};
}

} // namespace

std::optional<BitPlan> allocatedPlan(const model::Generator &generator)
{
    const auto [layers, blocks] = bodyOf(generator);
    const ReferencePlan reference = matchingPlan(layers, blocks);
    if (reference.empty())
        return std::nullopt;
    const std::vector<StageBits> referenceBlocks = blocksOf(reference);
    const auto counterpart = [&](const std::string &name, int block) -> const StageBits * {
        if (isBlock(name))
            return &referenceBlocks[static_cast<std::size_t>(block)];
        const auto found = std::find_if(reference.begin(), reference.end(),
                                        [&](const StageBits &stage) { return stage.name == name; });
        return found == reference.end() ? nullptr : &*found;
    };
    BitPlan plan(generator.layers.size(), kElsewhere);
    int block = 0;
    for (const model::Stage &stage : generator.stages) {
        const StageBits *from = counterpart(stage.name, block);
        block += isBlock(stage.name) ? 1 : 0;
        if (!from || from->layers.size() != static_cast<std::size_t>(stage.layerCount))
            continue;
        for (std::size_t i = 0; i < from->layers.size(); ++i)
            plan.set(static_cast<std::size_t>(stage.firstLayer) + i, from->layers[i]);
    }
    return plan;
}

} // namespace bitlens::quant
