// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/architecture.h"

#include "engine/base/error.h"
#include "engine/model/rrdb.h"
#include "engine/model/srgan.h"
#include "engine/model/srvgg.h"

#include <array>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

std::string firstKeys(const StateDict &state)
{
    std::string keys;
    for (std::size_t i = 0; i < state.entries.size() && i < 4; ++i)
        keys += (i > 0 ? ", " : "") + state.entries[i].first;
    return keys.empty() ? "the file has no tensors" : "its first keys are " + keys;
}

Generator completed(Generator generator, const WeightTaker &weights)
{
    weights.requireAllTaken();
    generator.name = std::filesystem::path(weights.file()).filename().string();
    generator.source = weights.file();
    generator.storage = weights.storage();
    generator.validate(weights.file());
    return generator;
}

} // namespace

std::span<const Architecture> architectures()
{
    static const std::array known{
        srganArchitecture(),
        rrdbArchitecture(),
        srvggArchitecture(),
    };
    return known;
}

Generator generatorFromState(StateDict state, const std::string &file)
{
    for (const Architecture &architecture : architectures()) {
        if (!architecture.recognises(state))
            continue;
        WeightTaker weights(std::move(state), file);
        Generator generator = architecture.build(weights);
        return completed(std::move(generator), weights);
    }
    throwUnknownGenerator(file, firstKeys(state));
}

Generator generatorFromGraph(StateDict state, const GraphOrder &order, const std::string &file)
{
    for (const Architecture &architecture : architectures()) {
        if (architecture.recognisesGraph == nullptr || !architecture.recognisesGraph(order))
            continue;
        WeightTaker weights(std::move(state), file);
        Generator generator = architecture.buildFromGraph(weights, order);
        return completed(std::move(generator), weights);
    }
    throwUnknownGenerator(file, fmt::format("it has {} convolutions and {} PReLU layers", order.convolutions.size(),
                                            order.slopes.size()));
}

void throwUnknownGenerator(const std::string &file, const std::string &seen)
{
    std::string titles;
    for (const Architecture &architecture : architectures())
        titles += (titles.empty() ? "" : ", ") + architecture.title;
    throw base::Error(base::ErrorCode::UnknownGenerator, file,
                      fmt::format("not a generator this program knows ({}); it runs {}", seen, titles));
}

} // namespace bitlens::model
