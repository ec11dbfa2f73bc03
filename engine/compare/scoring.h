// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bitlens::compare {

/// The scores of one image by itself, and to a reference where there is one.
struct ImageScores {
    std::string file;
    Metric niqe, ma, pi, brisque, psnr, ssim;
};

struct ScoringOptions {
    std::optional<image::Image> reference;
    int shave = 4; ///< pixels cut from each side for PSNR and SSIM
    std::shared_ptr<const score::MaModel> maModel;
};

/// Everything that can be said about an image. Throws base::Cancelled.
ImageScores scoreImage(const std::string &file, const image::Image &picture, const ScoringOptions &options,
                       const base::ThreadPool &pool, const base::Job &job);

/// images[{file, niqe, ma, pi, brisque, psnr, ssim}], "schema":1; null where not measured.
std::string scoresJson(const std::vector<ImageScores> &scores);

} // namespace bitlens::compare
