// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/command.h"
#include "app/cli/commandline.h"
#include "app/cli/modelchoice.h"

#include "engine/model/inspect.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace bitlens::cli {

namespace {

struct InspectOptions {
    ModelOptions model;
    bool json = false;
};

int inspect(const InspectOptions &options, Environment &environment)
{
    const ModelChoice choice = chooseModel(options.model, quant::kDefaultPreset);
    std::string text = options.json ? model::inspectJson(*choice.generator) : model::inspectText(*choice.generator);
    while (text.ends_with('\n'))
        text.pop_back();
    environment.print(text);
    return kExitDone;
}

} // namespace

Action addInspect(CLI::App &command)
{
    auto options = std::make_shared<InspectOptions>();
    command.add_option("MODEL", options->model.model, "Catalogue name or weight file")->required();
    command.add_flag("--json", options->json, "Print the description as JSON");
    return [options](Environment &environment) { return inspect(*options, environment); };
}

} // namespace bitlens::cli
