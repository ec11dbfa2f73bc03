// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/reconstructionblocks.h"

#include "engine/run/runner.h"

namespace bitlens::train {

namespace {

/// Stage, and what stands before the last slash of the layer's name in it.
std::string blockName(const model::Generator &generator, std::size_t layer)
{
    return generator.layers[layer].path.substr(0, generator.layers[layer].path.rfind('/'));
}

} // namespace

std::vector<ReconstructionBlock> reconstructionBlocks(const model::Generator &generator)
{
    std::vector<ReconstructionBlock> blocks;
    const std::size_t layers = generator.layers.size();
    for (std::size_t i = 0; i < layers; ++i) {
        std::string name = blockName(generator, i);
        if (blocks.empty() || blocks.back().name != name)
            blocks.push_back({std::move(name), i, i, {}, 0.0});
        ReconstructionBlock &block = blocks.back();
        block.end = i + 1;
        block.macs += run::layerMacs(generator, i, {1, 1});
    }
    const std::vector<int> lastReaders = run::lastReaders(generator);
    for (ReconstructionBlock &block : blocks)
        for (std::size_t map = block.first + 1; map <= block.end; ++map)
            if (lastReaders[map] >= static_cast<int>(block.end))
                block.outputs.push_back(static_cast<int>(map));
    return blocks;
}

} // namespace bitlens::train
