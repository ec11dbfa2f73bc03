// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/file.h"

#include "engine/base/error.h"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace bitlens::base {

namespace {

/// A file descriptor that closes itself.
class Descriptor {
public:
    explicit Descriptor(int value) : m_value(value) {}
    ~Descriptor()
    {
        if (m_value >= 0)
            ::close(m_value);
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    int get() const { return m_value; }
    int release()
    {
        const int value = m_value;
        m_value = -1;
        return value;
    }

private:
    int m_value;
};

std::string reason(int number) { return std::strerror(number); }

std::string environmentVariable(const char *name)
{
    const char *value = std::getenv(name);
    return value ? value : "";
}

/// The program's own folder in one of the XDG base directories, `inHome` when the variable is not set.
fs::path standardFolder(const char *variable, const fs::path &inHome)
{
    if (const std::string base = environmentVariable(variable); !base.empty())
        return fs::path(base) / "bitlens";
    if (const std::string home = environmentVariable("HOME"); !home.empty())
        return fs::path(home) / inHome / "bitlens";
    return fs::temp_directory_path() / "bitlens";
}

std::string existingFolder(const fs::path &folder)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        throw Error(ErrorCode::NotWritable, folder.string(), error.message());
    return folder.string();
}

std::vector<std::uint8_t> readUpTo(const std::string &path, std::size_t count, bool whole, std::size_t limit)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) {
        const int number = errno;
        throw Error(number == ENOENT ? ErrorCode::NotFound : ErrorCode::NotReadable, path, reason(number));
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        throw Error(ErrorCode::NotReadable, path, reason(errno));
    if (!S_ISREG(status.st_mode))
        throw Error(ErrorCode::NotReadable, path, "not a regular file");
    const auto size = static_cast<std::size_t>(status.st_size);
    if (whole && size > limit)
        throw Error(ErrorCode::TooLarge, path,
                    "the file has " + std::to_string(size) + " bytes, more than the limit of " + std::to_string(limit));
    std::vector<std::uint8_t> bytes(whole ? size : std::min(size, count));
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t got = ::read(file.get(), bytes.data() + done, bytes.size() - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw Error(ErrorCode::NotReadable, path, reason(errno));
        if (got == 0)
            break;
        done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
}

} // namespace

std::vector<std::uint8_t> readFile(const std::string &path, std::size_t limit)
{
    return readUpTo(path, 0, true, limit);
}

std::vector<std::uint8_t> readFileStart(const std::string &path, std::size_t count)
{
    return readUpTo(path, count, false, 0);
}

void writeFileAtomically(const std::string &path, std::span<const std::uint8_t> bytes)
{
    fs::path target(path);
    std::error_code ignored;
    if (fs::is_symlink(target, ignored))
        target = fs::weakly_canonical(target, ignored);
    const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
    // The name is ours alone: process and call number; O_EXCL makes sure.
    static std::atomic<unsigned> calls{0};
    const std::string temporary = (folder
                                   / ("." + target.filename().string() + "." + std::to_string(::getpid()) + "."
                                      + std::to_string(calls++) + ".part"))
                                      .string();
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file.get() < 0)
        throw Error(ErrorCode::NotWritable, path, reason(errno));

    const auto fail = [&](int number) {
        ::unlink(temporary.c_str());
        throw Error(ErrorCode::NotWritable, path, reason(number));
    };
    struct stat status {};
    if (::stat(target.c_str(), &status) == 0 && ::fchmod(file.get(), status.st_mode & 07777) != 0)
        fail(errno);
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t put = ::write(file.get(), bytes.data() + done, bytes.size() - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            fail(errno);
        done += static_cast<std::size_t>(put);
    }
    if (::fsync(file.get()) != 0)
        fail(errno);
    if (::close(file.release()) != 0)
        fail(errno);
    if (::rename(temporary.c_str(), target.c_str()) != 0)
        fail(errno);
    const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() >= 0)
        ::fsync(directory.get());
}

void writeFileAtomically(const std::string &path, const std::string &text)
{
    writeFileAtomically(path, {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()});
}

bool isSameFile(const std::string &a, const std::string &b)
{
    std::error_code error;
    return fs::equivalent(a, b, error) && !error;
}

void refuseInput(const std::string &path, std::span<const std::string> inputs)
{
    for (const std::string &input : inputs)
        if (isSameFile(path, input))
            throw Error(ErrorCode::InvalidArgument, path, "this is an input; it is not overwritten");
}

std::string userDataFolder()
{
    const std::string own = environmentVariable("BITLENS_DATA_DIR");
    return existingFolder(own.empty() ? standardFolder("XDG_DATA_HOME", fs::path(".local") / "share") : fs::path(own));
}

std::string userCacheFolder()
{
    const std::string own = environmentVariable("BITLENS_DATA_DIR");
    return existingFolder(own.empty() ? standardFolder("XDG_CACHE_HOME", ".cache") : fs::path(own) / "cache");
}

std::string sha256(std::span<const std::uint8_t> bytes)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_sha256(), nullptr) != 1)
        throw Error(ErrorCode::Internal, {}, "SHA-256 is not available in this OpenSSL");
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    text.reserve(length * 2);
    for (unsigned int i = 0; i < length; ++i) {
        text += kDigits[digest[i] >> 4];
        text += kDigits[digest[i] & 15];
    }
    return text;
}

} // namespace bitlens::base
