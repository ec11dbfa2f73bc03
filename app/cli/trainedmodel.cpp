// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/trainedmodel.h"

#include "app/cli/environment.h"

#include "engine/compare/evaluation.h"
#include "engine/image/codec.h"
#include "engine/image/resample.h"
#include "engine/model/reader.h"
#include "engine/train/interpolation.h"
#include "engine/train/lpips.h"
#include "engine/train/modelcard.h"
#include "engine/train/trainer.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace fs = std::filesystem;

namespace bitlens::cli {

namespace {

/// The last part of a path, whether or not it ends with a separator.
std::string nameOf(const std::string &path)
{
    const fs::path plain = fs::path(path).lexically_normal();
    return (plain.has_filename() ? plain.filename() : plain.parent_path().filename()).string();
}

std::size_t countImages(const std::string &folder)
{
    std::error_code error;
    std::size_t count = 0;
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
        if (it->is_regular_file() && image::looksLikeImage(it->path().string()))
            ++count;
    return count;
}

/// The options as they were given; of paths only the names, which are all that others can use.
std::string commandText(const CLI::App &command)
{
    std::string text = "bitlens " + command.get_name();
    for (const CLI::Option *option : command.get_options()) {
        if (option->count() == 0)
            continue;
        const bool isFlag = option->get_expected_max() == 0;
        const std::string name = option->get_positional() ? std::string() : option->get_name();
        if (isFlag) {
            text += " " + name;
            continue;
        }
        for (const std::string &value : option->results()) {
            const bool isPath = value.find('/') != std::string::npos;
            const std::string shown = isPath ? nameOf(value) : value;
            const bool quoted = shown.find(' ') != std::string::npos;
            text += (name.empty() ? std::string() : " " + name) + " " + (quoted ? "\"" + shown + "\"" : shown);
        }
    }
    return text;
}

train::ModelCard::Figures figuresOf(const model::GeneratorPtr &generator, const std::string &set,
                                    const std::shared_ptr<const train::Lpips> &lpips, int threads)
{
    const train::Validation validation(validationPairs(set, generator->scale), lpips, threads);
    const int scale = generator->scale;
    const auto bicubic = [scale](const image::Image &low) {
        return image::resizeBicubic(low, {scale * low.width(), scale * low.height()});
    };
    return {nameOf(set), validation.run(generator).scores, validation.run(bicubic, scale).scores};
}

} // namespace

void addTrainedModelOptions(CLI::App &command, TrainedModelOptions &options)
{
    command
        .add_option("--export", options.path,
                    "Write the best weights as FP16 (safetensors) when done, and a card beside them (.md)")
        ->type_name("FILE");
    command
        .add_option("--mix-with", options.mixedWith,
                    "For --export: weights between the best ones and those of this model of the same shape, like the "
                    "one before the adversarial phases (network interpolation)")
        ->type_name("MODEL");
    command.add_option("--mix-share", options.mixedShare, "Share of that model")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command.add_option("--card-title", options.title, "Heading of the card");
    command.add_option("--card-set", options.sets, "Folders with HR and LRx4 (or LRx2) whose figures go into the card")
        ->type_name("DIR");
    command.add_option("--card-note", options.notes, "Paragraphs for the card: licences, how the run came about")
        ->type_name("TEXT");
    command.callback([&command, &options] { options.command = commandText(command); });
}

void exportTrainedModel(const TrainedModelOptions &options, Environment &environment)
{
    const std::string trained = (fs::path(options.folder) / train::kTrainedName).string();
    model::Generator best = *model::readGenerator(trained);
    if (!options.mixedWith.empty())
        best = train::interpolated(std::move(best), *model::readGenerator(options.mixedWith), options.mixedShare);
    const auto generator = std::make_shared<const model::Generator>(train::roundedToHalf(std::move(best)));
    std::shared_ptr<const train::Lpips> lpips;
    if (!options.backbone.empty())
        lpips = std::make_shared<const train::Lpips>(options.backbone, options.heads);
    train::ModelCard card;
    card.title = options.title.empty() ? fs::path(options.path).stem().string() : options.title;
    const std::size_t photos = options.photoCount > 0 ? options.photoCount : countImages(options.photos);
    card.data = fmt::format("{} photographs of the folder \"{}\"", photos, nameOf(options.photos));
    card.notes = options.notes;
    card.command = options.command;
    card.describeRun(options.folder);
    const base::Job job = environment.newJob();
    for (const std::string &set : options.sets) {
        job.cancel.throwIfCancelled();
        card.figures.push_back(figuresOf(generator, set, lpips, environment.pool(0).threads()));
    }
    train::writeModelWithCard(*generator, card, options.path);
    environment.print(options.path);
}

std::vector<train::ValidationPair> validationPairs(const std::string &folder, int scale)
{
    std::vector<train::ValidationPair> pairs;
    if (folder.empty())
        return pairs;
    for (const compare::EvaluationPair &pair : compare::evaluationPairs(folder, scale))
        pairs.push_back({pair.name, image::readImage(pair.low), image::readImage(pair.high)});
    return pairs;
}

} // namespace bitlens::cli
