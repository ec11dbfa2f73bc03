// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/elements.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitlens::model {

/// A torch storage that a pickle refers to: the numbers themselves lie elsewhere in the file, under `key`.
struct PickledStorage {
    ElementType type = ElementType::Float32;
    std::string key;
    std::uint64_t elements = 0; ///< as declared; to be checked against the data
    std::uint64_t offset = 0;   ///< of a view into the storage, in elements
};

/// A torch tensor: a strided view of a storage, in elements.
struct PickledTensor {
    PickledStorage storage;
    std::uint64_t offset = 0;
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> strides;
};

/// One value of a pickle; `items` are indices into PickleDocument::values. Values may refer to one another in circles.
struct PickleValue {
    enum class Kind { None, Boolean, Integer, Real, Text, Tuple, List, Dictionary, Global, Storage, Tensor };
    Kind kind = Kind::None;
    std::int64_t integer = 0;         ///< Integer; Boolean 0 or 1; Global, Storage, Tensor: which
    std::string_view text;            ///< Text; points into the file
    std::vector<std::uint32_t> items; ///< Tuple, List; Dictionary: key, value, key, value …
};

/// Everything that one pickle says.
struct PickleDocument {
    std::vector<PickleValue> values;
    std::vector<PickledStorage> storages;
    std::vector<PickledTensor> tensors;
    std::uint32_t root = 0;
    std::size_t end = 0; ///< offset of the byte after STOP

    const PickleValue &at(std::uint32_t index) const { return values[index]; }
};

/// Reads one pickle (protocol 2) that starts at `begin`. Nothing is executed: opcodes outside the list that torch
/// writes, and globals outside {OrderedDict, tensor rebuilders, storage types}, are refused by name. At most 1e6
/// opcodes, 64 open marks, and 1 MiB plus `memoryLimit` bytes of values. `bytes` must outlive the result. Throws
/// base::Error{BrokenFile} that names `file` and the offset.
PickleDocument readPickle(std::span<const std::uint8_t> bytes, std::size_t begin, std::size_t memoryLimit,
                          const std::string &file);

} // namespace bitlens::model
