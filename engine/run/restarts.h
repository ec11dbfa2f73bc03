// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"

#include <cstddef>
#include <vector>

namespace bitlens::run {

/// Feature maps that must be known to go on with layer `layer`, without what came before: those that it or a later one
/// reads. Map 0, the input, is left out: it is always known.
std::vector<int> mapsToGoOnFrom(const model::Generator &generator, int layer);

/// Which maps to keep of a run, so that the next one can begin at the first changed
/// layer: the maps at the starts of as many stages as `bytes` allow, those first that spare most work for their memory,
/// each stage being as likely to change as another. In rising order. `bytesOfMaps` is what keeping each
/// map takes.
std::vector<int> mapsToKeep(const model::Generator &generator, std::size_t bytes,
                            const std::vector<std::size_t> &bytesOfMaps);

/// The latest layer, at most `firstChanged`, that a run can begin with when the maps `kept` are known; 0 at worst.
int restartLayer(const model::Generator &generator, int firstChanged, const std::vector<int> &kept);

} // namespace bitlens::run
