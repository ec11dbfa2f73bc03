// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"
#include "engine/compare/picturescores.h"

namespace bitlens::compare {

/// Scores of a part of both sides: what the readouts of a region show, exported numbers hold and `bitlens compare
/// --region` prints. Of the sides only the scores of pictures count.
struct RegionScores {
    image::Rect part; ///< output pixels
    SideReport fp32, quantized;
};

/// What PictureScores found out about a part.
RegionScores regionScores(const image::Rect &part, const PictureScoreReport &scores);

/// Scores a part of a result at once; `request.region` says which. Throws as PictureScores::score.
RegionScores scoreRegion(const PictureScoreRequest &request, const base::ThreadPool &pool, const base::Job &job);

} // namespace bitlens::compare
