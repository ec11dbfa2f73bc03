// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/quantization.h"

#include "engine/compare/calibrationstore.h"
#include "engine/compare/foldercalibration.h"
#include "engine/compare/roundingstore.h"
#include "engine/run/roundingfeedback.h"
#include "engine/train/reconstruction.h"

namespace bitlens::compare {

std::string roundingName(Rounding rounding)
{
    switch (rounding) {
    case Rounding::Feedback:
        return "feedback";
    case Rounding::Blocks:
        return "blocks";
    case Rounding::Nearest:
        break;
    }
    return "nearest";
}

quant::QuantizedModelPtr quantizeOn(const QuantizationRequest &request, const base::ThreadPool &pool,
                                    const base::Job &job, CalibrationStore *store)
{
    constexpr double kCalibrationShare = 0.3;
    constexpr double kReadingShare = 0.35;
    const auto calibration = calibrateOn(request.images, request.generator, pool, job.part(0.0, kCalibrationShare),
                                         store, {request.ranges, quant::commonestBits(request.plan)});
    const quant::QuantizedModelPtr model = quant::quantize(request.generator, request.plan, *calibration);
    job.cancel.throwIfCancelled();
    if (request.rounding == Rounding::Nearest || request.plan.isAllFloat())
        return model;
    const std::vector<image::Planes> pictures =
        folderPictures(request.images, *request.generator, job.part(kCalibrationShare, kReadingShare));
    const base::Job rest = job.part(kReadingShare, 1.0);
    const auto round = [&] {
        if (request.rounding == Rounding::Feedback)
            return run::roundWithFeedback(model, pictures, pool, rest);
        constexpr double kFeedbackShare = 0.15;
        const auto start = run::roundWithFeedback(model, pictures, pool, rest.part(0.0, kFeedbackShare));
        return train::reconstructBlocks(start, pictures, {}, pool, rest.part(kFeedbackShare, 1.0)).model;
    };
    if (!store)
        return round();
    return keptRounding(store->files(), model, pictures, roundingName(request.rounding), pool.threads(), round);
}

} // namespace bitlens::compare
