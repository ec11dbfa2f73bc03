// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// What a state dict is made of: the objects that a pickle may build, and nothing else.

#include "engine/model/picklemachine.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

constexpr std::size_t kMaximumDimensions = 8;

/// A name from a file, made fit for a message.
std::string printable(std::string_view text)
{
    std::string result(text.substr(0, 80));
    std::replace_if(
        result.begin(), result.end(), [](char c) { return std::isprint(static_cast<unsigned char>(c)) == 0; }, '?');
    return result;
}

} // namespace

void PickleMachine::readGlobal()
{
    const std::string_view module = readLine();
    const std::string_view name = readLine();
    const auto global = findPickleGlobal(module, name);
    if (!global)
        fail(fmt::format("refused: the pickle wants to use {}.{}; only tensors and plain containers are read, and "
                         "nothing is executed (save the state dict instead of the whole object)",
                         printable(module), printable(name)));
    push(PickleValue{Kind::Global, static_cast<std::int64_t>(*global), {}, {}});
}

void PickleMachine::reduce()
{
    const std::uint32_t argumentsIndex = pop();
    const std::vector<std::uint32_t> &arguments = expect(argumentsIndex, Kind::Tuple, "arguments").items;
    const PickleValue &callable = expect(pop(), Kind::Global, "a known function");
    switch (static_cast<PickleGlobal>(callable.integer)) {
    case PickleGlobal::OrderedDict:
        makeOrderedDict(arguments);
        return;
    case PickleGlobal::RebuildTensor:
    case PickleGlobal::RebuildTensorV2:
        makeTensor(arguments);
        return;
    case PickleGlobal::RebuildParameter:
        if (arguments.empty())
            fail("a parameter without a tensor");
        expect(arguments.front(), Kind::Tensor, "a parameter's tensor");
        push(arguments.front());
        return;
    default:
        fail("a storage type is called like a function");
    }
}

void PickleMachine::makeOrderedDict(const std::vector<std::uint32_t> &arguments)
{
    PickleValue dictionary{Kind::Dictionary, 0, {}, {}};
    if (arguments.size() > 1)
        fail("an OrderedDict of more than one argument");
    if (!arguments.empty()) {
        // Python 2 wrote [[key, value], …].
        for (const std::uint32_t index : expect(arguments.front(), Kind::List, "the items of an OrderedDict").items) {
            const PickleValue &pair = m_document.at(index);
            if ((pair.kind != Kind::List && pair.kind != Kind::Tuple) || pair.items.size() != 2)
                fail("an OrderedDict's item that is no pair");
            charge(2 * sizeof(std::uint32_t) * kGrowth);
            dictionary.items.insert(dictionary.items.end(), pair.items.begin(), pair.items.end());
        }
    }
    push(std::move(dictionary));
}

void PickleMachine::makeTensor(const std::vector<std::uint32_t> &arguments)
{
    if (arguments.size() < 4)
        fail("a tensor without storage, offset, size and stride");
    PickledTensor tensor;
    const PickleValue &storage = expect(arguments[0], Kind::Storage, "a tensor's storage");
    tensor.storage = m_document.storages[static_cast<std::size_t>(storage.integer)];
    tensor.offset = expectSize(arguments[1], "a tensor's offset");
    tensor.shape = expectSizes(arguments[2], "a tensor's size");
    tensor.strides = expectSizes(arguments[3], "a tensor's stride");
    if (tensor.shape.size() != tensor.strides.size())
        fail("a tensor whose size and stride differ in length");
    charge((sizeof(PickledTensor) + 2 * sizeof(std::int64_t) * kMaximumDimensions + tensor.storage.key.size())
           * kGrowth);
    m_document.tensors.push_back(std::move(tensor));
    push(PickleValue{Kind::Tensor, static_cast<std::int64_t>(m_document.tensors.size()) - 1, {}, {}});
}

void PickleMachine::makeStorage()
{
    const std::vector<std::uint32_t> &parts = expect(pop(), Kind::Tuple, "a persistent id").items;
    if (parts.size() < 5 || parts.size() > 6 || expect(parts[0], Kind::Text, "a persistent id").text != "storage")
        fail("a persistent id other than ('storage', type, key, location, count)");
    const PickleValue &type = expect(parts[1], Kind::Global, "a storage type");
    const auto element = storageElementType(static_cast<PickleGlobal>(type.integer));
    if (!element)
        fail("a storage of an unknown type");
    PickledStorage storage;
    storage.type = *element;
    const std::string_view key = expect(parts[2], Kind::Text, "a storage's key").text;
    if (key.size() > kMaximumName)
        fail("a storage's key that is too long");
    storage.key = std::string(key);
    storage.elements = expectSize(parts[4], "a storage's count");
    if (parts.size() == 6 && m_document.at(parts[5]).kind != Kind::None) {
        const PickleValue &view = expect(parts[5], Kind::Tuple, "a storage's view");
        if (view.items.size() != 3)
            fail("a storage's view without key, offset and count");
        storage.offset = expectSize(view.items[1], "a view's offset");
    }
    charge((sizeof(PickledStorage) + storage.key.size()) * kGrowth);
    m_document.storages.push_back(std::move(storage));
    push(PickleValue{Kind::Storage, static_cast<std::int64_t>(m_document.storages.size()) - 1, {}, {}});
}

const PickleValue &PickleMachine::expect(std::uint32_t index, Kind kind, const char *what) const
{
    const PickleValue &value = m_document.at(index);
    if (value.kind != kind)
        fail(fmt::format("{} of the wrong type", what));
    return value;
}

std::uint64_t PickleMachine::expectSize(std::uint32_t index, const char *what) const
{
    const PickleValue &value = expect(index, Kind::Integer, what);
    if (value.integer < 0)
        fail(fmt::format("{} is negative", what));
    return static_cast<std::uint64_t>(value.integer);
}

std::vector<std::int64_t> PickleMachine::expectSizes(std::uint32_t index, const char *what) const
{
    const PickleValue &tuple = expect(index, Kind::Tuple, what);
    if (tuple.items.size() > kMaximumDimensions)
        fail(fmt::format("{} has more than {} dimensions", what, kMaximumDimensions));
    std::vector<std::int64_t> sizes;
    for (const std::uint32_t item : tuple.items)
        sizes.push_back(static_cast<std::int64_t>(expectSize(item, what)));
    return sizes;
}

} // namespace bitlens::model
