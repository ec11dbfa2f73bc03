// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"

#include <string>

namespace bitlens::model {

/// Puts a generator together stage by stage; keeps stage lists, paths and feature map numbers right.
class GeneratorBuilder {
public:
    explicit GeneratorBuilder(Family family) { m_generator.family = family; }

    /// Layers added from now on belong to stage `name`.
    void beginStage(const std::string &name);

    /// Adds a layer (everything but its path filled in) and returns the number of its feature map.
    int add(ConvLayer layer);

    /// The number of the newest feature map; 0 before the first layer.
    int lastMap() const { return static_cast<int>(m_generator.layers.size()); }

    Generator &generator() { return m_generator; }
    /// Moves the generator out. It is not validated.
    Generator take() { return std::move(m_generator); }

private:
    Generator m_generator;
};

} // namespace bitlens::model
