// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/analysisoptions.h"

#include "app/cli/command.h"

#include "engine/compare/sharedwork.h"
#include "engine/train/ranks.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace bitlens::cli {

void AnalysisOptions::addTo(CLI::App &command)
{
    auto *argument = command.add_option("MODEL", modelArgument, "Catalogue name or weight file");
    model.addModel(command);
    command.get_option("--model")->excludes(argument);
    command.add_option("--images", images, "Folder of images, or one image, to analyse on")
        ->required()
        ->type_name("DIR");
    model.addCalibrate(command, "default: those of --images");
    command.add_option("--crops", crops, "Crops to analyse on (default: 8)")
        ->check(CLI::Range(1, 10000).description(""))
        ->type_name("N");
    command
        .add_option("--crop-size", side,
                    "Side of a crop in input pixels (default: 48, 32 for large generators; larger where NIQE needs it)")
        ->check(CLI::Range(search::kSmallestProbeSide, 4096).description(""))
        ->type_name("PIXELS");
    model.addThreads(command);
}

compare::AnalysisSetting analysisSetting(const AnalysisOptions &options, Environment &environment,
                                         const train::Ranks *ranks, bool forNiqe)
{
    ModelOptions modelOptions = options.model;
    if (!options.modelArgument.empty())
        modelOptions.model = options.modelArgument;
    ModelChoice choice = chooseModel(modelOptions, quant::kDefaultPreset);
    if (choice.packed)
        throw base::Error(base::ErrorCode::InvalidArgument, choice.generator->source,
                          "is quantized already: name the FP32 model it was made of");
    search::ProbeShape shape =
        forNiqe ? search::suitableShapeForNiqe(*choice.generator) : search::suitableShape(*choice.generator);
    shape.count = options.crops > 0 ? options.crops : shape.count;
    shape.side = options.side > 0 ? options.side : shape.side;
    compare::AnalysisSetting setting =
        compare::folderAnalysisSetting(choice.generator, options.images, shape, environment.newJob());
    if (modelOptions.calibrate.empty())
        modelOptions.calibrate = options.images;
    const auto ranges = [&] {
        calibrateChoice(choice, modelOptions, environment);
        return choice.calibration;
    };
    setting.calibration = ranks == nullptr ? ranges() : compare::sharedCalibration(*ranks, *choice.generator, ranges);
    return setting;
}

std::string picturesText(const compare::AnalysisSetting &setting)
{
    const image::Planes &first = setting.pictures.front();
    std::string text = fmt::format("{} crops of {}x{}", setting.pictures.size(), first.width(), first.height());
    if (setting.imagesAvailable > 1)
        text += fmt::format(" from {} of {} images", setting.images, setting.imagesAvailable);
    return text;
}

} // namespace bitlens::cli
