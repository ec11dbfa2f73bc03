// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/image/image.h"
#include "engine/score/mamodel.h"
#include "engine/score/metric.h"

#include <functional>

namespace bitlens::score {

/// The perceptual index of PIRM 2018 and its two parts.
struct PerceptualScores {
    Metric niqe; ///< lower is better
    Metric ma;   ///< higher is better
    Metric pi;   ///< ((10 - Ma) + NIQE) / 2, lower is better
};

/// PI from its parts; not available, with the reason of the part that is missing, unless both are there.
Metric perceptualIndex(const Metric &niqe, const Metric &ma);

/// Ma of a picture; without a model (null) "Ma model not installed", at once. Throws only base::Cancelled and
/// Error{OutOfMemory}.
Metric maScore(const image::Image &image, const MaModelPtr &model, const base::ThreadPool &pool,
               const base::Job &job = {});

/// All three. `onNiqe` is called on this thread as soon as NIQE is known, well before Ma. For a part of a picture pass
/// image.cropped(part), and say so beside the number. Throws only base::Cancelled and Error{OutOfMemory}.
PerceptualScores perceptualScores(const image::Image &image, const MaModelPtr &model, const base::ThreadPool &pool,
                                  const base::Job &job = {},
                                  const std::function<void(const Metric &niqe)> &onNiqe = {});

} // namespace bitlens::score
