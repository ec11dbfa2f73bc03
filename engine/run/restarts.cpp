// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/restarts.h"

#include "engine/run/runner.h"

#include <algorithm>
#include <iterator>

namespace bitlens::run {

namespace {

/// Where a run could begin: a stage's first layer.
struct Restart {
    int layer = 0;
    double workBefore = 0.0;
    std::vector<int> maps;
    bool isChosen = false;
};

std::vector<Restart> restartsOf(const model::Generator &generator)
{
    std::vector<Restart> restarts;
    double work = 0.0;
    int layer = 0;
    for (const model::Stage &stage : generator.stages) {
        restarts.push_back({layer, work, mapsToGoOnFrom(generator, layer), layer == 0});
        for (int i = 0; i < stage.layerCount; ++i, ++layer)
            work += layerMacs(generator, static_cast<std::size_t>(layer), {1, 1});
    }
    return restarts;
}

/// Work spared over all stages by choosing one more restart: what lies between the latest chosen one before it and
/// itself, for every stage up to the next chosen one.
double gainOf(const std::vector<Restart> &restarts, std::size_t candidate)
{
    std::size_t before = candidate;
    while (!restarts[before].isChosen)
        --before;
    std::size_t after = candidate + 1;
    while (after < restarts.size() && !restarts[after].isChosen)
        ++after;
    return (restarts[candidate].workBefore - restarts[before].workBefore) * static_cast<double>(after - candidate);
}

} // namespace

std::vector<int> mapsToGoOnFrom(const model::Generator &generator, int layer)
{
    const std::vector<int> last = lastReaders(generator);
    std::vector<int> maps;
    for (int map = 1; map <= layer; ++map)
        if (last[static_cast<std::size_t>(map)] >= layer)
            maps.push_back(map);
    return maps;
}

std::vector<int> mapsToKeep(const model::Generator &generator, std::size_t bytes,
                            const std::vector<std::size_t> &bytesOfMaps)
{
    std::vector<Restart> restarts = restartsOf(generator);
    std::vector<int> kept;
    std::size_t used = 0;
    for (;;) {
        Restart *best = nullptr;
        double bestRate = 0.0;
        std::size_t bestBytes = 0;
        for (std::size_t i = 0; i < restarts.size(); ++i) {
            if (restarts[i].isChosen)
                continue;
            std::size_t added = 0;
            for (const int map : restarts[i].maps)
                if (!std::binary_search(kept.begin(), kept.end(), map))
                    added += bytesOfMaps[static_cast<std::size_t>(map)];
            const double rate = gainOf(restarts, i) / static_cast<double>(added + 1);
            if (used + added <= bytes && rate > bestRate) {
                best = &restarts[i];
                bestRate = rate;
                bestBytes = added;
            }
        }
        if (!best)
            return kept;
        best->isChosen = true;
        used += bestBytes;
        std::vector<int> merged;
        std::set_union(kept.begin(), kept.end(), best->maps.begin(), best->maps.end(), std::back_inserter(merged));
        kept = std::move(merged);
    }
}

int restartLayer(const model::Generator &generator, int firstChanged, const std::vector<int> &kept)
{
    const std::vector<int> last = lastReaders(generator);
    const auto isKnown = [&](int map) { return std::binary_search(kept.begin(), kept.end(), map); };
    for (int layer = firstChanged; layer > 0; --layer) {
        bool complete = true;
        for (int map = 1; complete && map <= layer; ++map)
            complete = last[static_cast<std::size_t>(map)] < layer || isKnown(map);
        if (complete)
            return layer;
    }
    return 0;
}

} // namespace bitlens::run
