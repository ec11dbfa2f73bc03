// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/command.h"
#include "app/cli/commandline.h"
#include "app/cli/environment.h"

#include "engine/compare/reportjson.h"
#include "engine/model/catalogue.h"
#include "engine/score/mamodelstore.h"
#include "ui/format.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace bitlens::cli {

namespace {

/// The model behind the Ma score is fetched like a generator, but lies elsewhere.
constexpr const char *kMaModel = "ma";

struct ModelsOptions {
    std::string name;
    bool json = false;
    CLI::App *list = nullptr;
    CLI::App *get = nullptr;
    CLI::App *path = nullptr;
};

std::string listText()
{
    std::string text;
    for (const model::CatalogueModel &known : model::catalogue()) {
        const std::string path = model::modelPath(known);
        text += fmt::format("{}\n  {} ({}, x{})\n  licence: {}\n  {}\n", known.name, known.title, known.architecture,
                            known.scale, known.licence,
                            path.empty() ? fmt::format("not installed; download {}: bitlens models get {}",
                                                       ui::formatBytes(known.packageBytes).toStdString(), known.name)
                                         : "installed: " + path);
    }
    const std::string ma = score::findMaModel();
    text += fmt::format("{}\n  Ma's quality model, for the Ma and PI scores\n  {}", kMaModel,
                        ma.empty() ? "not installed: bitlens models get ma" : "installed: " + ma);
    return text;
}

std::string listJson()
{
    compare::Json json;
    json["schema"] = compare::kJsonSchema;
    json["models"] = compare::Json::array();
    for (const model::CatalogueModel &known : model::catalogue()) {
        const std::string path = model::modelPath(known);
        json["models"].push_back({{"name", known.name},
                                  {"title", known.title},
                                  {"architecture", known.architecture},
                                  {"scale", known.scale},
                                  {"licence", known.licence},
                                  {"path", path.empty() ? compare::Json(nullptr) : compare::Json(path)}});
    }
    return json.dump(2);
}

int getModel(const std::string &name, Environment &environment)
{
    const base::Job job = environment.newJob();
    environment.print(name == kMaModel ? score::fetchMaModel(job) : model::fetchModel(name, job));
    return kExitDone;
}

int printPath(const std::string &name, Environment &environment)
{
    if (name.empty()) {
        environment.print(model::modelsFolder());
        return kExitDone;
    }
    const std::string path = name == kMaModel ? score::findMaModel() : model::modelPath(name);
    if (path.empty())
        throw base::Error(base::ErrorCode::NotFound, name, "is not installed; get it with: bitlens models get " + name);
    environment.print(path);
    return kExitDone;
}

} // namespace

Action addModels(CLI::App &command)
{
    auto options = std::make_shared<ModelsOptions>();
    command.require_subcommand(0, 1);
    options->list = command.add_subcommand("list", "Known models, their licences, and which are installed");
    options->list->add_flag("--json", options->json, "Print the list as JSON");
    options->get = command.add_subcommand("get", "Fetch a model and verify it");
    options->get->add_option("NAME", options->name, "Name in the list")->required();
    options->path = command.add_subcommand("path", "Where a model's file is, or the folder of all");
    options->path->add_option("NAME", options->name, "Name in the list");
    return [options](Environment &environment) {
        if (options->get->parsed())
            return getModel(options->name, environment);
        if (options->path->parsed())
            return printPath(options->name, environment);
        environment.print(options->json ? listJson() : listText());
        return kExitDone;
    };
}

} // namespace bitlens::cli
