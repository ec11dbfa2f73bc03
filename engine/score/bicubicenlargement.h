// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/parallel.h"
#include "engine/score/plane.h"

namespace bitlens::score {

/// By how much and to what size a plane is enlarged.
struct Enlargement {
    int height = 0;
    int width = 0;
    double verticalFactor = 1.0; ///< >= 1
    double horizontalFactor = 1.0;
};

/// Into `result`, whose memory is used again when it has the size: the top left `height` x `width` samples of MATLAB's
/// bicubic imresize of `plane` by these factors, border mirrored, in double (engine/image resizes in float32, too
/// coarse for Ma's features).
void enlarge(const Plane &plane, const Enlargement &enlargement, const base::ThreadPool &pool, Plane &result);

} // namespace bitlens::score
