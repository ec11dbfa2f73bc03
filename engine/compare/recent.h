// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstddef>
#include <list>
#include <utility>

namespace bitlens::compare {

/// The few entries that were used last; the one unused for longest goes first. Not thread-safe.
template <typename Entry>
class Recent {
public:
    explicit Recent(std::size_t capacity) : m_capacity(capacity) {}

    /// The entry for which matches(entry) holds, now the most recent; null when there is none. Valid until the next
    /// add() or clear().
    template <typename Matches>
    Entry *find(const Matches &matches)
    {
        for (auto entry = m_entries.begin(); entry != m_entries.end(); ++entry) {
            if (!matches(std::as_const(*entry)))
                continue;
            m_entries.splice(m_entries.begin(), m_entries, entry);
            return &m_entries.front();
        }
        return nullptr;
    }

    Entry &add(Entry entry)
    {
        m_entries.push_front(std::move(entry));
        if (m_entries.size() > m_capacity)
            m_entries.pop_back();
        return m_entries.front();
    }

    void clear() { m_entries.clear(); }
    std::size_t size() const { return m_entries.size(); }

private:
    std::size_t m_capacity;
    std::list<Entry> m_entries;
};

} // namespace bitlens::compare
