// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bitlens::compare {

/// A file of a bundle: a plain name and its bytes.
struct BundleFile {
    std::string name;
    std::vector<std::uint8_t> bytes;
};

/// True for names that a bundle's file may have: letters, digits, "-", "_" and ".", not first a ".", at most 100 long.
/// No such name leads out of a folder.
bool isBundleFileName(const std::string &name);

/// Writes files as one bundle: a zip archive (entries stored, not compressed) where `path` ends in ".zip", else a
/// folder. Both appear at once and complete or not at all. A zip archive that was there is replaced; a folder that was
/// there and is not empty is refused. Throws base::Error{NotWritable|InvalidArgument}, base::Cancelled.
void writeBundleFiles(const std::vector<BundleFile> &files, const std::string &path, const base::Job &job);

/// The files of a bundle, folder or zip archive. Only plain names of regular files are ever opened: no folders, no
/// links, nothing outside. Compressed entries are refused, so that nothing is larger than the file it comes from.
class BundleFiles {
public:
    /// Throws base::Error{NotFound|NotReadable|BrokenFile|TooLarge}.
    explicit BundleFiles(const std::string &path);
    ~BundleFiles();

    /// The bytes of a file. Throws base::Error: BrokenFile where the name is none or the file is missing or damaged,
    /// TooLarge above `limit` bytes.
    std::vector<std::uint8_t> read(const std::string &name, std::size_t limit) const;

private:
    struct Archive;
    std::string m_path;
    std::unique_ptr<Archive> m_archive; ///< null: a folder
};

} // namespace bitlens::compare
