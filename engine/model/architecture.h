// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/reader.h"
#include "engine/model/weighttaker.h"

#include <span>
#include <string>
#include <vector>

namespace bitlens::model {

/// The computing layers of a graph file (ncnn) in file order, by the names that its tensors carry.
struct GraphOrder {
    std::vector<std::string> convolutions;
    std::vector<std::string> slopes; ///< PReLU layers
    bool empty() const { return convolutions.empty(); }
};

/// One generator family: how its files are told from others, and how the description is built.
struct Architecture {
    std::string title; ///< for messages: "RRDBNet (ESRGAN, Real-ESRGAN)"

    /// True when these are this family's keys. Shapes need not fit yet; then build() says what is wrong with them.
    bool (*recognises)(const StateDict &state);
    /// Builds the generator; everything that shapes tell is read from shapes. Throws base::Error{BrokenFile}.
    Generator (*build)(WeightTaker &weights);

    /// The same for graph files, whose layer names say nothing: true when the number of layers can be this family's.
    bool (*recognisesGraph)(const GraphOrder &order);
    Generator (*buildFromGraph)(WeightTaker &weights, const GraphOrder &order);
};

/// All families, in the order in which they are asked. A new one is a new pair of files and a line here.
std::span<const Architecture> architectures();

/// Recognises the family and builds its generator; name, source and storage are filled in, the result is validated.
/// Throws base::Error: UnknownGenerator naming the first keys seen and the families known, or BrokenFile.
Generator generatorFromState(StateDict state, const std::string &file);

/// The same for a graph file. The caller compares the result with the graph.
Generator generatorFromGraph(StateDict state, const GraphOrder &order, const std::string &file);

/// Error{UnknownGenerator} for `file`: not a generator this program knows, `seen`, and the families known.
[[noreturn]] void throwUnknownGenerator(const std::string &file, const std::string &seen);

} // namespace bitlens::model
