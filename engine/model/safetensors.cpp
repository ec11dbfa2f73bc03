// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/safetensors.h"

#include "engine/base/error.h"
#include "engine/model/elements.h"
#include "engine/model/generatorjson.h"
#include "engine/model/weighttaker.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bitlens::model {

namespace {

using nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMaximumHeader = 100'000'000;
constexpr std::size_t kMaximumDimensions = 8;

struct TypeRow {
    SafetensorsType type;
    const char *name;
    std::size_t bytes;
};
constexpr std::array<TypeRow, 7> kTypes{{{SafetensorsType::F32, "F32", 4},
                                         {SafetensorsType::F16, "F16", 2},
                                         {SafetensorsType::BF16, "BF16", 2},
                                         {SafetensorsType::F64, "F64", 8},
                                         {SafetensorsType::I64, "I64", 8},
                                         {SafetensorsType::I32, "I32", 4},
                                         {SafetensorsType::U8, "U8", 1}}};

const TypeRow &rowOf(SafetensorsType type)
{
    return *std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeRow &row) { return row.type == type; });
}

/// A tensor as the header describes it.
struct HeaderEntry {
    std::string name;
    std::string type;
    std::vector<std::int64_t> shape;
    std::vector<std::uint64_t> offsets;
    bool hasType = false;
    bool hasShape = false;
    bool hasOffsets = false;
};

/// Takes the header's JSON event by event, so that nothing but the two expected kinds of content is ever allocated.
class HeaderHandler : public json::json_sax_t {
public:
    std::vector<HeaderEntry> entries;
    std::map<std::string, std::string> metadata;
    std::string problem;

    bool null() override { return wrong("null"); }
    bool boolean(bool) override { return wrong("true or false"); }
    bool number_integer(number_integer_t) override { return wrong("a negative number"); }
    bool number_float(number_float_t, const string_t &) override { return wrong("a fraction"); }
    bool binary(binary_t &) override { return wrong("binary data"); }

    bool number_unsigned(number_unsigned_t value) override
    {
        HeaderEntry *const entry = m_place == Place::Shape || m_place == Place::Offsets ? &entries.back() : nullptr;
        if (entry == nullptr || value > static_cast<std::uint64_t>(INT64_MAX))
            return wrong("a number");
        if (m_place == Place::Offsets)
            entry->offsets.push_back(value);
        else
            entry->shape.push_back(static_cast<std::int64_t>(value));
        if (entry->shape.size() > kMaximumDimensions || entry->offsets.size() > 2)
            return wrong("a list that is too long");
        return true;
    }

    bool string(string_t &value) override
    {
        if (m_place == Place::Metadata)
            return metadata.try_emplace(m_key, std::move(value)).second || wrong("a repeated key");
        if (m_place != Place::Tensor || m_key != "dtype" || entries.back().hasType)
            return wrong("a string");
        entries.back().type = std::move(value);
        return entries.back().hasType = true;
    }

    bool start_object(std::size_t) override
    {
        if (m_place == Place::Outside) {
            m_place = Place::Top;
            return true;
        }
        if (m_place != Place::Top)
            return wrong("an object");
        if (m_key == "__metadata__") {
            m_place = Place::Metadata;
            return true;
        }
        m_place = Place::Tensor;
        entries.emplace_back().name = m_key;
        return true;
    }

    bool end_object() override
    {
        if (m_place == Place::Tensor) {
            const HeaderEntry &entry = entries.back();
            if (!entry.hasType || !entry.hasShape || !entry.hasOffsets || entry.offsets.size() != 2)
                return fail(fmt::format("tensor {} lacks dtype, shape or data_offsets", entry.name));
        }
        m_place = m_place == Place::Top ? Place::Done : Place::Top;
        return true;
    }

    bool start_array(std::size_t) override
    {
        if (m_place != Place::Tensor)
            return wrong("a list");
        HeaderEntry &entry = entries.back();
        bool &seen = m_key == "shape" ? entry.hasShape : entry.hasOffsets;
        if ((m_key != "shape" && m_key != "data_offsets") || seen)
            return wrong("a list");
        seen = true;
        m_place = m_key == "shape" ? Place::Shape : Place::Offsets;
        return true;
    }

    bool end_array() override
    {
        m_place = Place::Tensor;
        return true;
    }

    bool key(string_t &value) override
    {
        m_key = std::move(value);
        if (m_place == Place::Top && !m_names.insert(m_key).second)
            return wrong("a repeated key");
        return true;
    }

    bool parse_error(std::size_t position, const std::string &, const nlohmann::detail::exception &) override
    {
        return fail(fmt::format("the header is no JSON object (byte {})", position + kLengthBytes));
    }

private:
    enum class Place { Outside, Top, Metadata, Tensor, Shape, Offsets, Done };

