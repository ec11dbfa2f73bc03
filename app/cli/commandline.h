// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

namespace bitlens::cli {

/// Exit codes of the program.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitCancelled = 130;

/// True when the arguments are for the command line: a command, --help or --version. Everything else is for the window.
bool isCommandLine(int argc, char **argv);

/// Runs a command and returns the exit code. Needs no display; results go to standard output, messages and progress to
/// standard error. The border at which every error of the engine is caught.
int runCommandLine(int argc, char **argv);

} // namespace bitlens::cli
