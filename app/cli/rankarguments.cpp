// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/rankarguments.h"

#include "app/cli/command.h"
#include "app/cli/environment.h"

#include <CLI/CLI.hpp>

namespace bitlens::cli {

void addRankOptions(CLI::App &command, RankArguments &arguments)
{
    command
        .add_option("--ranks", arguments.count,
                    "Processes that share the work; without it torchrun's WORLD_SIZE, RANK, MASTER_ADDR, MASTER_PORT")
        ->check(CLI::Range(1, 4096));
    command.add_option("--rank", arguments.rank, "Which of them this one is, from 0; rank 0 writes the files")
        ->check(CLI::NonNegativeNumber);
    command.add_option("--rendezvous", arguments.rendezvous, "Where rank 0 waits for the others")
        ->type_name("HOST:PORT");
    command.add_option("--rank-timeout", arguments.timeoutSeconds, "Seconds after which a silent rank counts as lost")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
}

std::shared_ptr<const train::Ranks> meetRanks(const RankArguments &arguments, Environment &environment)
{
    train::RankOptions options = train::RankOptions::fromEnvironment();
    if (arguments.count == 0 && (arguments.rank >= 0 || !arguments.rendezvous.empty()))
        throw UsageError("--rank and --rendezvous need --ranks N");
    if (arguments.count > 0) {
        if (arguments.count > 1 && (arguments.rank < 0 || arguments.rendezvous.empty()))
            throw UsageError("--ranks N needs --rank R and --rendezvous HOST:PORT");
        options.count = arguments.count;
        options.rank = arguments.count > 1 ? arguments.rank : 0;
        if (!arguments.rendezvous.empty())
            options.setRendezvous(arguments.rendezvous);
    }
    options.timeoutSeconds = arguments.timeoutSeconds;
    return std::make_shared<const train::Ranks>(options, environment.newJob());
}

} // namespace bitlens::cli
