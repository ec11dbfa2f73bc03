// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstdint>
#include <vector>

namespace bitlens::test {

/// Damages files in the ways that find bugs in readers. The same seed always does the same damage.
class Mutator {
public:
    explicit Mutator(std::uint64_t seed) : m_state(seed * 0x9E3779B97F4A7C15ULL + 0x1234567) {}

    using Bytes = std::vector<std::uint8_t>;

    /// A damaged copy: bytes changed, numbers made extreme, parts cut out, doubled, or replaced by parts of `other`, or
    /// the end cut off. Half of the damage falls into the first `focus` bytes (headers, pickles), where it matters
    /// most.
    Bytes damaged(const Bytes &file, const Bytes &other, std::size_t focus);

    /// In [0, limit); 0 where limit is 0.
    std::size_t below(std::size_t limit);

private:
    std::uint64_t next();
    std::size_t place(const Bytes &file, std::size_t focus);
    void damageOnce(Bytes &file, const Bytes &other, std::size_t focus);
    void writeExtreme(Bytes &file, std::size_t at);

    std::uint64_t m_state;
};

} // namespace bitlens::test
