// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/bundlefiles.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/model/storedzip.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zip.h>

namespace fs = std::filesystem;

namespace bitlens::compare {

namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kLongestName = 100;
/// What StoredZip reads.
constexpr std::size_t kLargestArchive = (std::size_t{1} << 32) - 1;

bool isArchiveName(const std::string &path)
{
    std::string extension = fs::path(path).extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return extension == ".zip";
}

/// Frees what libzip gave.
struct SourceCloser {
    void operator()(zip_source_t *source) const { zip_source_free(source); }
};

[[noreturn]] void failForZip(const std::string &path, const char *reason)
{
    throw Error(ErrorCode::NotWritable, path, fmt::format("the archive cannot be made: {}", reason));
}

/// The archive in memory: it is written to disk in one go, or not at all.
std::vector<std::uint8_t> archiveOf(const std::vector<BundleFile> &files, const std::string &path)
{
    zip_error_t error;
    zip_error_init(&error);
    const std::unique_ptr<zip_source_t, SourceCloser> target(zip_source_buffer_create(nullptr, 0, 0, &error));
    zip_t *archive = target ? zip_open_from_source(target.get(), ZIP_TRUNCATE, &error) : nullptr;
    if (!archive) {
        const std::string reason = zip_error_strerror(&error);
        zip_error_fini(&error);
        failForZip(path, reason.c_str());
    }
    zip_source_keep(target.get()); // zip_close lets go of it
    for (const BundleFile &file : files) {
        zip_source_t *bytes = zip_source_buffer(archive, file.bytes.data(), file.bytes.size(), 0);
        const zip_int64_t index = bytes ? zip_file_add(archive, file.name.c_str(), bytes, ZIP_FL_ENC_UTF_8) : -1;
        if (index < 0) {
            zip_source_free(bytes);
            const std::string reason = zip_strerror(archive);
            zip_discard(archive);
            failForZip(path, reason.c_str());
        }
        // 1980-01-01, the format's first day: equal contents give equal archives.
        constexpr zip_uint16_t kFirstDay = (1 << 5) | 1;
        zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
        zip_file_set_dostime(archive, static_cast<zip_uint64_t>(index), 0, kFirstDay, 0);
    }
    if (zip_close(archive) != 0) {
        const std::string reason = zip_strerror(archive);
        zip_discard(archive);
        failForZip(path, reason.c_str());
    }
    zip_stat_t status;
    if (zip_source_stat(target.get(), &status) != 0 || zip_source_open(target.get()) != 0)
        failForZip(path, "libzip lost it");
    std::vector<std::uint8_t> bytes(status.size);
    const zip_int64_t read = zip_source_read(target.get(), bytes.data(), bytes.size());
    zip_source_close(target.get());
    if (read != static_cast<zip_int64_t>(bytes.size()))
        failForZip(path, "libzip lost a part of it");
    return bytes;
}

/// Puts the files into a folder beside the target and gives it its name when all are there.
void writeFolder(const std::vector<BundleFile> &files, const std::string &path, const base::Job &job)
{
    fs::path target(path);
    if (!target.has_filename())
        target = target.parent_path();
    std::error_code error;
    if (fs::exists(target, error) && !(fs::is_directory(target, error) && fs::is_empty(target, error)))
        throw Error(ErrorCode::NotWritable, path, "there is something of this name already; choose another one");
    const fs::path parent = target.has_parent_path() ? target.parent_path() : fs::path(".");
    const fs::path temporary = parent / ("." + target.filename().string() + "." + std::to_string(::getpid()) + ".part");
    fs::remove_all(temporary, error);
    try {
        if (!fs::create_directory(temporary, error))
            throw Error(ErrorCode::NotWritable, path, error ? error.message() : "its folder cannot be made");
        for (std::size_t i = 0; i < files.size(); ++i) {
            job.cancel.throwIfCancelled();
            job.report(static_cast<double>(i) / static_cast<double>(files.size()), "writing " + files[i].name);
            base::writeFileAtomically((temporary / files[i].name).string(), files[i].bytes);
        }
        if (::rename(temporary.c_str(), target.c_str()) != 0)
            throw Error(ErrorCode::NotWritable, path, std::strerror(errno));
    } catch (...) {
        fs::remove_all(temporary, error);
        throw;
    }
}

} // namespace

bool isBundleFileName(const std::string &name)
{
    const auto allowed = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9')
               || letter == '-' || letter == '_' || letter == '.';
    };
    return !name.empty() && name.size() <= kLongestName && name.front() != '.'
           && std::all_of(name.begin(), name.end(), allowed);
}

void writeBundleFiles(const std::vector<BundleFile> &files, const std::string &path, const base::Job &job)
{
    for (const BundleFile &file : files)
        if (!isBundleFileName(file.name))
            throw Error(ErrorCode::InvalidArgument, path, fmt::format("a bundle has no file \"{}\"", file.name));
    if (!isArchiveName(path)) {
        writeFolder(files, path, job);
        return;
    }
    const std::vector<std::uint8_t> bytes = archiveOf(files, path);
    if (bytes.size() > kLargestArchive)
        throw Error(ErrorCode::InvalidArgument, path, "the bundle is larger than 4 GB; write a folder instead");
    job.cancel.throwIfCancelled();
    base::writeFileAtomically(path, bytes);
}

struct BundleFiles::Archive {
    explicit Archive(const std::string &path)
        : bytes(base::readFile(path, kLargestArchive)), zip(std::span<const std::uint8_t>(bytes), path)
    {
    }
    std::vector<std::uint8_t> bytes;
    model::StoredZip zip;
};

BundleFiles::BundleFiles(const std::string &path) : m_path(path)
{
    std::error_code error;
    if (!fs::exists(path, error))
        throw Error(ErrorCode::NotFound, path, "there is no such bundle");
    if (fs::is_directory(path, error))
        return;
    constexpr std::size_t kStart = 4;
    if (!model::StoredZip::looksLikeZip(base::readFileStart(path, kStart)))
        throw Error(ErrorCode::UnknownFormat, path, "this is no bundle: neither a folder nor a zip archive");
    m_archive = std::make_unique<Archive>(path);
}

BundleFiles::~BundleFiles() = default;

std::vector<std::uint8_t> BundleFiles::read(const std::string &name, std::size_t limit) const
{
    if (!isBundleFileName(name))
        throw Error(ErrorCode::BrokenFile, m_path, fmt::format("\"{}\" is no name of a bundle's file", name));
    if (m_archive) {
        const std::span<const std::uint8_t> bytes = m_archive->zip.read(name);
        if (bytes.size() > limit)
            throw Error(ErrorCode::TooLarge, m_path,
                        fmt::format("{} has {} bytes, expected at most {}", name, bytes.size(), limit));
        return {bytes.begin(), bytes.end()};
    }
    const fs::path file = fs::path(m_path) / name;
    std::error_code error;
    const fs::file_status status = fs::symlink_status(file, error);
    if (status.type() == fs::file_type::not_found)
        throw Error(ErrorCode::BrokenFile, m_path, fmt::format("the bundle has no file {}", name));
    if (status.type() != fs::file_type::regular)
        throw Error(ErrorCode::BrokenFile, m_path, fmt::format("{} is not a regular file", name));
    return base::readFile(file.string(), limit);
}

} // namespace bitlens::compare