    bool wrong(const char *what)
    {
        return fail(
            fmt::format("the header has {} at key \"{}\", expected tensors with dtype, shape and data_offsets, or "
                        "__metadata__ with strings",
                        what, m_key.substr(0, 60)));
    }

    bool fail(std::string what)
    {
        if (problem.empty())
            problem = std::move(what);
        return false;
    }

    Place m_place = Place::Outside;
    std::string m_key;
    std::set<std::string> m_names;
};

/// Length of the JSON header, or nothing when the bytes cannot be a safetensors file.
std::optional<std::uint64_t> headerLength(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() < kLengthBytes + 2)
        return std::nullopt;
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), kLengthBytes);
    if (length < 2 || length > kMaximumHeader || bytes[kLengthBytes] != '{')
        return std::nullopt;
    return length;
}

[[noreturn]] void broken(const std::string &file, const std::string &what)
{
    throw base::Error(base::ErrorCode::BrokenFile, file, what);
}

HeaderHandler parseHeader(std::span<const std::uint8_t> bytes, const std::string &file)
{
    const std::optional<std::uint64_t> length = headerLength(bytes);
    if (!length)
        broken(file, "no safetensors header");
    if (*length > bytes.size() - kLengthBytes)
        broken(file, fmt::format("the header is cut short ({} of {} bytes)", bytes.size() - kLengthBytes, *length));
    HeaderHandler handler;
    const auto *const text = reinterpret_cast<const char *>(bytes.data()) + kLengthBytes;
    if (!json::sax_parse(text, text + *length, &handler))
        broken(file, handler.problem.empty() ? "the header is no JSON object" : handler.problem);
    return handler;
}

SafetensorsEntry resolved(HeaderEntry &&header, std::span<const std::uint8_t> data, const std::string &file)
{
    SafetensorsEntry entry;
    const auto row =
        std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeRow &known) { return header.type == known.name; });
    if (row == kTypes.end())
        broken(file, fmt::format("tensor {} has dtype {}, expected F32, F16, BF16, F64, I64, I32 or U8", header.name,
                                 header.type.substr(0, 20)));
    const std::uint64_t begin = header.offsets[0];
    const std::uint64_t end = header.offsets[1];
    if (begin > end || end > data.size())
        broken(file, fmt::format("tensor {} lies at bytes {} to {} of {} bytes of data", header.name, begin, end,
                                 data.size()));
    const auto count = elementCount(header.shape, data.size());
    if (!count || *count * row->bytes != end - begin)
        broken(file, fmt::format("tensor {} of shape {} and type {} has {} bytes", header.name, shapeText(header.shape),
                                 header.type, end - begin));
    entry.name = std::move(header.name);
    entry.type = row->type;
    entry.shape = std::move(header.shape);
    entry.bytes = data.subspan(begin, end - begin);
    return entry;
}

std::optional<ElementType> elementType(SafetensorsType type)
{
    switch (type) {
    case SafetensorsType::F32:
        return ElementType::Float32;
    case SafetensorsType::F16:
        return ElementType::Float16;
    case SafetensorsType::BF16:
        return ElementType::BFloat16;
    case SafetensorsType::F64:
        return ElementType::Float64;
    case SafetensorsType::I64:
        return ElementType::Int64;
    case SafetensorsType::I32:
        return ElementType::Int32;
    case SafetensorsType::U8:
        return std::nullopt;
    }
    return std::nullopt;
}

bool recognises(const FileContent &file) { return looksLikeSafetensors(file.bytes); }

WeightFile read(const FileContent &file)
{
    SafetensorsFile parsed = parseSafetensors(file.bytes, file.path);
    WeightFile result;
    result.state.metadata = std::move(parsed.metadata);
    for (SafetensorsEntry &entry : parsed.entries) {
        if (entry.type == SafetensorsType::U8 && result.state.metadata.count(kGeneratorMetadataKey) != 0)
            throw base::Error(base::ErrorCode::UnknownFormat, file.path,
                              "a quantized model of this program, not an FP32 generator");
        const auto type = elementType(entry.type);
        if (!type)
            broken(file.path, fmt::format("tensor {} has dtype {}, expected floating-point numbers", entry.name,
                                          safetensorsTypeName(entry.type)));
        result.state.entries.emplace_back(
            std::move(entry.name),
            Tensor{std::move(entry.shape), decodeElements(entry.bytes, *type), elementStorage(*type)});
    }
    return result;
}

