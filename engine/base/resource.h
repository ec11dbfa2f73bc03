// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <string>

namespace bitlens::base {

/// Path of a file that comes with the program, e.g. "sample/chelsea_lr.png". Looked for in the folder that the
/// environment variable BITLENS_RESOURCE_DIR names and nowhere else; without it relative to the executable: first where
/// a build tree has it (share/bitlens beside it), then where an installation has it (../share/bitlens).
/// Empty when it is not there.
std::string resourcePath(const std::string &name);

} // namespace bitlens::base
