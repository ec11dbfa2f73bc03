// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"

#include <functional>
#include <string>
#include <vector>

namespace bitlens::base {

/// A program to run and what to do with what it writes.
struct Command {
    std::vector<std::string> arguments; ///< the program (looked up in PATH) and its arguments; no shell is involved
    std::string folder;                 ///< to run in; empty: the current one
    std::string outputFile;             ///< where standard output goes; empty: it is returned
    std::function<void()> onTick;       ///< called about ten times a second while it runs; may be empty
};

/// How a program ended. A program ended by a signal has exit code 128 + signal, as shells report it.
struct CommandResult {
    int exitCode = 0;
    std::string output; ///< standard output, at most the first MB
    std::string errors; ///< standard error, at most the first MB
};

/// Runs a program and waits for it. Cancelling ends it together with the programs that it started, and throws
/// base::Cancelled. Throws base::Error{NotFound} when the program is not installed, NotWritable for `outputFile`.
CommandResult runCommand(const Command &command, const CancelToken &cancel);

} // namespace bitlens::base
