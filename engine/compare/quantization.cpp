// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/quantization.h"

#include "engine/compare/foldercalibration.h"
#include "engine/run/roundingfeedback.h"

namespace bitlens::compare {

quant::QuantizedModelPtr quantizeOn(const QuantizationRequest &request, const base::ThreadPool &pool,
                                    const base::Job &job, CalibrationStore *store)
{
    constexpr double kCalibrationShare = 0.3;
    constexpr double kReadingShare = 0.35;
    const auto calibration =
        calibrateOn(request.images, request.generator, pool, job.part(0.0, kCalibrationShare), store);
    quant::QuantizedModelPtr model = quant::quantize(request.generator, request.plan, *calibration);
    job.cancel.throwIfCancelled();
    if (!request.feedback || request.plan.isAllFloat())
        return model;
    const std::vector<image::Planes> pictures =
        folderPictures(request.images, *request.generator, job.part(kCalibrationShare, kReadingShare));
    return run::roundWithFeedback(model, pictures, pool, job.part(kReadingShare, 1.0));
}

} // namespace bitlens::compare
