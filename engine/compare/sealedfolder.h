// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace bitlens::compare {

/// Files that can be made again, kept in a folder under names that say what they were made from. Each begins with a
/// line that tells a whole one from any other. A file that is damaged, or cannot be read or written, is no error. The
/// files together take at most `limit` bytes, those unused for longest go first. Safe to use from many threads; several
/// processes may share a folder.
class SealedFolder {
public:
    SealedFolder(std::string folder, std::uintmax_t limit);

    const std::string &path() const { return m_path; }
    bool holds(const std::string &name) const;
    /// What write() was given; nothing when there is no whole file.
    std::optional<std::string> read(const std::string &name) const;
    /// Says that a file was of use just now.
    void touch(const std::string &name) const;
    void write(const std::string &name, const std::string &content) const;

private:
    std::string pathOf(const std::string &name) const;
    void makeRoom(const std::string &newest) const;

    std::string m_path;
    std::uintmax_t m_limit;
};

} // namespace bitlens::compare
