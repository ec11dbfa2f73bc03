// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/filelock.h"

#include "engine/base/error.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bitlens::base {

namespace fs = std::filesystem;

namespace {

/// A holder that lets go takes the file away: one who has opened it before then locks a file that nobody finds.
bool isStillTheFile(int descriptor, const std::string &file)
{
    struct stat held = {};
    struct stat named = {};
    return fstat(descriptor, &held) == 0 && stat(file.c_str(), &named) == 0 && held.st_ino == named.st_ino
           && held.st_dev == named.st_dev;
}

/// "in use by another run" with the holder's number, as it wrote it down.
std::string heldBy(int descriptor)
{
    std::array<char, 32> text{};
    const ssize_t length = pread(descriptor, text.data(), text.size() - 1, 0);
    std::string process(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    const bool isNumber = !process.empty() && process.find_first_not_of("0123456789") == std::string::npos;
    return isNumber ? "is in use by another run (process " + process + ")" : "is in use by another run";
}

} // namespace

FileLock::FileLock(const std::string &file) : m_file(file)
{
    std::error_code error;
    if (const fs::path folder = fs::path(file).parent_path(); !folder.empty())
        fs::create_directories(folder, error);
    if (error)
        throw Error(ErrorCode::NotWritable, file, error.message());
    for (;;) {
        const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (descriptor < 0)
            throw Error(ErrorCode::NotWritable, file, std::strerror(errno));
        if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
            const int reason = errno;
            const std::string detail = reason == EWOULDBLOCK ? heldBy(descriptor) : std::strerror(reason);
            close(descriptor);
            throw Error(ErrorCode::NotWritable, file, detail);
        }
        if (!isStillTheFile(descriptor, file)) {
            close(descriptor);
            continue;
        }
        m_descriptor = descriptor;
        const std::string process = std::to_string(getpid());
        // Only for the message of others: that it cannot be written is no reason to stop.
        if (ftruncate(descriptor, 0) == 0)
            (void)!pwrite(descriptor, process.data(), process.size(), 0);
        return;
    }
}

FileLock::~FileLock() { release(); }

FileLock::FileLock(FileLock &&other) noexcept
    : m_file(std::move(other.m_file)), m_descriptor(std::exchange(other.m_descriptor, -1))
{
}

FileLock &FileLock::operator=(FileLock &&other) noexcept
{
    if (this != &other) {
        release();
        m_file = std::move(other.m_file);
        m_descriptor = std::exchange(other.m_descriptor, -1);
    }
    return *this;
}

void FileLock::release()
{
    if (m_descriptor < 0)
        return;
    unlink(m_file.c_str()); // while it is held: nobody else can have it
    close(std::exchange(m_descriptor, -1));
}

bool FileLock::isHeld(const std::string &file)
{
    const int descriptor = open(file.c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    const bool held = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(descriptor);
    return held;
}

} // namespace bitlens::base
