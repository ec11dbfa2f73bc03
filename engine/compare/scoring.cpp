// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/scoring.h"

#include "engine/compare/quality.h"
#include "engine/compare/reportjson.h"
#include "engine/score/brisque.h"
#include "engine/score/pi.h"

namespace bitlens::compare {

ImageScores scoreImage(const std::string &file, const image::Image &picture, const ScoringOptions &options,
                       const base::ThreadPool &pool, const base::Job &job)
{
    ImageScores scores;
    scores.file = file;
    const score::PerceptualScores perceptual = score::perceptualScores(picture, options.maModel, pool, job);
    scores.niqe = perceptual.niqe;
    scores.ma = perceptual.ma;
    scores.pi = perceptual.pi;
    scores.brisque = score::brisque(picture);
    if (options.reference) {
        const PairScores pair = pairScores(picture, *options.reference, options.shave, pool);
        scores.psnr = pair.psnr;
        scores.ssim = pair.ssim;
    } else {
        scores.psnr.reason = scores.ssim.reason = "no reference picture";
    }
    job.cancel.throwIfCancelled();
    return scores;
}

std::string scoresJson(const std::vector<ImageScores> &scores)
{
    Json json;
    json["schema"] = kJsonSchema;
    json["images"] = Json::array();
    for (const ImageScores &image : scores)
        json["images"].push_back({{"file", image.file},
                                  {"niqe", metricJson(image.niqe)},
                                  {"ma", metricJson(image.ma)},
                                  {"pi", metricJson(image.pi)},
                                  {"brisque", metricJson(image.brisque)},
                                  {"psnr", metricJson(image.psnr)},
                                  {"ssim", metricJson(image.ssim)}});
    return json.dump(2);
}

} // namespace bitlens::compare
