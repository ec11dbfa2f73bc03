// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/error.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace bitlens::image {

/// Reads numbers out of bytes at given offsets, in either order. Everything outside throws base::Error{BrokenFile}
/// ("the file ends too early"), so that parsers need no checks of their own.
class ByteReader {
public:
    enum class Order { LittleEndian, BigEndian };

    ByteReader(std::span<const std::uint8_t> bytes, Order order) : m_bytes(bytes), m_order(order) {}

    std::size_t size() const { return m_bytes.size(); }
    bool has(std::uint64_t offset, std::uint64_t count) const
    {
        return offset <= m_bytes.size() && count <= m_bytes.size() - offset;
    }
    std::span<const std::uint8_t> part(std::uint64_t offset, std::uint64_t count) const
    {
        if (!has(offset, count))
            throw base::Error(base::ErrorCode::BrokenFile, {}, "the file ends too early; it may be truncated");
        return m_bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(count));
    }
    /// `count` characters, e.g. a chunk's name.
    std::string_view text(std::uint64_t offset, std::uint64_t count) const
    {
        const auto bytes = part(offset, count);
        return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
    }
    std::uint8_t u8(std::uint64_t offset) const { return part(offset, 1)[0]; }
    std::uint16_t u16(std::uint64_t offset) const { return static_cast<std::uint16_t>(number(offset, 2)); }
    std::uint32_t u24(std::uint64_t offset) const { return static_cast<std::uint32_t>(number(offset, 3)); }
    std::uint32_t u32(std::uint64_t offset) const { return static_cast<std::uint32_t>(number(offset, 4)); }
    std::uint64_t u64(std::uint64_t offset) const { return number(offset, 8); }

private:
    std::uint64_t number(std::uint64_t offset, unsigned count) const
    {
        std::uint64_t value = 0;
        const auto bytes = part(offset, count);
        for (unsigned i = 0; i < count; ++i)
            value = value << 8 | bytes[m_order == Order::BigEndian ? i : count - 1 - i];
        return value;
    }

    std::span<const std::uint8_t> m_bytes;
    Order m_order;
};

} // namespace bitlens::image
