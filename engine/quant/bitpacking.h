// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace bitlens::quant {

/// Bytes that `count` values of `bits` bits take.
constexpr std::size_t packedSize(std::size_t count, int bits)
{
    return (count * static_cast<std::size_t>(bits) + 7) / 8;
}

/// Packs values of [-(2^(bits-1) - 1), 2^(bits-1) - 1], bits in [2,16]: two's complement, value i in bits
/// [i·bits, (i+1)·bits) of the stream, bit b of the stream in bit b % 8 of byte b / 8. Unused bits are 0.
std::vector<std::uint8_t> packBits(std::span<const std::int16_t> values, int bits);

/// Inverse of packBits. Nothing when the length does not fit, an unused bit is set or a value is -2^(bits-1).
std::optional<std::vector<std::int16_t>> unpackBits(std::span<const std::uint8_t> bytes, std::size_t count, int bits);

} // namespace bitlens::quant
