// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"

#include <cstddef>
#include <functional>
#include <string>

namespace bitlens::base {

/// What to fetch and where to.
struct Download {
    std::string address;
    std::string path;      ///< the file to write
    std::size_t limit = 0; ///< bytes; larger files are refused
    /// Go on where `path` ends, if it is there (from the beginning where the server cannot). Otherwise it is replaced.
    bool resume = false;
    /// Called about ten times a second with the bytes that `path` has so far; may be empty.
    std::function<void(std::size_t bytes)> onBytes;
};

/// Fetches with the program curl: https only, redirects followed, ten seconds to connect, given up when it stalls.
/// Throws Error: NotFound when curl is not installed, NotReadable with curl's reason; or Cancelled. Then `path` may
/// hold a part: worth keeping for a resumed call, otherwise the caller's to remove.
void download(const Download &what, const CancelToken &cancel);

} // namespace bitlens::base
