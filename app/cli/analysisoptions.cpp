// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/analysisoptions.h"

#include "app/cli/command.h"

#include "engine/compare/foldercalibration.h"
#include "engine/compare/sharedwork.h"
#include "engine/image/codec.h"
#include "engine/train/ranks.h"

#include <CLI/CLI.hpp>

namespace bitlens::cli {

void AnalysisOptions::addTo(CLI::App &command)
{
    auto *argument = command.add_option("MODEL", modelArgument, "Catalogue name or weight file");
    model.addModel(command);
    command.get_option("--model")->excludes(argument);
    command.add_option("--images", images, "Folder of images, or one image, to analyse on")
        ->required()
        ->type_name("DIR");
    model.addCalibrate(command);
    command.add_option("--crops", crops, "Crops to analyse on (default: 8)")
        ->check(CLI::Range(1, 10000).description(""))
        ->type_name("N");
    command.add_option("--crop-size", side, "Side of a crop in input pixels (default: 48, 32 for large generators)")
        ->check(CLI::Range(search::kSmallestProbeSide, 4096).description(""))
        ->type_name("PIXELS");
    model.addThreads(command);
}

compare::AnalysisSetting analysisSetting(const AnalysisOptions &options, Environment &environment,
                                         const train::Ranks *ranks)
{
    ModelOptions modelOptions = options.model;
    if (!options.modelArgument.empty())
        modelOptions.model = options.modelArgument;
    ModelChoice choice = chooseModel(modelOptions, quant::kDefaultPreset);
    if (choice.packed)
        throw base::Error(base::ErrorCode::InvalidArgument, choice.generator->source,
                          "is quantized already: name the FP32 model it was made of");
    std::vector<image::Image> pictures;
    for (const std::string &file : compare::imagesOf(options.images)) {
        pictures.push_back(image::readImage(file));
        if (const auto size = pictures.back().size(); std::min(size.width, size.height) < search::kSmallestProbeSide)
            throw base::Error(base::ErrorCode::InvalidArgument, file,
                              "is too small to analyse on: 16 pixels on each side are needed");
    }
    search::ProbeShape shape = search::suitableShape(*choice.generator);
    shape.count = options.crops > 0 ? options.crops : shape.count;
    shape.side = options.side > 0 ? options.side : shape.side;
    const auto settingWith = [&](const std::shared_ptr<const quant::Calibration> &calibration) {
        return compare::makeAnalysisSetting(choice.generator, pictures, calibration, shape,
                                            environment.pool(options.model.threads), environment.newJob(),
                                            environment.calibrations(options.model.cache).get());
    };
    if (ranks == nullptr || ranks->count() == 1) {
        calibrateChoice(choice, modelOptions, environment);
        return settingWith(choice.calibration);
    }
    return settingWith(compare::sharedCalibration(*ranks, *choice.generator, [&] {
        calibrateChoice(choice, modelOptions, environment);
        return settingWith(choice.calibration).calibration;
    }));
}

} // namespace bitlens::cli
