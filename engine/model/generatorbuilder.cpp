// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/generatorbuilder.h"

#include <utility>

namespace bitlens::model {

void GeneratorBuilder::beginStage(const std::string &name) { m_generator.stages.push_back({name, lastMap(), 0}); }

int GeneratorBuilder::add(ConvLayer layer)
{
    Stage &stage = m_generator.stages.back();
    layer.path = stage.name + "/" + layer.name;
    ++stage.layerCount;
    m_generator.layers.push_back(std::move(layer));
    return lastMap();
}

} // namespace bitlens::model
