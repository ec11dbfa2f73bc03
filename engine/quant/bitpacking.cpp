// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/quant/bitpacking.h"

namespace bitlens::quant {

std::vector<std::uint8_t> packBits(std::span<const std::int16_t> values, int bits)
{
    std::vector<std::uint8_t> bytes;
    bytes.reserve(packedSize(values.size(), bits));
    const std::uint32_t mask = (1U << bits) - 1U;
    std::uint32_t pending = 0;
    int pendingBits = 0;
    for (const std::int16_t value : values) {
        pending |= (static_cast<std::uint32_t>(static_cast<std::int32_t>(value)) & mask) << pendingBits;
        pendingBits += bits;
        for (; pendingBits >= 8; pendingBits -= 8, pending >>= 8)
            bytes.push_back(static_cast<std::uint8_t>(pending & 0xFFU));
    }
    if (pendingBits > 0)
        bytes.push_back(static_cast<std::uint8_t>(pending));
    return bytes;
}

std::optional<std::vector<std::int16_t>> unpackBits(std::span<const std::uint8_t> bytes, std::size_t count, int bits)
{
    if (bytes.size() != packedSize(count, bits))
        return std::nullopt;
    std::vector<std::int16_t> values(count);
    const std::uint32_t mask = (1U << bits) - 1U;
    const std::uint32_t sign = 1U << (bits - 1);
    std::uint32_t pending = 0;
    int pendingBits = 0;
    std::size_t next = 0;
    for (std::int16_t &value : values) {
        for (; pendingBits < bits; pendingBits += 8)
            pending |= static_cast<std::uint32_t>(bytes[next++]) << pendingBits;
        const std::uint32_t code = pending & mask;
        if (code == sign)
            return std::nullopt;
        value = static_cast<std::int16_t>(static_cast<std::int32_t>(code ^ sign) - static_cast<std::int32_t>(sign));
        pending >>= bits;
        pendingBits -= bits;
    }
    if (pending != 0)
        return std::nullopt;
    return values;
}

} // namespace bitlens::quant
