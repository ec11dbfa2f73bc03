// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/image/image.h"
#include "engine/model/generator.h"
#include "engine/quant/calibration.h"
#include "engine/search/probepictures.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bitlens::compare {

class CalibrationStore;

/// What pictures and ranges an analysis of a generator works with.
struct AnalysisSetting {
    model::GeneratorPtr generator;
    std::vector<image::Planes> pictures; ///< crops, all of one size
    std::shared_ptr<const quant::Calibration> calibration;
    std::size_t images = 0;          ///< that the crops are of
    std::size_t imagesAvailable = 0; ///< that these were chosen from
};

/// Takes crops from pictures and, where `calibration` is null, min-max ranges from the pictures (those that `store`
/// keeps of them, if it is not null). Without `shape`, search::suitableShape. Throws base::Error, base::Cancelled.
AnalysisSetting makeAnalysisSetting(const model::GeneratorPtr &generator, const std::vector<image::Image> &pictures,
                                    std::shared_ptr<const quant::Calibration> calibration,
                                    const std::optional<search::ProbeShape> &shape, const base::ThreadPool &pool,
                                    const base::Job &job, CalibrationStore *store = nullptr);

/// The crops of a folder of images (or of one image) without ranges: of as many of chosenImages as there are crops,
/// evenly spread, of which one at a time is in memory. Throws base::Error, naming the image that cannot be read or is
/// too small, and base::Cancelled.
AnalysisSetting folderAnalysisSetting(const model::GeneratorPtr &generator, const std::string &images,
                                      const search::ProbeShape &shape, const base::Job &job);

} // namespace bitlens::compare
