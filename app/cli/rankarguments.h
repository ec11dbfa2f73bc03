// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/train/ranks.h"

#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace bitlens::cli {

class Environment;

/// What the command line says about the processes that share the work.
struct RankArguments {
    int count = 0; ///< 0: what the environment variables of torchrun say
    int rank = -1;
    std::string rendezvous;
    int timeoutSeconds = 900;
};

/// Adds --ranks, --rank, --rendezvous and --rank-timeout.
void addRankOptions(CLI::App &command, RankArguments &arguments);

/// Meets the other ranks, or returns at once where there are none. Throws UsageError and base::Error.
std::shared_ptr<const train::Ranks> meetRanks(const RankArguments &arguments, Environment &environment);

} // namespace bitlens::cli
