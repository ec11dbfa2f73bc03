// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/compare/imagefolder.h"
#include "engine/model/generator.h"
#include "engine/quant/calibration.h"
#include "engine/quant/rangesearch.h"

#include <memory>
#include <string>
#include <vector>

namespace bitlens::compare {

class CalibrationStore;

/// What calibrateOn looks at: parts (3,H,W) of images of a folder. Throws base::Error, base::Cancelled.
std::vector<image::Planes> folderPictures(const std::string &path, const model::Generator &generator,
                                          const base::Job &job);

/// How ranges are to be found; methods that search do so for the widths `bits`.
struct RangeWish {
    quant::RangeMethod method = quant::RangeMethod::MinMax;
    quant::LayerBits bits{};
};

/// Ranges from the images of a folder (or one image): those of chosenImages, and parts of each where they are large
/// (see calibrationPictures); taken from `store` where it has them for the same contents of the same files. Null: there
/// is no store. Throws base::Error, base::Cancelled.
std::shared_ptr<const quant::Calibration> calibrateOn(const std::string &path, const model::GeneratorPtr &generator,
                                                      const base::ThreadPool &pool, const base::Job &job,
                                                      CalibrationStore *store = nullptr, const RangeWish &ranges = {});

} // namespace bitlens::compare
