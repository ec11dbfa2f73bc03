// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/pi.h"

#include "engine/score/mafeatures.h"
#include "engine/score/mamodelstore.h"
#include "engine/score/niqe.h"

namespace bitlens::score {

Metric perceptualIndex(const Metric &niqe, const Metric &ma)
{
    if (!niqe.value)
        return Metric::notAvailable(niqe.reason);
    if (!ma.value)
        return Metric::notAvailable(ma.reason);
    return Metric::of(((10.0 - *ma.value) + *niqe.value) / 2.0);
}

Metric maScore(const image::Image &image, const MaModelPtr &model, const base::ThreadPool &pool, const base::Job &job)
{
    job.cancel.throwIfCancelled();
    if (!model)
        return Metric::notAvailable(maModelMissingReason());
    const MaFeaturesResult result = maFeatures(image, pool, job);
    if (!result.features)
        return Metric::notAvailable(result.reason);
    return Metric::of(model->score(*result.features));
}

PerceptualScores perceptualScores(const image::Image &image, const MaModelPtr &model, const base::ThreadPool &pool,
                                  const base::Job &job, const std::function<void(const Metric &)> &onNiqe)
{
    PerceptualScores scores;
    scores.niqe = niqe(image, pool, job.part(0.0, 0.1));
    if (onNiqe)
        onNiqe(scores.niqe);
    scores.ma = maScore(image, model, pool, job.part(0.1, 1.0));
    scores.pi = perceptualIndex(scores.niqe, scores.ma);
    return scores;
}

} // namespace bitlens::score
