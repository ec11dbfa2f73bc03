// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/reader.h"

#include <array>
#include <cstdint>
#include <string>

namespace bitlens::test {

/// A state dict in the order of SqueezeNet 1.1 with small random weights, always the same.
inline model::StateDict syntheticBackbone()
{
    model::StateDict state;
    unsigned random = 1;
    const auto add = [&](std::int64_t outputs, std::int64_t inputs, std::int64_t kernel) {
        const std::string name = "conv" + std::to_string(state.entries.size() / 2);
        model::Tensor weight;
        weight.shape = {outputs, inputs, kernel, kernel};
        for (std::int64_t i = 0; i < outputs * inputs * kernel * kernel; ++i) {
            random = random * 1664525U + 1013904223U;
            weight.values.push_back((static_cast<float>(random >> 8) / 16777216.0F - 0.5F) * 0.2F);
        }
        model::Tensor bias;
        bias.shape = {outputs};
        bias.values.assign(static_cast<std::size_t>(outputs), 0.01F);
        state.entries.emplace_back(name + ".weight", weight);
        state.entries.emplace_back(name + ".bias", bias);
    };
    add(64, 3, 3);
    const std::array<std::array<std::int64_t, 3>, 8> fires{{{64, 16, 64},
                                                            {128, 16, 64},
                                                            {128, 32, 128},
                                                            {256, 32, 128},
                                                            {256, 48, 192},
                                                            {384, 48, 192},
                                                            {384, 64, 256},
                                                            {512, 64, 256}}};
    for (const auto &[inputs, squeezed, expanded] : fires) {
        add(squeezed, inputs, 1);
        add(expanded, squeezed, 1);
        add(expanded, squeezed, 3);
    }
    return state;
}

} // namespace bitlens::test
