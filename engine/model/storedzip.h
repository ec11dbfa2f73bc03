// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace bitlens::model {

/// A read-only view of a zip archive in memory whose entries are stored, not compressed: nothing is ever inflated, so
/// no entry can be larger than the file. Checks the directory, local headers and checksums. Immutable.
class StoredZip {
public:
    /// Throws base::Error{BrokenFile} naming `file`. `bytes` must outlive the object.
    StoredZip(std::span<const std::uint8_t> bytes, std::string file);

    /// True when the bytes start with a zip entry.
    static bool looksLikeZip(std::span<const std::uint8_t> bytes);

    bool has(std::string_view name) const { return m_entries.find(name) != m_entries.end(); }
    /// The only entry whose name ends with `end`; empty when there is none or more than one.
    std::string nameEndingWith(std::string_view end) const;
    /// An entry's bytes, checksum verified. Throws base::Error{BrokenFile} when absent or damaged.
    std::span<const std::uint8_t> read(std::string_view name) const;

private:
    struct Entry {
        std::uint64_t offset = 0; ///< of the local header
        std::uint64_t size = 0;
        std::uint32_t checksum = 0;
    };
    void readDirectory();
    std::size_t readDirectoryEntry(std::size_t position, std::size_t end);
    std::uint64_t number(std::size_t position, std::size_t count) const;
    [[noreturn]] void fail(const std::string &what) const;

    std::span<const std::uint8_t> m_bytes;
    std::string m_file;
    std::map<std::string, Entry, std::less<>> m_entries;
    std::uint64_t m_directory = 0; ///< where entries end
};

} // namespace bitlens::model
