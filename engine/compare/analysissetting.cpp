// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/analysissetting.h"

#include "engine/base/error.h"
#include "engine/compare/calibrationstore.h"
#include "engine/compare/imagefolder.h"
#include "engine/compare/selfcalibration.h"
#include "engine/image/codec.h"
#include "engine/run/floatrunner.h"

#include <algorithm>
#include <iterator>
#include <span>

#include <fmt/format.h>

namespace bitlens::compare {

namespace {

CalibrationInputs inputsOf(const model::GeneratorPtr &generator, const std::vector<image::Image> &pictures, int threads)
{
    CalibrationInputs inputs{generator, {}, calibrationPixels(*generator), threads};
    for (const image::Image &picture : pictures)
        inputs.pictures.push_back(pictureDigest(picture));
    return inputs;
}

/// The smallest side of images, from their headers.
int smallestSide(const std::vector<std::string> &files)
{
    int smallest = 0;
    for (const std::string &file : files) {
        const image::Size size = image::readImageInfo(file).size;
        const int side = std::min(size.width, size.height);
        if (side < search::kSmallestProbeSide)
            throw base::Error(base::ErrorCode::InvalidArgument, file,
                              fmt::format("is too small to analyse on: {} pixels on each side are needed",
                                          search::kSmallestProbeSide));
        smallest = smallest == 0 ? side : std::min(smallest, side);
    }
    return smallest;
}

} // namespace

AnalysisSetting makeAnalysisSetting(const model::GeneratorPtr &generator, const std::vector<image::Image> &pictures,
                                    std::shared_ptr<const quant::Calibration> calibration,
                                    const std::optional<search::ProbeShape> &shape, const base::ThreadPool &pool,
                                    const base::Job &job, CalibrationStore *store)
{
    if (!generator)
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "no model is loaded");
    AnalysisSetting setting;
    setting.generator = generator;
    setting.pictures = search::probePictures(pictures, *generator, shape.value_or(search::suitableShape(*generator)));
    setting.images = std::min(pictures.size(), setting.pictures.size());
    setting.imagesAvailable = pictures.size();
    setting.calibration = std::move(calibration);
    if (!setting.calibration) {
        const auto make = [&] {
            run::FloatRunner runner(generator, pool.threads());
            return quant::calibrateMinMax(*generator, run::floatForward(runner, job.cancel),
                                          calibrationPictures(pictures, calibrationPixels(*generator)), job);
        };
        setting.calibration = store ? store->obtain(inputsOf(generator, pictures, pool.threads()), make)
                                    : std::make_shared<const quant::Calibration>(make());
    }
    return setting;
}

AnalysisSetting folderAnalysisSetting(const model::GeneratorPtr &generator, const std::string &images,
                                      const search::ProbeShape &shape, const base::Job &job)
{
    if (!generator)
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "no model is loaded");
    const ChosenImages chosen = chosenImages(images);
    const auto wanted = static_cast<std::size_t>(std::max(shape.count, 1));
    const std::vector<std::string> files = evenlyChosen(chosen.files, wanted);
    const int side = std::min(shape.side, smallestSide(files));
    AnalysisSetting setting;
    setting.generator = generator;
    setting.images = files.size();
    setting.imagesAvailable = chosen.available;
    for (std::size_t i = 0; i < files.size(); ++i) {
        job.cancel.throwIfCancelled();
        job.report(static_cast<double>(i) / static_cast<double>(files.size()), "reading " + files[i]);
        // The crops that this image has among all images of the same call to probePictures.
        const std::size_t share = (i + 1) * wanted / files.size() - i * wanted / files.size();
        const image::Image picture = image::readImage(files[i]);
        std::vector<image::Planes> crops =
            search::probePictures(std::span(&picture, 1), *generator, {static_cast<int>(share), side});
        std::move(crops.begin(), crops.end(), std::back_inserter(setting.pictures));
    }
    return setting;
}

} // namespace bitlens::compare
