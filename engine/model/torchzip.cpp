// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/torchzip.h"

#include "engine/base/error.h"
#include "engine/model/pickle.h"
#include "engine/model/storedzip.h"
#include "engine/model/torchstate.h"

#include <fmt/format.h>

namespace bitlens::model {

namespace {

constexpr std::string_view kObject = "data.pkl";

bool recognises(const FileContent &file) { return StoredZip::looksLikeZip(file.bytes); }

WeightFile read(const FileContent &file)
{
    const StoredZip archive(file.bytes, file.path);
    const std::string object = archive.nameEndingWith("/" + std::string(kObject));
    if (object.empty())
        throw base::Error(base::ErrorCode::BrokenFile, file.path,
                          "a zip archive, but not one of torch.save: expected one entry <name>/data.pkl");
    const std::string folder = object.substr(0, object.size() - kObject.size());
    if (archive.has(folder + "constants.pkl"))
        throw base::Error(base::ErrorCode::UnknownGenerator, file.path,
                          "a TorchScript program; this program reads weights (a state dict saved with torch.save)");
    if (archive.has(folder + "byteorder")) {
        const auto order = archive.read(folder + "byteorder");
        if (std::string(order.begin(), order.end()) != "little")
            throw base::Error(base::ErrorCode::BrokenFile, file.path, "numbers are not little-endian");
    }
    const PickleDocument document = readPickle(archive.read(object), 0, file.bytes.size(), file.path);
    const StorageLookup storageBytes = [&](const PickledStorage &storage) {
        const std::string name = folder + "data/" + storage.key;
        const std::span<const std::uint8_t> bytes = archive.read(name);
        if (storage.elements > bytes.size() || bytes.size() != storage.elements * elementBytes(storage.type))
            throw base::Error(base::ErrorCode::BrokenFile, file.path,
                              fmt::format("entry {} has {} bytes, expected {} numbers of {} bytes", name, bytes.size(),
                                          storage.elements, elementBytes(storage.type)));
        return bytes;
    };
    WeightFile result;
    result.state = stateFromPickle(document, storageBytes, file.bytes.size(), file.path);
    return result;
}

} // namespace

WeightFormat torchZipFormat() { return {"PyTorch (zip)", recognises, read}; }

} // namespace bitlens::model
