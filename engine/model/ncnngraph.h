// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/ncnnparam.h"
#include "engine/model/weightfile.h"

#include <span>

namespace bitlens::model {

/// Fills `file.order` and `file.graph` from a parsed .param, whose tensors are already in `file.state`; where the graph
/// is no chain of convolutions as ConvLayer describes them, `file.graphProblem` says which layer is not.
void describeNcnnGraph(std::span<const NcnnLayer> layers, WeightFile &file);

/// Empty when `built` is what the graph computes: same inputs, sizes, activations, shuffles and residuals, layer by
/// layer; else which layer differs and how.
std::string graphDifference(std::span<const ConvLayer> graph, const Generator &built);

} // namespace bitlens::model
