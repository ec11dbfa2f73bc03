// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/foldercalibration.h"

#include "engine/base/file.h"
#include "engine/compare/calibrationstore.h"
#include "engine/compare/selfcalibration.h"
#include "engine/image/codec.h"
#include "engine/run/floatrunner.h"

#include <fmt/format.h>

namespace bitlens::compare {

namespace {

/// A calibration that is asked for may take some times longer than the one made in passing.
constexpr std::size_t kPatience = 4;
constexpr double kReadingShare = 0.1;
constexpr double kSeenShare = 0.5; ///< where a search follows

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
                                                      CalibrationStore *store, const RangeWish &ranges)
{
    const std::vector<std::string> files = chosenImages(path).files;
    const std::size_t pixels = pixelsOfEach(*generator, files.size());
    const auto make = [&] {
        const std::vector<image::Planes> pictures = partsOf(files, pixels, job.part(0.0, kReadingShare));
        run::FloatRunner runner(generator, pool.threads());
        const quant::FloatForward forward = run::floatForward(runner, job.cancel);
        const bool isSearched = ranges.method != quant::RangeMethod::MinMax;
        const double seen = isSearched ? kSeenShare : 1.0;
        quant::Calibration calibration =
            quant::calibrateMinMax(*generator, forward, pictures, job.part(kReadingShare, seen));
        job.cancel.throwIfCancelled();
        if (isSearched)
            calibration =
                quant::searchRanges(*generator, calibration, forward, pictures, job.part(seen, 1.0),
                                    {.searchClipping = ranges.method == quant::RangeMethod::Mse, .bits = ranges.bits});
        return calibration;
    };
    if (!store)
        return std::make_shared<const quant::Calibration>(make());
    CalibrationInputs inputs{generator, {}, pixels, pool.threads()};
    if (ranges.method != quant::RangeMethod::MinMax)
        inputs.search =
            fmt::format("{} for W{} A{}", rangeMethodName(ranges.method), ranges.bits.weight, ranges.bits.activation);
    for (const std::string &file : files) {
        job.cancel.throwIfCancelled();
        inputs.pictures.push_back(base::sha256(base::readFile(file)));
    }
    return store->obtain(inputs, make);
}

} // namespace bitlens::compare
