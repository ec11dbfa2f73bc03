// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/reader.h"

#include "engine/base/error.h"
#include "engine/model/architecture.h"
#include "engine/model/generatorjson.h"
#include "engine/model/ncnngraph.h"
#include "engine/model/weightfile.h"
#include "engine/model/weighttaker.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

/// A graph file's generator: built like any other of its family, then compared with what the graph computes.
Generator generatorFromGraphFile(WeightFile file, const std::string &path)
{
    if (!file.graphProblem.empty())
        throwUnknownGenerator(path, file.graphProblem);
    const std::vector<ConvLayer> graph = std::move(file.graph);
    Generator generator = generatorFromGraph(std::move(file.state), file.order, path);
    const std::string difference = graphDifference(graph, generator);
    if (!difference.empty())
        throwUnknownGenerator(path,
                              fmt::format("its graph is not that of {}: {}", familyName(generator.family), difference));
    return generator;
}

} // namespace

GeneratorPtr readGenerator(const std::string &path)
{
    WeightFile file = readWeightFile(path);
    Generator generator;
    const auto description = file.state.metadata.find(kGeneratorMetadataKey);
    if (description != file.state.metadata.end()) {
        const std::string json = description->second;
        generator = generatorFromExport(json, std::move(file.state), path);
    } else if (!file.order.empty()) {
        generator = generatorFromGraphFile(std::move(file), path);
    } else {
        generator = generatorFromState(std::move(file.state), path);
    }
    generator.name = std::filesystem::path(path).filename().string();
    generator.source = path;
    return std::make_shared<const Generator>(std::move(generator));
}

StateDict readStateDict(const std::string &path) { return readWeightFile(path).state; }

} // namespace bitlens::model
