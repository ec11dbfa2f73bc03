// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/commandline.h"

#include "app/cli/command.h"
#include "app/cli/environment.h"
#include "app/cli/interruption.h"

#include <CLI/CLI.hpp>
#include <QtGlobal>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace bitlens::cli {

namespace {

struct CommandEntry {
    const char *name;
    const char *description;
    Action (*add)(CLI::App &command);
};

/// Every command, in the order of --help.
constexpr std::array<CommandEntry, 13> kCommands{{
    {"upscale", "Enlarge images with a generator, in FP32 or quantized", addUpscale},
    {"compare", "Run FP32 and quantized on one image and show every readout", addCompare},
    {"replay", "Make the comparison of a bundle again and say whether every pixel is the same", addReplay},
    {"evaluate", "Mean quality over a folder of test pairs (DIR/HR and DIR/LRx4)", addEvaluate},
    {"score", "Quality of images: NIQE, Ma, PI, BRISQUE; PSNR and SSIM to a reference", addScore},
    {"bench", "Time FP32 against quantized, run by turns", addBench},
    {"inspect", "What a model file holds: architecture, stages, layers", addInspect},
    {"sensitivity", "What quantizing each layer or stage costs: measured or estimated", addSensitivity},
    {"allocate", "Choose the bits of every layer for a budget of size, time or loss", addAllocate},
    {"quantize", "Write a quantized model as a packed file", addQuantize},
    {"train", "Train a generator on photographs: content phases, then adversarial ones", addTrain},
    {"tune", "Quantization-aware training: a quantized model learns from its FP32 one", addTune},
    {"models", "The catalogue of models: list, get, path", addModels},
}};

std::string versionText()
{
    return fmt::format("bitlens {}\nQt {}\nLibTorch {}\nOpenCV {}", BITLENS_VERSION, qVersion(), BITLENS_TORCH_VERSION,
                       BITLENS_OPENCV_VERSION);
}

bool isOneOf(std::string_view argument, std::initializer_list<std::string_view> names)
{
    return std::find(names.begin(), names.end(), argument) != names.end();
}

/// Runs an action and turns whatever it throws into a message and an exit code.
int guarded(const Action &action, Environment &environment, const std::string &command)
{
    try {
        try {
            return action(environment);
        } catch (const UsageError &error) {
            environment.warn(fmt::format("{}\nTry: bitlens {} --help", error.what(), command));
            return kExitUsage;
        } catch (...) {
            environment.report(base::currentExceptionAsError());
            return kExitFailed;
        }
    } catch (const base::Cancelled &) {
        environment.warn("cancelled");
        return kExitCancelled;
    }
}

} // namespace

bool isCommandLine(int argc, char **argv)
{
    if (argc < 2)
        return false;
    const std::string_view first = argv[1];
    if (isOneOf(first, {"--help", "-h", "--version", "-V", "help"}))
        return true;
    return std::any_of(kCommands.begin(), kCommands.end(),
                       [first](const CommandEntry &entry) { return first == entry.name; });
}

int runCommandLine(int argc, char **argv)
{
    CLI::App app("See what each bit buys: run an SRGAN or ESRGAN generator in FP32 and quantized in mixed precision,\n"
                 "side by side.\n\n"
                 "  bitlens [FILE...]          opens the window\n"
                 "  bitlens COMMAND --help     tells about a command",
                 "bitlens");
    app.set_help_flag("-h,--help", "Show this help and exit");
    app.set_version_flag("-V,--version", versionText(), "Show the versions of the program and its libraries and exit");
    app.get_formatter()->column_width(34);
    app.require_subcommand(1);
    app.footer("Exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled.");

    std::vector<Action> actions;
    std::vector<CLI::App *> commands;
    for (const CommandEntry &entry : kCommands) {
        CLI::App *command = app.add_subcommand(entry.name, entry.description);
        command->set_help_flag("-h,--help", "Show this help and exit");
        actions.push_back(entry.add(*command));
        commands.push_back(command);
    }
    try {
        std::vector<char *> arguments(argv, argv + argc);
        std::string helpFlag = "--help";
        if (argc > 1 && std::string_view(argv[1]) == "help")
            arguments[1] = helpFlag.data();
        app.parse(static_cast<int>(arguments.size()), arguments.data());
    } catch (const CLI::Success &success) {
        return app.exit(success); // --help and --version
    } catch (const CLI::ParseError &error) {
        const auto used = app.get_subcommands();
        std::fprintf(stderr, "bitlens: %s\nTry: bitlens %s--help\n", error.what(),
                     used.empty() ? "" : (used.front()->get_name() + ' ').c_str());
        return kExitUsage;
    }

    const base::CancelToken cancel;
    const Interruption interruption(cancel);
    Environment environment(cancel);
    for (std::size_t i = 0; i < commands.size(); ++i)
        if (commands[i]->parsed())
            return guarded(actions[i], environment, commands[i]->get_name());
    return kExitUsage;
}

} // namespace bitlens::cli
