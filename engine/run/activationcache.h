// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"
#include "engine/run/memoryplan.h"

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <vector>

namespace bitlens::run {

/// What a layer computed depends on, as one object; see quant::QuantizedLayer::identity.
using LayerIdentity = std::shared_ptr<const void>;

/// Feature maps of recent runs, from which the next run on the same picture goes on where its plan first differs. The
/// memory of all maps together is bounded. First come, first served: as long as its picture is in use, what is
/// kept is not given up for another, because a run in many tiles would else push out each tile before it comes again.
/// Not thread-safe.
class ActivationCache {
public:
    /// `limit` in bytes.
    explicit ActivationCache(std::size_t limit) : m_limit(limit) {}

    /// What is known of one picture (or tile).
    class Entry {
    public:
        /// Leading layers that have computed what `layers` would compute; forgets maps of others. A null identity
        /// equals nothing.
        int unchangedLayers(const std::vector<LayerIdentity> &layers);
        /// A layer has run in that time, and its map is complete.
        void completed(int layer, LayerIdentity identity, double seconds);
        /// What the first `layers` layers took when they ran.
        double secondsBefore(int layers) const;

        const std::vector<int> &mapsToKeep() const { return m_mapsToKeep; }
        /// Maps that are complete, in rising order.
        std::vector<int> knownMaps() const;
        /// Memory of a map to keep, of that many bytes; the same at each call.
        float *memory(int map, std::size_t bytes);

    private:
        friend class ActivationCache;
        image::Planes m_picture;
        std::vector<LayerIdentity> m_layers; ///< those that have run; map m is complete when m <= size
        std::vector<double> m_seconds;       ///< of each
        std::vector<int> m_mapsToKeep;
        std::map<int, BufferMemory> m_maps;
        std::size_t m_bytes = 0; ///< of all maps to keep
        std::size_t m_pass = 0;  ///< when it was used last
    };

    /// Entries that neither this pass nor the one before has used make room for others.
    void beginPass() { ++m_pass; }

    /// The entry of a picture; null when there is none.
    Entry *find(const image::Planes &picture);
    /// Makes one for a picture that has none. `choose(bytes)` gives the maps to keep within that many bytes,
    /// `bytesOfMaps` what each takes. Null when there is room for none.
    template <typename Choose>
    Entry *add(const image::Planes &picture, const std::vector<std::size_t> &bytesOfMaps, const Choose &choose)
    {
        makeRoom();
        std::vector<int> maps = choose(m_limit > bytes() ? m_limit - bytes() : 0);
        return maps.empty() ? nullptr : addEntry(picture, std::move(maps), bytesOfMaps);
    }

    /// Bytes of all entries' maps.
    std::size_t bytes() const;
    std::size_t limit() const { return m_limit; }
    /// Lets go of entries, oldest first, until the limit holds.
    void setLimit(std::size_t limit);
    void clear() { m_entries.clear(); }

private:
    void makeRoom();
    Entry *addEntry(const image::Planes &picture, std::vector<int> maps, const std::vector<std::size_t> &bytesOfMaps);

    std::size_t m_limit;
    std::size_t m_pass = 0;
    std::list<Entry> m_entries; ///< the one used last first
};

} // namespace bitlens::run
