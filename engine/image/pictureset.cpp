// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/pictureset.h"

#include "engine/base/error.h"
#include "engine/image/codec.h"

#include <filesystem>
#include <set>
#include <system_error>
#include <vector>

#include <unistd.h>

namespace bitlens::image {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void refuse(const fs::path &path)
{
    throw base::Error(base::ErrorCode::NotWritable, path.string(),
                      "there is a file of this name already; choose another one");
}

/// A folder for what is not complete yet; takes everything in it away at the end.
class WorkFolder {
public:
    explicit WorkFolder(const fs::path &beside)
    {
        const fs::path folder = beside.has_parent_path() ? beside.parent_path() : fs::path(".");
        std::string name = (folder / ("." + beside.filename().string() + ".part-XXXXXX")).string();
        if (::mkdtemp(name.data()) == nullptr)
            throw base::Error(base::ErrorCode::NotWritable, beside.string(),
                              std::error_code(errno, std::generic_category()).message());
        m_path = name;
    }
    ~WorkFolder()
    {
        std::error_code ignored;
        fs::remove_all(m_path, ignored);
    }
    WorkFolder(const WorkFolder &) = delete;
    WorkFolder &operator=(const WorkFolder &) = delete;

    const fs::path &path() const { return m_path; }

private:
    fs::path m_path;
};

/// Files that got their names; takes them away again unless all did.
class PlacedFiles {
public:
    ~PlacedFiles()
    {
        std::error_code ignored;
        for (const fs::path &file : m_files)
            fs::remove(file, ignored);
    }
    PlacedFiles() = default;
    PlacedFiles(const PlacedFiles &) = delete;
    PlacedFiles &operator=(const PlacedFiles &) = delete;

    void place(const fs::path &from, const fs::path &to)
    {
        std::error_code error;
        fs::create_hard_link(from, to, error); // unlike renaming, it replaces nothing
        if (error == std::errc::file_exists)
            refuse(to);
        if (error) { // a file system without links
            std::error_code ignored;
            if (fs::symlink_status(to, ignored).type() != fs::file_type::not_found)
                refuse(to);
            fs::rename(from, to, error);
        }
        if (error)
            throw base::Error(base::ErrorCode::NotWritable, to.string(), error.message());
        m_files.push_back(to);
    }
    void keep() { m_files.clear(); }

private:
    std::vector<fs::path> m_files;
};

} // namespace

void writeImages(std::span<const NamedImage> pictures, const base::Job &job)
{
    if (pictures.empty())
        return;
    std::set<std::string> names;
    for (const NamedImage &picture : pictures) {
        if (fs::exists(picture.path))
            refuse(picture.path);
        if (!names.insert(fs::path(picture.path).filename().string()).second)
            throw base::Error(base::ErrorCode::InvalidArgument, picture.path, "two pictures have this name");
    }
    const WorkFolder work(pictures.front().path);
    const auto workingName = [&](const NamedImage &picture) { return work.path() / fs::path(picture.path).filename(); };
    double done = 0.0;
    for (const NamedImage &picture : pictures) {
        job.cancel.throwIfCancelled();
        job.report(done++ / static_cast<double>(pictures.size()),
                   "writing " + fs::path(picture.path).filename().string());
        try {
            writeImage(picture.picture, workingName(picture).string());
        } catch (const base::Error &error) {
            throw base::Error(error.code(), picture.path, error.detail()); // nobody knows the temporary name
        }
    }
    job.cancel.throwIfCancelled();
    PlacedFiles placed;
    for (const NamedImage &picture : pictures)
        placed.place(workingName(picture), picture.path);
    placed.keep();
}

} // namespace bitlens::image
