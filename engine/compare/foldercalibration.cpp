// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/foldercalibration.h"

#include "engine/base/file.h"
#include "engine/compare/calibrationstore.h"
#include "engine/compare/selfcalibration.h"
#include "engine/image/codec.h"
#include "engine/run/floatrunner.h"

namespace bitlens::compare {

namespace {

/// A calibration that is asked for may take some times longer than the one made in passing.
constexpr std::size_t kPatience = 4;
constexpr double kReadingShare = 0.1;

std::size_t pixelsOfEach(const model::Generator &generator, std::size_t files)
{
    return kPatience * calibrationPixels(generator) / files;
}

std::vector<image::Planes> partsOf(const std::vector<std::string> &files, std::size_t pixels, const base::Job &job)
{
    // Only the chosen parts are kept: thirty large photos would not fit into memory.
    std::vector<image::Planes> pictures;
    for (std::size_t i = 0; i < files.size(); ++i) {
        job.cancel.throwIfCancelled();
        job.report(static_cast<double>(i) / static_cast<double>(files.size()), "reading " + files[i]);
        const image::Image picture = image::readImage(files[i]);
        for (image::Planes &part : calibrationPictures(std::span(&picture, 1), pixels))
            pictures.push_back(std::move(part));
    }
    return pictures;
}

} // namespace

std::vector<image::Planes> folderPictures(const std::string &path, const model::Generator &generator,
                                          const base::Job &job)
{
    const std::vector<std::string> files = chosenImages(path).files;
    return partsOf(files, pixelsOfEach(generator, files.size()), job);
}

std::shared_ptr<const quant::Calibration> calibrateOn(const std::string &path, const model::GeneratorPtr &generator,
                                                      const base::ThreadPool &pool, const base::Job &job,
                                                      CalibrationStore *store)
{
    const std::vector<std::string> files = chosenImages(path).files;
    const std::size_t pixels = pixelsOfEach(*generator, files.size());
    const auto make = [&] {
        const std::vector<image::Planes> pictures = partsOf(files, pixels, job.part(0.0, kReadingShare));
        run::FloatRunner runner(generator, pool.threads());
        quant::Calibration calibration = quant::calibrateMinMax(*generator, run::floatForward(runner, job.cancel),
                                                                pictures, job.part(kReadingShare, 1.0));
        job.cancel.throwIfCancelled();
        return calibration;
    };
    if (!store)
        return std::make_shared<const quant::Calibration>(make());
    CalibrationInputs inputs{generator, {}, pixels, pool.threads()};
    for (const std::string &file : files) {
        job.cancel.throwIfCancelled();
        inputs.pictures.push_back(base::sha256(base::readFile(file)));
    }
    return store->obtain(inputs, make);
}

} // namespace bitlens::compare
