// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/model/generator.h"
#include "engine/quant/calibration.h"

#include <memory>

namespace bitlens::train {
class PhotoSet;
}

namespace bitlens::compare {

/// Min-max ranges from the small versions of photographs, which is what a model that is tuned on them sees (full-size
/// photographs are smoother a pixel, and their ranges measured 1 dB worse on Set5): at most 32 of them, evenly chosen,
/// and parts of each where they are large. Throws base::Error, base::Cancelled.
std::shared_ptr<const quant::Calibration> calibrateOnPhotos(const train::PhotoSet &photos,
                                                            const model::GeneratorPtr &generator,
                                                            const base::ThreadPool &pool, const base::Job &job);

} // namespace bitlens::compare
