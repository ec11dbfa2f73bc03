// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bitlens::base {

/// Reads a whole regular file. Throws Error{NotFound|NotReadable|TooLarge}; `limit` is checked before allocating.
std::vector<std::uint8_t> readFile(const std::string &path, std::size_t limit = std::size_t(1) << 34);

/// Reads at most `count` bytes from the start of a file (fewer where it is shorter). Throws like readFile.
std::vector<std::uint8_t> readFileStart(const std::string &path, std::size_t count);

/// Writes a file atomically: a temporary in the same folder, flushed to disk, then renamed over `path`; the folder's
/// entry is flushed too. At no moment is `path` absent or half written. Throws Error{NotWritable} and leaves no
/// temporary.
void writeFileAtomically(const std::string &path, std::span<const std::uint8_t> bytes);
void writeFileAtomically(const std::string &path, const std::string &text);

/// True when both paths name the same existing file (links followed).
bool isSameFile(const std::string &a, const std::string &b);

/// Throws Error{InvalidArgument} when `path` is, by whatever name, one of the files in `inputs`: nothing writes over
/// what it was made from.
void refuseInput(const std::string &path, std::span<const std::string> inputs);

/// The folder for this user's data of this program (models, sessions), created when absent: $BITLENS_DATA_DIR, else
/// $XDG_DATA_HOME/bitlens, else ~/.local/share/bitlens. Throws Error{NotWritable}.
std::string userDataFolder();

/// The folder for what can be made again at any time, created when absent: $BITLENS_DATA_DIR/cache, else
/// $XDG_CACHE_HOME/bitlens, else ~/.cache/bitlens. Throws Error{NotWritable}.
std::string userCacheFolder();

/// SHA-256 of bytes, as 64 lower-case hexadecimal digits.
std::string sha256(std::span<const std::uint8_t> bytes);

} // namespace bitlens::base
