// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/reader.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitlens::test {

using Bytes = std::vector<std::uint8_t>;

/// Appends opcodes of Python's pickle protocol 2 one by one.
class PickleWriter {
public:
    PickleWriter &raw(std::string_view bytes);
    PickleWriter &integer(std::int64_t value);
    PickleWriter &text(std::string_view value);
    PickleWriter &global(std::string_view module, std::string_view name);
    /// An OrderedDict (or plain dictionary) of nothing, to be filled with MARK … SETITEMS.
    PickleWriter &emptyOrderedDict();
    /// Tensor `key` of a storage class, contiguous, `elements` in the storage.
    PickleWriter &tensor(const std::vector<std::int64_t> &shape, std::string_view key, std::string_view storageClass,
                         std::int64_t elements);
    const Bytes &bytes() const { return m_bytes; }
    /// A whole pickle: PROTO 2, what was appended, STOP.
    Bytes pickle() const;

private:
    Bytes m_bytes;
};

/// How torch.save would be called.
struct TorchOptions {
    std::vector<std::string> wrappers;         ///< e.g. {"params"}: the dictionary inside dictionaries of these keys
    std::string prefix;                        ///< put in front of every key
    std::string storageClass = "FloatStorage"; ///< or "HalfStorage", "BFloat16Storage", "DoubleStorage"
};

/// A state dict as torch.save writes it since 1.6 (zip) and before (legacy).
Bytes torchZipBytes(const model::StateDict &state, const TorchOptions &options = {});
Bytes torchLegacyBytes(const model::StateDict &state, const TorchOptions &options = {});

/// The same containers around any object pickle, with these storages (key, raw bytes, element bytes).
struct RawStorage {
    std::string key;
    Bytes bytes;
    int elementBytes = 4;
};
Bytes torchZipBytes(const Bytes &objectPickle, const std::vector<RawStorage> &storages);
Bytes torchLegacyBytes(const Bytes &objectPickle, const std::vector<RawStorage> &storages);

/// A zip archive of stored entries.
Bytes storedZipBytes(const std::vector<std::pair<std::string, Bytes>> &entries);

/// A state dict as a plain safetensors file (F32).
Bytes safetensorsBytes(const model::StateDict &state);

/// A generator as ncnn's pair of files. Leaky slopes are fused into the convolutions, as converters do.
struct NcnnPair {
    std::string param;
    Bytes bin;
};
NcnnPair ncnnFiles(const model::Generator &generator, bool half = false);

/// Writes bytes to <folder>/<name> and returns the path.
std::string writeTestFile(const std::string &folder, const std::string &name, const Bytes &bytes);
std::string writeTestFile(const std::string &folder, const std::string &name, const std::string &text);

/// Raw little-endian values of a tensor in a torch storage class.
Bytes storageBytes(const std::vector<float> &values, const std::string &storageClass);

} // namespace bitlens::test