/// Bytes of a tensor's data as its type and shape say.
std::size_t entryBytes(const SafetensorsEntry &entry)
{
    const auto count = elementCount(entry.shape, UINT64_MAX / 8);
    if (!count)
        throw base::Error(base::ErrorCode::InvalidArgument, {},
                          fmt::format("tensor {} cannot have the shape {}", entry.name, shapeText(entry.shape)));
    return *count * safetensorsTypeBytes(entry.type);
}

/// The padded header's text, and how many bytes of data follow it.
std::pair<std::string, std::size_t> writeHeader(std::span<const SafetensorsEntry> entries,
                                                const std::map<std::string, std::string> &metadata)
{
    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    if (!metadata.empty())
        header["__metadata__"] = metadata;
    std::size_t offset = 0;
    std::set<std::string_view> names{"__metadata__"};
    for (const SafetensorsEntry &entry : entries) {
        if (!names.insert(entry.name).second)
            throw base::Error(base::ErrorCode::InvalidArgument, {}, fmt::format("tensor {} appears twice", entry.name));
        const std::size_t end = offset + entryBytes(entry);
        header[entry.name] = {
            {"dtype", safetensorsTypeName(entry.type)}, {"shape", entry.shape}, {"data_offsets", {offset, end}}};
        offset = end;
    }
    std::string text = header.dump();
    text.append((kLengthBytes - text.size() % kLengthBytes) % kLengthBytes, ' ');
    return {std::move(text), offset};
}

} // namespace

std::string safetensorsTypeName(SafetensorsType type) { return rowOf(type).name; }

std::size_t safetensorsTypeBytes(SafetensorsType type) { return rowOf(type).bytes; }

const SafetensorsEntry *SafetensorsFile::find(const std::string &name) const
{
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const SafetensorsEntry &entry) { return entry.name == name; });
    return found == entries.end() ? nullptr : &*found;
}

bool looksLikeSafetensors(std::span<const std::uint8_t> bytes) { return headerLength(bytes).has_value(); }

SafetensorsFile parseSafetensors(std::span<const std::uint8_t> bytes, const std::string &file)
{
    HeaderHandler header = parseHeader(bytes, file);
    const std::size_t dataStart = kLengthBytes + *headerLength(bytes);
    const std::span<const std::uint8_t> data = bytes.subspan(dataStart);
    SafetensorsFile result;
    result.metadata = std::move(header.metadata);
    // In the order of their data; empty tensors first where they share an offset.
    std::stable_sort(header.entries.begin(), header.entries.end(),
                     [](const HeaderEntry &a, const HeaderEntry &b) { return a.offsets < b.offsets; });
    std::uint64_t next = 0;
    for (HeaderEntry &entry : header.entries) {
        if (entry.offsets[0] != next)
            broken(file, fmt::format("tensor {} begins at byte {} of the data, expected {}", entry.name,
                                     entry.offsets[0], next));
        next = entry.offsets[1];
        result.entries.push_back(resolved(std::move(entry), data, file));
    }
    if (next != data.size())
        broken(file, fmt::format("the tensors cover {} of {} bytes of data", next, data.size()));
    return result;
}

std::map<std::string, std::string> peekSafetensorsMetadata(std::span<const std::uint8_t> bytes)
{
    try {
        return parseHeader(bytes, {}).metadata;
    } catch (const base::Error &) {
        return {};
    }
}

std::size_t safetensorsBytes(std::span<const SafetensorsEntry> entries,
                             const std::map<std::string, std::string> &metadata)
{
    const auto [text, dataBytes] = writeHeader(entries, metadata);
    return kLengthBytes + text.size() + dataBytes;
}

std::vector<std::uint8_t> writeSafetensors(std::span<const SafetensorsEntry> entries,
                                           const std::map<std::string, std::string> &metadata)
{
    const auto [text, dataBytes] = writeHeader(entries, metadata);
    std::vector<std::uint8_t> file;
    file.reserve(kLengthBytes + text.size() + dataBytes);
    for (std::size_t i = 0; i < kLengthBytes; ++i)
        file.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(text.size()) >> (8 * i)));
    file.insert(file.end(), text.begin(), text.end());
    for (const SafetensorsEntry &entry : entries) {
        const std::size_t before = file.size();
        file.insert(file.end(), entry.bytes.begin(), entry.bytes.end());
        if (file.size() - before != entryBytes(entry))
            throw base::Error(base::ErrorCode::InvalidArgument, {},
                              fmt::format("tensor {} of shape {} has {} bytes", entry.name, shapeText(entry.shape),
                                          entry.bytes.size()));
    }
    return file;
}

WeightFormat safetensorsFormat() { return {"safetensors", recognises, read}; }

} // namespace bitlens::model
