// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/tiffdirectory.h"

#include <algorithm>
#include <array>

namespace bitlens::image {

namespace {

using base::Error;
using base::ErrorCode;

constexpr unsigned kClassic = 42;
constexpr unsigned kBig = 43;

enum FieldType { Byte = 1, Short = 3, Long = 4, Long8 = 16 };

/// Bytes of one value by field type, 0 for types that do not exist.
std::uint64_t fieldSize(unsigned type)
{
    constexpr std::array<std::uint8_t, 19> kSizes{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
    return type < kSizes.size() ? kSizes[type] : 0;
}

ByteReader::Order orderOf(std::span<const std::uint8_t> bytes)
{
    return !bytes.empty() && bytes[0] == 'M' ? ByteReader::Order::BigEndian : ByteReader::Order::LittleEndian;
}

} // namespace

bool TiffDirectory::recognises(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() < 4 || bytes[0] != bytes[1] || (bytes[0] != 'I' && bytes[0] != 'M'))
        return false;
    const unsigned version = ByteReader(bytes, orderOf(bytes)).u16(2);
    return version == kClassic || version == kBig;
}

TiffDirectory::TiffDirectory(std::span<const std::uint8_t> bytes) : m_order(orderOf(bytes)), m_reader(bytes, m_order)
{
    const bool big = m_reader.u16(2) == kBig;
    std::uint64_t at = big ? m_reader.u64(8) : m_reader.u32(4);
    const std::uint64_t count = big ? m_reader.u64(at) : m_reader.u16(at);
    const std::uint64_t entrySize = big ? 20 : 12;
    at += big ? 8 : 2;
    if (count > 65535)
        throw Error(ErrorCode::BrokenFile, {}, "the TIFF has an impossible number of tags");
    m_reader.part(at, count * entrySize);
    for (std::uint64_t i = 0; i < count; ++i, at += entrySize) {
        Entry entry;
        entry.type = m_reader.u16(at + 2);
        entry.count = big ? m_reader.u64(at + 4) : m_reader.u32(at + 4);
        const std::uint64_t inlineAt = at + (big ? 12 : 8);
        const std::uint64_t size = fieldSize(entry.type);
        if (size == 0)
            continue; // a type of the future; its tag is none that matters here
        const bool fits = entry.count <= (big ? 8 : 4) / size;
        entry.offset = fits ? inlineAt : big ? m_reader.u64(inlineAt) : m_reader.u32(inlineAt);
        m_entries.emplace(static_cast<TiffTag>(m_reader.u16(at)), entry);
    }
    m_end = at;
}

void TiffDirectory::requireComplete() const
{
    m_reader.part(m_end, 4); // where the next directory stands
    for (const auto &[tag, entry] : m_entries)
        if (entry.count > m_reader.size() || !m_reader.has(entry.offset, entry.count * fieldSize(entry.type)))
            throw Error(ErrorCode::BrokenFile, {},
                        "the TIFF's tag " + std::to_string(static_cast<int>(tag))
                            + " points beyond its end; it may be truncated");
}

std::vector<std::uint64_t> TiffDirectory::values(TiffTag tag) const
{
    const auto found = m_entries.find(tag);
    if (found == m_entries.end())
        return {};
    const Entry &entry = found->second;
    if (entry.type != Byte && entry.type != Short && entry.type != Long && entry.type != Long8)
        throw Error(ErrorCode::BrokenFile, {},
                    "the TIFF's tag " + std::to_string(static_cast<int>(tag)) + " is of the wrong type");
    const std::uint64_t size = fieldSize(entry.type);
    if (entry.count > m_reader.size()) // so that the product below cannot overflow
        throw Error(ErrorCode::BrokenFile, {}, "the file ends too early; it may be truncated");
    m_reader.part(entry.offset, entry.count * size);
    std::vector<std::uint64_t> values(static_cast<std::size_t>(entry.count));
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::uint64_t at = entry.offset + i * size;
        values[i] = size == 1   ? m_reader.u8(at)
                    : size == 2 ? m_reader.u16(at)
                    : size == 4 ? m_reader.u32(at)
                                : m_reader.u64(at);
    }
    return values;
}

std::uint64_t TiffDirectory::value(TiffTag tag, std::uint64_t otherwise) const
{
    const std::vector<std::uint64_t> all = values(tag);
    return all.empty() ? otherwise : all.front();
}

std::optional<std::uint64_t> TiffDirectory::shortValueOffset(TiffTag tag) const
{
    const auto found = m_entries.find(tag);
    if (found == m_entries.end() || found->second.type != Short || found->second.count == 0)
        return std::nullopt;
    return found->second.offset;
}

} // namespace bitlens::image
