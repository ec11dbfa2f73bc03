// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/elements.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace bitlens::model {

static_assert(std::endian::native == std::endian::little, "weight files are little-endian and copied as they are");

namespace {

template <typename Stored, typename Convert>
std::vector<float> converted(std::span<const std::uint8_t> bytes, Convert convert)
{
    std::vector<float> values(bytes.size() / sizeof(Stored));
    for (std::size_t i = 0; i < values.size(); ++i) {
        Stored stored{};
        std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
        values[i] = convert(stored);
    }
    return values;
}

} // namespace

std::size_t elementBytes(ElementType type)
{
    switch (type) {
    case ElementType::Float16:
    case ElementType::BFloat16:
        return 2;
    case ElementType::Float32:
    case ElementType::Int32:
        return 4;
    case ElementType::Float64:
    case ElementType::Int64:
        return 8;
    }
    return 8;
}

WeightStorage elementStorage(ElementType type)
{
    switch (type) {
    case ElementType::Float16:
        return WeightStorage::Float16;
    case ElementType::BFloat16:
        return WeightStorage::BFloat16;
    case ElementType::Float64:
        return WeightStorage::Float64;
    case ElementType::Float32:
    case ElementType::Int64:
    case ElementType::Int32:
        return WeightStorage::Float32;
    }
    return WeightStorage::Float32;
}

std::vector<float> decodeElements(std::span<const std::uint8_t> bytes, ElementType type)
{
    switch (type) {
    case ElementType::Float32: {
        std::vector<float> values(bytes.size() / sizeof(float));
        if (!values.empty())
            std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
        return values;
    }
    case ElementType::Float16:
        return converted<std::uint16_t>(bytes, halfToFloat);
    case ElementType::BFloat16:
        return converted<std::uint16_t>(
            bytes, [](std::uint16_t x) { return std::bit_cast<float>(static_cast<std::uint32_t>(x) << 16U); });
    case ElementType::Float64:
        // A conversion out of range is undefined in C++: make it infinite by hand.
        return converted<double>(bytes, [](double x) {
            constexpr double kLargest = 3.4028234663852886e38;
            return std::abs(x) > kLargest ? std::copysign(HUGE_VALF, static_cast<float>(std::signbit(x) ? -1 : 1))
                                          : static_cast<float>(x);
        });
    case ElementType::Int64:
        return converted<std::int64_t>(bytes, [](std::int64_t x) { return static_cast<float>(x); });
    case ElementType::Int32:
        return converted<std::int32_t>(bytes, [](std::int32_t x) { return static_cast<float>(x); });
    }
    return {};
}

float halfToFloat(std::uint16_t half)
{
    const std::uint32_t sign = (half & 0x8000U) << 16U;
    const std::uint32_t exponent = (half >> 10U) & 0x1FU;
    const std::uint32_t fraction = half & 0x3FFU;
    if (exponent == 0) {
        // Zero or subnormal: fraction · 2^-24, exact in float32.
        const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
        return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
    }
    if (exponent == 0x1FU)
        return std::bit_cast<float>(sign | 0x7F800000U | (fraction << 13U));
    return std::bit_cast<float>(sign | ((exponent + 112U) << 23U) | (fraction << 13U));
}

std::optional<std::uint16_t> exactHalf(float value)
{
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    const auto sign = static_cast<std::uint16_t>((bits >> 16U) & 0x8000U);
    const float magnitude = std::fabs(value);
    std::uint16_t candidate = sign;
    if (std::isinf(value)) {
        candidate |= 0x7C00U;
    } else if (magnitude >= 0x1p-14F && magnitude < 65536.0F) {
        const std::uint32_t exponent = ((bits >> 23U) & 0xFFU) - 112U;
        candidate |= static_cast<std::uint16_t>((exponent << 10U) | ((bits >> 13U) & 0x3FFU));
    } else if (magnitude < 0x1p-14F) {
        candidate |= static_cast<std::uint16_t>(magnitude * 0x1p24F);
    } else {
        return std::nullopt;
    }
    if (std::bit_cast<std::uint32_t>(halfToFloat(candidate)) != bits)
        return std::nullopt;
    return candidate;
}

std::optional<std::uint64_t> elementCount(const std::vector<std::int64_t> &shape, std::uint64_t limit)
{
    // A size of zero makes the whole product zero whatever the others are, so look for it first.
    bool empty = false;
    for (const std::int64_t size : shape) {
        if (size < 0)
            return std::nullopt;
        empty = empty || size == 0;
    }
    if (empty)
        return 0;
    std::uint64_t count = 1;
    for (const std::int64_t size : shape) {
        if (static_cast<std::uint64_t>(size) > limit / count)
            return std::nullopt;
        count *= static_cast<std::uint64_t>(size);
    }
    return count <= limit ? std::optional(count) : std::nullopt;
}

} // namespace bitlens::model
