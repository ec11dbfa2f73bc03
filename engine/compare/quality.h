// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/compare/comparison.h"

#include <memory>
#include <optional>

namespace bitlens::compare {

/// The indices that need no other picture.
struct BlindScores {
    Metric niqe, ma, pi;
    bool withMa = false; ///< computed with the Ma model
};

/// The blind indices of a picture whose NIQE is known already, with Ma and PI where there is a model (null: none).
/// Throws only base::Cancelled and Error{OutOfMemory}.
BlindScores blindScores(const image::Image &picture, const Metric &niqe,
                        const std::shared_ptr<const score::MaModel> &maModel, const base::ThreadPool &pool,
                        const base::Job &job);

/// What the quality of both sides is measured from. Pictures may be null: that side was not run.
struct QualityInput {
    image::Image fp32;
    image::Image quantized;
    std::optional<image::Image> reference;
    int scale = 4;
    bool blindScores = true; ///< false: only those known from before
    std::shared_ptr<const score::MaModel> maModel;
    std::optional<BlindScores> fp32Blind;      ///< in: known from before; out: known now
    std::optional<BlindScores> quantizedBlind; ///< likewise
};

/// Fills in the metrics of both sides; those that cannot be had get a reason. `onSide`, where given, is told after the
/// paired metrics and again after the blind ones.
void measureQuality(QualityInput &input, const base::ThreadPool &pool, const base::Job &job, Report &report,
                    const SideFunction &onSide);

/// PSNR and SSIM of a picture to another of equal size: Y channel, `scale` pixels shaved, 8 bit. A picture of slightly
/// different size (up to scale - 1 pixels) is compared over the common part at the upper left; otherwise both are not
/// available and say why.
struct PairScores {
    Metric psnr, ssim;
};
PairScores pairScores(const image::Image &picture, const image::Image &reference, int scale,
                      const base::ThreadPool &pool);

} // namespace bitlens::compare
