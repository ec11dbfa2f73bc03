// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <string>

namespace bitlens::base {

/// A lock between processes (and within one): a file that one holder has at a time, for as long as this lives. Ends
/// with the process, however that ends. Held by different objects, also of one process, it excludes them.
class FileLock {
public:
    /// Holds nothing.
    FileLock() = default;
    /// Takes the lock without waiting; makes the file and its folder. Throws base::Error{NotWritable}: held elsewhere
    /// (with the number of the process, where known), or the file cannot be made.
    explicit FileLock(const std::string &file);
    ~FileLock();
    FileLock(FileLock &&other) noexcept;
    FileLock &operator=(FileLock &&other) noexcept;
    FileLock(const FileLock &) = delete;
    FileLock &operator=(const FileLock &) = delete;

    bool isHeld() const { return m_descriptor >= 0; }
    /// Lets go, and takes the file away.
    void release();

    /// Whether somebody holds it now.
    static bool isHeld(const std::string &file);

private:
    std::string m_file;
    int m_descriptor = -1;
};

} // namespace bitlens::base
