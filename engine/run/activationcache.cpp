// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/activationcache.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

namespace bitlens::run {

namespace {

bool samePicture(const image::Planes &a, const image::Planes &b)
{
    return a.size() == b.size() && a.channels() == b.channels()
           && (a.data() == b.data() || std::memcmp(a.data(), b.data(), a.count() * sizeof(float)) == 0);
}

} // namespace

int ActivationCache::Entry::unchangedLayers(const std::vector<LayerIdentity> &layers)
{
    std::size_t same = 0;
    while (same < m_layers.size() && same < layers.size() && layers[same] && layers[same] == m_layers[same])
        ++same;
    m_layers.resize(same);
    m_seconds.resize(same);
    return static_cast<int>(same);
}

void ActivationCache::Entry::completed(int layer, LayerIdentity identity, double seconds)
{
    const auto index = static_cast<std::size_t>(layer);
    if (index < m_seconds.size())
        m_seconds[index] = seconds;
    if (index != m_layers.size())
        return;
    m_layers.push_back(std::move(identity));
    m_seconds.push_back(seconds);
}

double ActivationCache::Entry::secondsBefore(int layers) const
{
    return std::accumulate(m_seconds.begin(), m_seconds.begin() + layers, 0.0);
}

std::vector<int> ActivationCache::Entry::knownMaps() const
{
    std::vector<int> known;
    for (const auto &[map, memory] : m_maps)
        if (static_cast<std::size_t>(map) <= m_layers.size())
            known.push_back(map);
    return known;
}

float *ActivationCache::Entry::memory(int map, std::size_t bytes)
{
    BufferMemory &memory = m_maps[map];
    if (!memory)
        memory = allocateBuffer(bytes);
    return reinterpret_cast<float *>(memory.get());
}

ActivationCache::Entry *ActivationCache::find(const image::Planes &picture)
{
    const auto found = std::find_if(m_entries.begin(), m_entries.end(),
                                    [&](const Entry &entry) { return samePicture(entry.m_picture, picture); });
    if (found == m_entries.end())
        return nullptr;
    m_entries.splice(m_entries.begin(), m_entries, found);
    m_entries.front().m_pass = m_pass;
    return &m_entries.front();
}

std::size_t ActivationCache::bytes() const
{
    return std::accumulate(m_entries.begin(), m_entries.end(), std::size_t{0},
                           [](std::size_t sum, const Entry &entry) { return sum + entry.m_bytes; });
}

void ActivationCache::setLimit(std::size_t limit)
{
    m_limit = limit;
    while (!m_entries.empty() && bytes() > m_limit)
        m_entries.pop_back();
}

void ActivationCache::makeRoom()
{
    m_entries.remove_if([this](const Entry &entry) { return entry.m_pass + 1 < m_pass; });
}

ActivationCache::Entry *ActivationCache::addEntry(const image::Planes &picture, std::vector<int> maps,
                                                  const std::vector<std::size_t> &bytesOfMaps)
{
    Entry entry;
    entry.m_picture = picture;
    for (const int map : maps)
        entry.m_bytes += bytesOfMaps[static_cast<std::size_t>(map)];
    entry.m_mapsToKeep = std::move(maps);
    entry.m_pass = m_pass;
    m_entries.push_front(std::move(entry));
    return &m_entries.front();
}

} // namespace bitlens::run
