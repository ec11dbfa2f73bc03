// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/sealedfolder.h"

#include "engine/base/error.h"
#include "engine/base/file.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <utility>
#include <vector>

namespace bitlens::compare {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLargestFile = std::size_t{256} << 20;

std::string seal(const std::string &name, const std::string &content)
{
    const std::string text = name + '\n' + content;
    return base::sha256({reinterpret_cast<const std::uint8_t *>(text.data()), text.size()});
}

} // namespace

SealedFolder::SealedFolder(std::string folder, std::uintmax_t limit) : m_path(std::move(folder)), m_limit(limit) {}

std::string SealedFolder::pathOf(const std::string &name) const { return (fs::path(m_path) / name).string(); }

bool SealedFolder::holds(const std::string &name) const
{
    std::error_code error;
    return fs::exists(pathOf(name), error);
}

std::optional<std::string> SealedFolder::read(const std::string &name) const
{
    try {
        const std::vector<std::uint8_t> bytes = base::readFile(pathOf(name), kLargestFile);
        const std::string text(bytes.begin(), bytes.end());
        const std::size_t line = text.find('\n');
        if (line == std::string::npos)
            return std::nullopt;
        std::string content = text.substr(line + 1);
        if (text.compare(0, line, seal(name, content)) != 0)
            return std::nullopt;
        return content;
    } catch (const base::Error &) {
        return std::nullopt;
    }
}

void SealedFolder::touch(const std::string &name) const
{
    std::error_code error;
    fs::last_write_time(pathOf(name), fs::file_time_type::clock::now(), error);
}

void SealedFolder::write(const std::string &name, const std::string &content) const
{
    try {
        base::writeFileAtomically(pathOf(name), seal(name, content) + '\n' + content);
        makeRoom(pathOf(name));
    } catch (const base::Error &) {
        // A full or read-only disk: it is made again next time.
    }
}

void SealedFolder::makeRoom(const std::string &newest) const
{
    struct Kept {
        fs::path path;
        fs::file_time_type used;
        std::uintmax_t bytes = 0;
    };
    std::vector<Kept> files;
    std::uintmax_t total = 0;
    std::error_code error;
    for (fs::directory_iterator entry(m_path, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code gone; // another process may be tidying up too
        const Kept file{entry->path(), entry->last_write_time(gone), gone ? 0 : entry->file_size(gone)};
        if (gone || !entry->is_regular_file(gone))
            continue;
        total += file.bytes;
        files.push_back(file);
    }
    std::sort(files.begin(), files.end(), [](const Kept &a, const Kept &b) { return a.used < b.used; });
    for (const Kept &file : files) {
        if (total <= m_limit)
            return;
        if (file.path == newest)
            continue;
        fs::remove(file.path, error);
        total -= file.bytes;
    }
}

} // namespace bitlens::compare
