// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/filelock.h"

#include <string>

namespace bitlens::cli {

/// Keeps other processes from writing checkpoints into the same folder while this one does. Holds nothing for an empty
/// name. Throws base::Error{NotWritable}.
base::FileLock lockOfRun(const std::string &folder);

} // namespace bitlens::cli
