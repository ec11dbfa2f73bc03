// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <functional>
#include <stdexcept>
#include <string>

namespace CLI {
class App;
}

namespace bitlens::cli {

class Environment;

/// What a command does once its arguments are read; returns the exit code.
using Action = std::function<int(Environment &environment)>;

/// Arguments that parse but make no sense together: exit code 2. The message is shown as it is.
class UsageError : public std::runtime_error {
public:
    explicit UsageError(const std::string &message) : std::runtime_error(message) {}
};

/// Each adds its options to a subcommand and returns what it does. One file pair each; listed in commandline.cpp.
Action addAllocate(CLI::App &command);
Action addBench(CLI::App &command);
Action addCompare(CLI::App &command);
Action addEvaluate(CLI::App &command);
Action addInspect(CLI::App &command);
Action addModels(CLI::App &command);
Action addQuantize(CLI::App &command);
Action addReplay(CLI::App &command);
Action addScore(CLI::App &command);
Action addSensitivity(CLI::App &command);
Action addTrain(CLI::App &command);
Action addTune(CLI::App &command);
Action addUpscale(CLI::App &command);

} // namespace bitlens::cli
