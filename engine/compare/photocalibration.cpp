// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/photocalibration.h"

#include "engine/compare/selfcalibration.h"
#include "engine/run/floatrunner.h"
#include "engine/train/photoset.h"

#include <algorithm>
#include <span>
#include <vector>

namespace bitlens::compare {

namespace {

constexpr std::size_t kMostPhotos = 32;
/// Tuning takes minutes: its ranges may take some times longer than those made in passing.
constexpr std::size_t kPatience = 4;

} // namespace

std::shared_ptr<const quant::Calibration> calibrateOnPhotos(const train::PhotoSet &photos,
                                                            const model::GeneratorPtr &generator,
                                                            const base::ThreadPool &pool, const base::Job &job)
{
    const std::size_t count = std::min(photos.size(), kMostPhotos);
    const std::size_t share = kPatience * calibrationPixels(*generator) / std::max<std::size_t>(1, count);
    std::vector<image::Planes> pictures;
    for (std::size_t i = 0; i < count; ++i)
        for (image::Planes &part :
             calibrationPictures(std::span(&photos.photo(i * photos.size() / count).low, 1), share))
            pictures.push_back(std::move(part));
    run::FloatRunner runner(generator, pool.threads());
    return std::make_shared<quant::Calibration>(
        quant::calibrateMinMax(*generator, run::floatForward(runner, job.cancel), pictures, job));
}

} // namespace bitlens::compare
