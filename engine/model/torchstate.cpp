// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/torchstate.h"

#include "engine/base/error.h"
#include "engine/model/weighttaker.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

using Kind = PickleValue::Kind;

constexpr std::array<std::string_view, 5> kWrapperKeys{"params_ema", "params", "state_dict", "generator", "model"};
constexpr int kMaximumWrappers = 2;

bool hasTensors(const PickleDocument &document, const PickleValue &dictionary)
{
    for (std::size_t i = 1; i < dictionary.items.size(); i += 2)
        if (document.at(dictionary.items[i]).kind == Kind::Tensor)
            return true;
    return false;
}

const PickleValue *member(const PickleDocument &document, const PickleValue &dictionary, std::string_view key)
{
    for (std::size_t i = 0; i + 1 < dictionary.items.size(); i += 2) {
        const PickleValue &name = document.at(dictionary.items[i]);
        if (name.kind == Kind::Text && name.text == key)
            return &document.at(dictionary.items[i + 1]);
    }
    return nullptr;
}

/// The dictionary that holds the weights, looked for through at most a few wrappers.
const PickleValue *findState(const PickleDocument &document, const PickleValue &value, int depth)
{
    if (value.kind != Kind::Dictionary || depth > kMaximumWrappers)
        return nullptr;
    if (hasTensors(document, value))
        return &value;
    for (const std::string_view key : kWrapperKeys)
        if (const PickleValue *inner = member(document, value, key))
            if (const PickleValue *state = findState(document, *inner, depth + 1))
                return state;
    return nullptr;
}

/// Reads tensors one by one and keeps count of what they add up to.
class TensorReader {
public:
    TensorReader(const StorageLookup &storageBytes, std::size_t fileBytes, const std::string &file)
        : m_storageBytes(storageBytes), m_remaining(fileBytes), m_file(file)
    {
    }

    Tensor read(const std::string &key, const PickledTensor &pickled)
    {
        const ElementType type = pickled.storage.type;
        const std::size_t width = elementBytes(type);
        const auto count = elementCount(pickled.shape, m_remaining / width);
        if (!count)
            fail(key, fmt::format("shape {} is larger than the file", shapeText(pickled.shape)));
        m_remaining -= *count * width;
        const std::span<const std::uint8_t> bytes = m_storageBytes(pickled.storage);
        const std::uint64_t elements = bytes.size() / width;
        if (pickled.storage.offset > elements || pickled.offset > elements - pickled.storage.offset)
            fail(key, "it begins after the end of its storage");
        const std::uint64_t start = pickled.storage.offset + pickled.offset;
        checkEnd(key, pickled, elements - start, *count);
        Tensor tensor{pickled.shape, {}, elementStorage(type)};
        const std::span<const std::uint8_t> own = bytes.subspan(start * width);
        if (*count == 0 || isContiguous(pickled))
            tensor.values = decodeElements(own.first(*count * width), type);
        else
            tensor.values = decodeElements(gathered(pickled, own, width, *count), type);
        return tensor;
    }

private:
    /// The last element that the strides reach must lie in the storage.
    void checkEnd(const std::string &key, const PickledTensor &tensor, std::uint64_t available,
                  std::uint64_t count) const
    {
        if (count == 0)
            return;
        std::uint64_t last = 0;
        for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
            const auto steps = static_cast<std::uint64_t>(tensor.shape[i] - 1);
            const auto stride = static_cast<std::uint64_t>(tensor.strides[i]);
            if (steps > 0 && stride > available / steps)
                fail(key, fmt::format("shape {} reaches beyond its storage", shapeText(tensor.shape)));
            last += steps * stride;
        }
        if (last >= available)
            fail(key, fmt::format("shape {} reaches beyond its storage", shapeText(tensor.shape)));
    }

    static bool isContiguous(const PickledTensor &tensor)
    {
        std::int64_t expected = 1;
        for (std::size_t i = tensor.shape.size(); i-- > 0;) {
            if (tensor.shape[i] != 1 && tensor.strides[i] != expected)
                return false;
            expected *= tensor.shape[i];
        }
        return true;
    }

    static std::vector<std::uint8_t> gathered(const PickledTensor &tensor, std::span<const std::uint8_t> storage,
                                              std::size_t width, std::uint64_t count)
    {
        std::vector<std::uint8_t> result(count * width);
        std::vector<std::int64_t> position(tensor.shape.size(), 0);
        for (std::uint64_t i = 0; i < count; ++i) {
            std::size_t from = 0;
            for (std::size_t d = 0; d < position.size(); ++d)
                from += static_cast<std::size_t>(position[d] * tensor.strides[d]);
            std::memcpy(result.data() + i * width, storage.data() + from * width, width);
            for (std::size_t d = position.size(); d-- > 0;) {
                if (++position[d] < tensor.shape[d])
                    break;
                position[d] = 0;
            }
        }
        return result;
    }

    [[noreturn]] void fail(const std::string &key, const std::string &what) const
    {
        throw base::Error(base::ErrorCode::BrokenFile, m_file, fmt::format("key {}: {}", key, what));
    }

    const StorageLookup &m_storageBytes;
    std::size_t m_remaining;
    const std::string &m_file;
};

} // namespace

StateDict stateFromPickle(const PickleDocument &document, const StorageLookup &storageBytes, std::size_t fileBytes,
                          const std::string &file)
{
    const PickleValue *dictionary = findState(document, document.at(document.root), 0);
    if (dictionary == nullptr)
        throw base::Error(base::ErrorCode::UnknownGenerator, file,
                          "no state dict: expected a dictionary of tensors, or one inside params_ema, params, "
                          "state_dict, generator or model");
    TensorReader reader(storageBytes, fileBytes, file);
    StateDict state;
    std::set<std::string_view> keys;
    for (std::size_t i = 0; i + 1 < dictionary->items.size(); i += 2) {
        const PickleValue &key = document.at(dictionary->items[i]);
        const PickleValue &value = document.at(dictionary->items[i + 1]);
        if (value.kind != Kind::Tensor)
            continue;
        if (key.kind != Kind::Text || key.text.size() > 500)
            throw base::Error(base::ErrorCode::BrokenFile, file, "a tensor whose key is no name");
        if (!keys.insert(key.text).second)
            throw base::Error(base::ErrorCode::BrokenFile, file, fmt::format("key {} appears twice", key.text));
        std::string name(key.text);
        Tensor tensor = reader.read(name, document.tensors[static_cast<std::size_t>(value.integer)]);
        state.entries.emplace_back(std::move(name), std::move(tensor));
    }
    return state;
}

} // namespace bitlens::model
