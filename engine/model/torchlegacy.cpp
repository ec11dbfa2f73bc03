// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/torchlegacy.h"

#include "engine/base/error.h"
#include "engine/model/pickle.h"
#include "engine/model/torchstate.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

using Kind = PickleValue::Kind;

/// A pickle of the magic number 0x1950a86a20f9469cfc6c, as every such file starts.
constexpr std::array<std::uint8_t, 15> kMagic{0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46,
                                              0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e};
constexpr std::int64_t kProtocol = 1001;
constexpr std::size_t kCountBytes = 8;

bool recognises(const FileContent &file)
{
    return file.bytes.size() >= kMagic.size() && std::equal(kMagic.begin(), kMagic.end(), file.bytes.begin());
}

/// Reads one file of this format.
class Reader {
public:
    explicit Reader(const FileContent &file) : m_file(file) {}

    WeightFile read()
    {
        std::size_t position = checkSystem(checkProtocol(kMagic.size()));
        const PickleDocument object = pickle(position);
        const PickleDocument keys = pickle(object.end);
        readStorages(object, keys);
        const StorageLookup storageBytes = [this](const PickledStorage &storage) {
            const auto found = m_storages.find(storage.key);
            if (found == m_storages.end())
                fail(fmt::format("storage {} is missing", storage.key));
            return found->second;
        };
        WeightFile result;
        result.state = stateFromPickle(object, storageBytes, m_file.bytes.size(), m_file.path);
        return result;
    }

private:
    PickleDocument pickle(std::size_t position) const
    {
        return readPickle(m_file.bytes, position, m_file.bytes.size() / 2, m_file.path);
    }

    std::size_t checkProtocol(std::size_t position) const
    {
        const PickleDocument document = pickle(position);
        const PickleValue &protocol = document.at(document.root);
        if (protocol.kind != Kind::Integer || protocol.integer != kProtocol)
            fail(fmt::format("a protocol other than {}", kProtocol));
        return document.end;
    }

    std::size_t checkSystem(std::size_t position) const
    {
        const PickleDocument document = pickle(position);
        const PickleValue &system = document.at(document.root);
        if (system.kind != Kind::Dictionary)
            fail("no description of the system that wrote the file");
        for (std::size_t i = 0; i + 1 < system.items.size(); i += 2) {
            const PickleValue &value = document.at(system.items[i + 1]);
            if (document.at(system.items[i]).text == "little_endian" && value.integer == 0)
                fail("numbers are not little-endian");
        }
        return document.end;
    }

    /// Finds each storage's bytes, in the order of the key list.
    void readStorages(const PickleDocument &object, const PickleDocument &keys)
    {
        std::map<std::string_view, const PickledStorage *> declared;
        for (const PickledStorage &storage : object.storages) {
            const auto [known, isNew] = declared.try_emplace(storage.key, &storage);
            if (!isNew && known->second->type != storage.type)
                fail(fmt::format("storage {} has two types", storage.key));
        }
        const PickleValue &list = keys.at(keys.root);
        if (list.kind != Kind::List)
            fail("no list of storages");
        std::size_t position = keys.end;
        for (const std::uint32_t item : list.items) {
            const PickleValue &key = keys.at(item);
            const auto found = declared.find(key.text);
            if (key.kind != Kind::Text || found == declared.end())
                fail("a storage that no tensor uses");
            position = readStorage(*found->second, position);
        }
        if (position != m_file.bytes.size())
            fail(fmt::format("{} bytes after the last storage", m_file.bytes.size() - position));
    }

    std::size_t readStorage(const PickledStorage &storage, std::size_t position)
    {
        const std::size_t available = m_file.bytes.size() - position;
        if (available < kCountBytes)
            fail(fmt::format("storage {} is cut short", storage.key));
        std::uint64_t count = 0;
        std::memcpy(&count, m_file.bytes.data() + position, kCountBytes);
        const std::size_t width = elementBytes(storage.type);
        if (count > (available - kCountBytes) / width)
            fail(fmt::format("storage {} is cut short: {} numbers of {} bytes in {} bytes", storage.key, count, width,
                             available - kCountBytes));
        // A view is declared with its own count, which cannot be larger than the storage's.
        if (storage.elements > count)
            fail(fmt::format("storage {} has {} numbers, expected {}", storage.key, count, storage.elements));
        const auto bytes = m_file.bytes.subspan(position + kCountBytes, count * width);
        if (!m_storages.try_emplace(storage.key, bytes).second)
            fail(fmt::format("storage {} appears twice", storage.key));
        return position + kCountBytes + bytes.size();
    }

    [[noreturn]] void fail(const std::string &what) const
    {
        throw base::Error(base::ErrorCode::BrokenFile, m_file.path, what);
    }

    const FileContent &m_file;
    std::map<std::string, std::span<const std::uint8_t>> m_storages;
};

WeightFile read(const FileContent &file) { return Reader(file).read(); }

} // namespace

WeightFormat torchLegacyFormat() { return {"PyTorch (before 1.6)", recognises, read}; }

} // namespace bitlens::model
