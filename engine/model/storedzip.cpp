// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/storedzip.h"

#include "engine/base/error.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

// PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16.
constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::uint32_t kDirectorySignature = 0x02014b50;
constexpr std::uint32_t kEndSignature = 0x06054b50;
constexpr std::size_t kLocalBytes = 30;
constexpr std::size_t kDirectoryBytes = 46;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kMaximumComment = 65535;
constexpr std::uint32_t kZip64Marker = 0xFFFFFFFF;

/// CRC-32 (ISO 3309), table of one byte.
std::uint32_t checksum(std::span<const std::uint8_t> bytes)
{
    static const std::array<std::uint32_t, 256> table = [] {
        std::array<std::uint32_t, 256> values{};
        for (std::uint32_t i = 0; i < values.size(); ++i) {
            std::uint32_t value = i;
            for (int bit = 0; bit < 8; ++bit)
                value = (value >> 1U) ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
            values[i] = value;
        }
        return values;
    }();
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const std::uint8_t byte : bytes)
        crc = (crc >> 8U) ^ table[(crc ^ byte) & 0xFFU];
    return ~crc;
}

} // namespace

StoredZip::StoredZip(std::span<const std::uint8_t> bytes, std::string file) : m_bytes(bytes), m_file(std::move(file))
{
    readDirectory();
}

bool StoredZip::looksLikeZip(std::span<const std::uint8_t> bytes)
{
    constexpr std::array<std::uint8_t, 4> kStart{'P', 'K', 3, 4};
    return bytes.size() >= kStart.size() && std::equal(kStart.begin(), kStart.end(), bytes.begin());
}

std::string StoredZip::nameEndingWith(std::string_view end) const
{
    std::string found;
    for (const auto &[name, entry] : m_entries) {
        if (name.size() < end.size() || std::string_view(name).substr(name.size() - end.size()) != end)
            continue;
        if (!found.empty())
            return {};
        found = name;
    }
    return found;
}

std::span<const std::uint8_t> StoredZip::read(std::string_view name) const
{
    const auto found = m_entries.find(name);
    if (found == m_entries.end())
        fail(fmt::format("the archive has no entry {}", name));
    const Entry &entry = found->second;
    const std::size_t header = entry.offset;
    if (header + kLocalBytes > m_directory || number(header, 4) != kLocalSignature)
        fail(fmt::format("entry {} does not begin where the archive's directory says", name));
    const std::size_t data = header + kLocalBytes + number(header + 26, 2) + number(header + 28, 2);
    if (data > m_directory || entry.size > m_directory - data)
        fail(fmt::format("entry {} is cut short", name));
    const std::span<const std::uint8_t> bytes = m_bytes.subspan(data, entry.size);
    if (checksum(bytes) != entry.checksum)
        fail(fmt::format("entry {} is damaged (checksum)", name));
    return bytes;
}

void StoredZip::readDirectory()
{
    std::optional<std::size_t> end;
    const std::size_t lowest =
        m_bytes.size() > kEndBytes + kMaximumComment ? m_bytes.size() - kEndBytes - kMaximumComment : 0;
    for (std::size_t at = m_bytes.size() < kEndBytes ? 0 : m_bytes.size() - kEndBytes + 1; at-- > lowest && !end;)
        if (number(at, 4) == kEndSignature && at + kEndBytes + number(at + 20, 2) == m_bytes.size())
            end = at;
    if (!end)
        fail("the archive has no directory (is the file complete?)");
    const std::uint64_t count = number(*end + 10, 2);
    const std::uint64_t size = number(*end + 12, 4);
    m_directory = number(*end + 16, 4);
    if (m_directory == kZip64Marker || size == kZip64Marker)
        fail("the archive is larger than 4 GB");
    if (m_directory > *end || size > *end - m_directory)
        fail("the archive's directory lies outside the file");
    std::size_t position = m_directory;
    for (std::uint64_t i = 0; i < count; ++i)
        position = readDirectoryEntry(position, m_directory + size);
}

std::size_t StoredZip::readDirectoryEntry(std::size_t position, std::size_t end)
{
    if (end - position < kDirectoryBytes || number(position, 4) != kDirectorySignature)
        fail("the archive's directory is damaged");
    const std::uint64_t flags = number(position + 8, 2);
    const std::uint64_t method = number(position + 10, 2);
    const std::uint64_t packed = number(position + 20, 4);
    const std::size_t nameLength = number(position + 28, 2);
    const std::size_t next = kDirectoryBytes + nameLength + number(position + 30, 2) + number(position + 32, 2);
    if (next > end - position)
        fail("the archive's directory is damaged");
    const auto *const text = reinterpret_cast<const char *>(m_bytes.data()) + position + kDirectoryBytes;
    const std::string name(text, nameLength);
    Entry entry;
    entry.checksum = static_cast<std::uint32_t>(number(position + 16, 4));
    entry.size = number(position + 24, 4);
    entry.offset = number(position + 42, 4);
    if ((flags & 1U) != 0)
        fail(fmt::format("entry {} is encrypted", name));
    if (method != 0 || packed != entry.size)
        fail(fmt::format("entry {} is compressed; torch stores entries as they are", name));
    if (!m_entries.try_emplace(name, entry).second)
        fail(fmt::format("entry {} appears twice", name));
    return position + next;
}

std::uint64_t StoredZip::number(std::size_t position, std::size_t count) const
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
        value |= std::uint64_t(m_bytes[position + i]) << (8 * i);
    return value;
}

void StoredZip::fail(const std::string &what) const { throw base::Error(base::ErrorCode::BrokenFile, m_file, what); }

} // namespace bitlens::model
