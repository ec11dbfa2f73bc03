// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/foldercalibration.h"

#include "engine/base/error.h"
#include "engine/compare/selfcalibration.h"
#include "engine/image/codec.h"
#include "engine/run/floatrunner.h"

#include <algorithm>
#include <filesystem>

namespace bitlens::compare {

namespace {

constexpr std::size_t kMostImages = 32;
/// A calibration that is asked for may take some times longer than the one made in passing.
constexpr std::size_t kPatience = 4;
constexpr double kReadingShare = 0.1;

} // namespace

std::vector<std::string> imagesOf(const std::string &path)
{
    namespace fs = std::filesystem;
    std::error_code error;
    if (!fs::is_directory(path, error))
        return {path};
    std::vector<std::string> images;
    for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error))
        if (entry->is_regular_file(error) && image::looksLikeImage(entry->path().string()))
            images.push_back(entry->path().string());
    if (images.empty())
        throw base::Error(base::ErrorCode::NotFound, path, "there are no images in this folder");
    std::sort(images.begin(), images.end());
    return images;
}

std::shared_ptr<const quant::Calibration> calibrateOn(const std::string &path, const model::GeneratorPtr &generator,
                                                      const base::ThreadPool &pool, const base::Job &job)
{
    const std::vector<std::string> files = imagesOf(path);
    const std::size_t count = std::min(files.size(), kMostImages);
    const std::size_t share = kPatience * calibrationPixels(*generator) / count;
    // Only the chosen parts are kept: thirty large photos would not fit into memory.
    std::vector<image::Planes> pictures;
    for (std::size_t i = 0; i < count; ++i) {
        job.cancel.throwIfCancelled();
        const std::string &file = files[i * files.size() / count];
        job.report(kReadingShare * static_cast<double>(i) / static_cast<double>(count), "reading " + file);
        const image::Image picture = image::readImage(file);
        for (image::Planes &part : calibrationPictures(std::span(&picture, 1), share))
            pictures.push_back(std::move(part));
    }
    run::FloatRunner runner(generator, pool.threads());
    auto calibration = std::make_shared<quant::Calibration>(quant::calibrateMinMax(
        *generator, run::floatForward(runner, job.cancel), pictures, job.part(kReadingShare, 1.0)));
    job.cancel.throwIfCancelled();
    return calibration;
}

} // namespace bitlens::compare
