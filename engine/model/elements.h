// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bitlens::model {

/// How numbers lie in a weight file, little-endian.
enum class ElementType { Float32, Float16, BFloat16, Float64, Int64, Int32 };
std::size_t elementBytes(ElementType type);
WeightStorage elementStorage(ElementType type); ///< Float32 for integers: they are no weights

/// Converts raw values to float32; bytes.size() must be a multiple of the element's size. Values out of float32's range
/// become infinite.
std::vector<float> decodeElements(std::span<const std::uint8_t> bytes, ElementType type);

/// One IEEE 754 binary16 value as float32; exact.
float halfToFloat(std::uint16_t half);
/// The binary16 that equals `value` exactly (signed zeros and infinities included), or nothing.
std::optional<std::uint16_t> exactHalf(float value);

/// Number of elements of a shape, or nothing where a size is negative or the product exceeds `limit`.
std::optional<std::uint64_t> elementCount(const std::vector<std::int64_t> &shape, std::uint64_t limit);

} // namespace bitlens::model
