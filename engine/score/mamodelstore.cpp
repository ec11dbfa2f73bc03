// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/mamodelstore.h"

#include "engine/base/download.h"
#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/score/mamodelfile.h"

#include <cmath>
#include <filesystem>
#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

namespace bitlens::score {

namespace fs = std::filesystem;

namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kLargestFile = std::size_t(1) << 29;
constexpr char kFileName[] = "model.mat";
/// The authors' file, and the same model in another project's release.
constexpr const char *kAddresses[] = {
    "https://github.com/chaoma99/sr-metric/raw/master/model.mat",
    "https://github.com/chaofengc/IQA-PyTorch/releases/download/v0.1-weights/NRQM_model.mat",
};

fs::path folder() { return fs::path(base::userDataFolder()) / "ma"; }

fs::path createdFolder()
{
    std::error_code failure;
    fs::create_directories(folder(), failure);
    if (failure)
        throw Error(ErrorCode::NotWritable, folder().string(), failure.message());
    return folder();
}

std::string cachePath() { return (folder() / "forests.cache").string(); }

/// What tells this file from every other and from itself after a change.
std::string sourceOf(const std::string &path)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        return {};
    std::error_code ignored;
    return fmt::format("{}\n{}\n{}.{:09}", fs::absolute(path, ignored).string(), status.st_size, status.st_mtim.tv_sec,
                       status.st_mtim.tv_nsec);
}

/// A cache that cannot be written costs seconds at the next start, no more.
void writeCache(const MaModel &model, const std::string &source)
{
    try {
        createdFolder();
        base::writeFileAtomically(cachePath(), maCacheFromModel(model, source));
    } catch (const Error &) {
    }
}

MaModelPtr readCache(const std::string &source)
{
    try {
        return maModelFromCache(base::readFile(cachePath()), source);
    } catch (const Error &) {
        return nullptr;
    }
}

/// A name in the data folder that is removed at the end of the scope.
class TemporaryFile {
public:
    explicit TemporaryFile(std::string path) : m_path(std::move(path)) {}
    ~TemporaryFile() { ::unlink(m_path.c_str()); }
    TemporaryFile(const TemporaryFile &) = delete;
    TemporaryFile &operator=(const TemporaryFile &) = delete;
    const std::string &path() const { return m_path; }

private:
    std::string m_path;
};

bool hasPublishedWeights(const MaModel &model)
{
    constexpr double kDigits = 1e-9; // the published weights have 12 digits
    for (std::size_t i = 0; i < model.linear().size(); ++i)
        if (std::abs(model.linear()[i] - kMaPublishedLinear[i]) > kDigits)
            return false;
    return true;
}

std::string installBytes(const std::vector<std::uint8_t> &bytes, const MaModel &model)
{
    std::string target = (createdFolder() / kFileName).string();
    base::writeFileAtomically(target, bytes);
    writeCache(model, sourceOf(target));
    return target;
}

} // namespace

std::string maModelMissingReason() { return "Ma model not installed"; }

std::string maModelHint()
{
    return "Run \"bitlens models get ma\", or take model.mat from github.com/chaoma99/sr-metric and name it in the "
           "menu or "
           "with --ma-model. NIQE works without it.";
}

std::string findMaModel(const std::string &named)
{
    if (!named.empty())
        return named;
    for (const char *name : {kFileName, "NRQM_model.mat"}) {
        const fs::path path = folder() / name;
        std::error_code ignored;
        if (fs::is_regular_file(path, ignored))
            return path.string();
    }
    return {};
}

MaModelPtr loadMaModel(const std::string &named, const base::Job &job)
{
    const std::string path = findMaModel(named);
    if (path.empty())
        return nullptr;
    job.cancel.throwIfCancelled();
    const std::string source = sourceOf(path);
    if (!source.empty())
        if (MaModelPtr cached = readCache(source))
            return cached;
    MaModelPtr model = readMaModel(path, job.part(0.0, 0.9));
    job.report(0.9, "Writing the model's cache");
    writeCache(*model, source);
    job.report(1.0, "Ma model ready");
    return model;
}

std::string installMaModel(const std::string &path, const base::Job &job)
{
    const auto bytes = base::readFile(path, kLargestFile);
    const MaModelPtr model = readMaModel(bytes, path, job.part(0.0, 0.9));
    if (base::isSameFile(path, (folder() / kFileName).string())) {
        writeCache(*model, sourceOf(path));
        return path;
    }
    return installBytes(bytes, *model);
}

std::string fetchMaModel(const base::Job &job)
{
    const TemporaryFile file((createdFolder() / fmt::format("download.{}.part", ::getpid())).string());
    std::string failures;
    for (const char *address : kAddresses) {
        job.report(0.0, fmt::format("Downloading {}", address));
        try {
            base::Download what{address, file.path(), kLargestFile, false, {}};
            what.onBytes = [&](std::size_t bytes) {
                job.report(0.0, fmt::format("Downloading {}, {:.0f} MB", address, static_cast<double>(bytes) / 1e6));
            };
            base::download(what, job.cancel);
            const auto bytes = base::readFile(file.path(), kLargestFile);
            const bool isPublished = gitBlobId(bytes) == kMaModelBlobId;
            if (!isPublished && address == kAddresses[0])
                throw Error(ErrorCode::BrokenFile, address, "is not the published file (its git blob id differs)");
            const MaModelPtr model = readMaModel(bytes, address, job.part(0.5, 1.0));
            if (!isPublished && !hasPublishedWeights(*model))
                throw Error(ErrorCode::BrokenFile, address, "is not the published model (its weights differ)");
            return installBytes(bytes, *model);
        } catch (const Error &error) {
            if (error.code() == ErrorCode::NotWritable)
                throw;
            failures += fmt::format("\n  {}", error.what());
        }
    }
    throw Error(ErrorCode::NotReadable, {}, "the Ma model could not be fetched:" + failures);
}

} // namespace bitlens::score
