// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/weightfile.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace bitlens::model {

/// Element types of safetensors that this program reads or writes.
enum class SafetensorsType { F32, F16, BF16, F64, I64, I32, U8 };
std::string safetensorsTypeName(SafetensorsType type); ///< "F32", as in the file's header
std::size_t safetensorsTypeBytes(SafetensorsType type);

/// One tensor of a safetensors file. `bytes` are its raw little-endian values, row-major.
struct SafetensorsEntry {
    std::string name;
    SafetensorsType type = SafetensorsType::F32;
    std::vector<std::int64_t> shape;
    std::span<const std::uint8_t> bytes; ///< as long as shape and type say; not owned
};

/// A parsed file. The entries point into the bytes given to parseSafetensors, in the order of their data.
struct SafetensorsFile {
    std::vector<SafetensorsEntry> entries;
    std::map<std::string, std::string> metadata; ///< __metadata__
    const SafetensorsEntry *find(const std::string &name) const;
};

/// True when the bytes start like a safetensors file: a plausible header length, then "{".
bool looksLikeSafetensors(std::span<const std::uint8_t> bytes);

/// Parses and checks everything: header length, JSON, types, offsets without holes or overlap, sizes. Copies no data.
/// Throws base::Error{BrokenFile} that names `file` and the tensor.
SafetensorsFile parseSafetensors(std::span<const std::uint8_t> bytes, const std::string &file);

/// Only the metadata; empty when the bytes are not a safetensors file or its header is broken. `bytes` may be the start
/// of a file as long as it covers the header.
std::map<std::string, std::string> peekSafetensorsMetadata(std::span<const std::uint8_t> bytes);

/// A file with these tensors in this order. The same arguments give the same bytes; the header is padded with spaces so
/// that the data starts at a multiple of 8. Throws base::Error{InvalidArgument} for repeated names or wrong sizes.
std::vector<std::uint8_t> writeSafetensors(std::span<const SafetensorsEntry> entries,
                                           const std::map<std::string, std::string> &metadata);

/// Bytes of the file that writeSafetensors would make. Only names, types and shapes of the entries are looked at.
std::size_t safetensorsBytes(std::span<const SafetensorsEntry> entries,
                             const std::map<std::string, std::string> &metadata);

/// The registry entry of this format, see weightfile.h.
WeightFormat safetensorsFormat();

} // namespace bitlens::model
