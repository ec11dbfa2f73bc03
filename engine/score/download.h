// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"

#include <cstddef>
#include <string>

namespace bitlens::score {

/// Fetches `address` into the file `path` with the program curl: https only, redirects followed, at most `limit` bytes,
/// ten seconds to connect, given up when it stalls. Throws base::Error{NotReadable} with curl's reason (or that curl is
/// not installed), or base::Cancelled; then `path` may hold a part and is the caller's to remove.
void download(const std::string &address, const std::string &path, std::size_t limit, const base::Job &job);

} // namespace bitlens::score
