// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/fuzz/mutator.h"

#include <algorithm>
#include <array>

namespace bitlens::test {

Mutator::Bytes Mutator::damaged(const Bytes &file, const Bytes &other, std::size_t focus)
{
    Bytes result = file;
    const std::size_t times = 1 + below(4);
    for (std::size_t i = 0; i < times && !result.empty(); ++i)
        damageOnce(result, other, focus);
    return result;
}

std::size_t Mutator::below(std::size_t limit) { return limit == 0 ? 0 : static_cast<std::size_t>(next() % limit); }

std::uint64_t Mutator::next()
{
    std::uint64_t z = (m_state += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
}

std::size_t Mutator::place(const Bytes &file, std::size_t focus)
{
    return below(below(2) == 0 ? std::min(focus, file.size()) : file.size());
}

void Mutator::damageOnce(Bytes &file, const Bytes &other, std::size_t focus)
{
    const std::size_t at = place(file, focus);
    const auto position = file.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t length = std::min(file.size() - at, 1 + below(below(2) == 0 ? 16 : 4000));
    const auto end = position + static_cast<std::ptrdiff_t>(length);
    switch (below(8)) {
    case 0:
    case 1:
        file[at] ^= static_cast<std::uint8_t>(1U << below(8));
        return;
    case 2:
        file[at] = static_cast<std::uint8_t>(next());
        return;
    case 3:
        writeExtreme(file, at);
        return;
    case 4:
        file.resize(at);
        return;
    case 5:
        file.erase(position, end);
        return;
    case 6: {
        const Bytes part(position, end);
        const std::size_t to = place(file, focus);
        file.insert(file.begin() + static_cast<std::ptrdiff_t>(to), part.begin(), part.end());
        return;
    }
    default: {
        const std::size_t from = place(other, focus);
        const std::size_t count = std::min({length, file.size() - at, other.size() - from});
        std::copy_n(other.begin() + static_cast<std::ptrdiff_t>(from), count, position);
        return;
    }
    }
}

void Mutator::writeExtreme(Bytes &file, std::size_t at)
{
    constexpr std::array<std::uint64_t, 10> kExtremes{
        0, 1, 0x7F, 0xFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1ULL << 62, 0x7FFFFFFFFFFFFFFFULL, ~0ULL};
    const std::uint64_t value = kExtremes[below(kExtremes.size())];
    const std::size_t width = std::size_t(1) << below(4);
    for (std::size_t i = 0; i < width && at + i < file.size(); ++i)
        file[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

} // namespace bitlens::test
